/** A workflow's diagram, read off its document: Mermaid, one node for each task, one box for each list inside a task. */
import { kindOf, listTasks, type Named, objectField, textField } from './definition.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';

interface Lines {
  readonly out: string[];
  count: number;
}

export function mermaid(definition: JsonObject): string {
  const lines: Lines = { out: ['flowchart TD', '  start([start])', '  finish([end])'], count: 0 };
  draw(lines, listTasks(definition.do, '/do'), 'start', 'finish', 'finish', '  ');
  return `${lines.out.join('\n')}\n`;
}

/** Draws a list between two nodes. `end` is where `then: end` leads. */
function draw(
  lines: Lines,
  tasks: readonly Named[],
  from: string,
  to: string,
  end: string,
  indent: string,
): void {
  const ids = tasks.map(() => `n${++lines.count}`);
  const idOf = (target: string, next: string) => {
    if (target === 'continue') return next;
    if (target === 'exit') return to;
    if (target === 'end') return end;
    return ids[tasks.findIndex(each => each.name === target)] ?? next;
  };
  if (tasks.length > 0) lines.out.push(`${indent}${from} --> ${ids[0]}`);
  else lines.out.push(`${indent}${from} --> ${to}`);
  for (const [i, { name, task }] of tasks.entries()) {
    const id = ids[i]!;
    const next = ids[i + 1] ?? to;
    node(lines, id, name, task, indent);
    if (kindOf(task) === 'switch') {
      for (const { name: label, task: branch } of listTasks(task.switch, ''))
        lines.out.push(
          `${indent}${id} -->|${clean(label)}| ${idOf(String(branch.then ?? 'continue'), next)}`,
        );
      if (typeof task.then === 'string' || !hasDefault(task.switch))
        lines.out.push(`${indent}${id} --> ${idOf(String(task.then ?? 'continue'), next)}`);
    } else if (kindOf(task) !== 'raise')
      lines.out.push(`${indent}${id} --> ${idOf(String(task.then ?? 'continue'), next)}`);
    inside(lines, id, task, indent);
  }
}

function hasDefault(branches: Json | undefined): boolean {
  return listTasks(branches, '').some(({ task }) => task.when === undefined);
}

function node(lines: Lines, id: string, name: string, task: JsonObject, indent: string): void {
  const kind = kindOf(task) ?? 'do';
  const undo = objectField(task, 'metadata', 'compensate') ? '<br/>undo' : '';
  const asks = objectField(task, 'metadata', 'approval') ? '<br/>a person decides' : '';
  const label = `"${clean(name)}<br/><small>${clean(what(kind, task))}</small>${undo}${asks}"`;
  const shape =
    kind === 'switch' ? `{${label}}` : kind === 'wait' || kind === 'listen' ? `([${label}])` : `[${label}]`;
  lines.out.push(`${indent}${id}${shape}`);
}

function what(kind: string, task: JsonObject): string {
  if (kind === 'call') {
    const uri = textField(task, 'with', 'endpoint') ?? textField(task, 'with', 'endpoint', 'uri');
    return `call ${String(task.call)}${uri ? ` ${uri}` : ''}`;
  }
  if (kind === 'run')
    return `run ${textField(task, 'run', 'workflow', 'name') ?? Object.keys(isObject(task.run) ? task.run : {})[0] ?? ''}`;
  if (kind === 'emit') return `emit ${textField(task, 'emit', 'event', 'with', 'type') ?? ''}`;
  return kind;
}

/** What a task has inside: lists and branches, each in a box of its own. */
function inside(lines: Lines, id: string, task: JsonObject, indent: string): void {
  const kind = kindOf(task);
  const box = (title: string, list: Json | undefined, apart = false) => {
    const tasks = listTasks(list, '');
    if (tasks.length === 0) return;
    const name = `b${++lines.count}`;
    lines.out.push(`${indent}subgraph ${name}["${clean(title)}"]`, `${indent}  direction TB`);
    lines.out.push(`${indent}  ${name}s(( ))`, `${indent}  ${name}e(( ))`);
    for (const part of apart ? tasks.map(task => [task]) : [tasks])
      draw(lines, part, `${name}s`, `${name}e`, `${name}e`, `${indent}  `);
    lines.out.push(`${indent}end`, `${indent}${id} -.-> ${name}`);
  };
  if (kind === 'for') box('for each', task.do);
  if (kind === 'do') box('do', task.do);
  if (kind === 'try') {
    box('try', task.try);
    box('catch', objectField(task, 'catch')?.do);
  }
  const fork = objectField(task, 'fork');
  if (fork) box(fork.compete === true ? 'first wins' : 'at once', fork.branches, true);
  if (kind === 'listen') box('for each event', objectField(task, 'foreach')?.do);
}

function clean(text: string): string {
  return text
    .replace(/["`<>{}|]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80);
}
