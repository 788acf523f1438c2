/** A workflow as a graph, read off its document: one node for each task, one box for each list inside a task. */
import { kindOf, listTasks, type Named, objectField, textField } from './definition.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';

export interface GraphNode {
  /** The task's JSON pointer; `start` and `end` for the ends of the workflow. */
  readonly id: string;
  readonly name: string;
  /** Kind of the task, or `start`, `end`. */
  readonly kind: string;
  /** What it does, in a few words. */
  readonly label: string;
  /** The box that it stands in. */
  readonly group: string | null;
  /** Knows how it is undone. */
  readonly compensates: boolean;
  /** A person is asked. */
  readonly approval: boolean;
}

export interface GraphEdge {
  readonly from: string;
  /** A node, or a box: then its end. */
  readonly to: string;
  readonly label: string | null;
  /** `inside`: from a task to a box of it; `undo`: to the box that undoes it. */
  readonly kind: 'flow' | 'inside' | 'undo';
}

export interface GraphGroup {
  /** JSON pointer of the list. */
  readonly id: string;
  readonly title: string;
  /** The task that it belongs to. */
  readonly parent: string;
  /** Its tasks run at once, not one after another. */
  readonly parallel: boolean;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly groups: readonly GraphGroup[];
}

/** Nodes in the order in which they are written, a task before what is inside it. */
export function graphOf(definition: JsonObject): Graph {
  const drawing = new Drawing();
  drawing.end('start');
  drawing.list(listTasks(definition.do, '/do'), 'start', 'end', null);
  drawing.end('end');
  return { nodes: drawing.nodes, edges: drawing.edges, groups: drawing.groups };
}

class Drawing {
  readonly nodes: GraphNode[] = [];
  readonly edges: GraphEdge[] = [];
  readonly groups: GraphGroup[] = [];

  end(id: 'start' | 'end'): void {
    const plain = { group: null, compensates: false, approval: false };
    this.nodes.push({ id, name: id, kind: id, label: id, ...plain });
  }

  /** Tasks one after another, from a node to what comes after the last. */
  list(tasks: readonly Named[], from: string | null, to: string, group: string | null): void {
    if (from !== null) this.#edge(from, tasks[0]?.at ?? to);
    for (const [i, { name, task, at }] of tasks.entries()) {
      const next = tasks[i + 1]?.at ?? to;
      const target = (directive: Json | undefined): string => {
        if (directive === undefined || directive === 'continue') return next;
        if (directive === 'exit') return to;
        if (directive === 'end') return 'end';
        return tasks.find(each => each.name === directive)?.at ?? next;
      };
      this.nodes.push(nodeOf(name, task, at, group));
      const kind = kindOf(task);
      if (kind === 'switch') {
        const cases = listTasks(task.switch, '');
        for (const { name: label, task: branch } of cases) this.#edge(at, target(branch.then), label);
        if (cases.every(each => each.task.when !== undefined)) this.#edge(at, target(task.then));
      } else if (kind !== 'raise') this.#edge(at, target(task.then));
      this.#inside(kind, task, at);
    }
  }

  #edge(from: string, to: string, label: string | null = null, kind: GraphEdge['kind'] = 'flow'): void {
    this.edges.push({ from, to, label, kind });
  }

  /** What a task has inside: lists and branches, each in a box of its own. */
  #inside(kind: string | null, task: JsonObject, at: string): void {
    const fork = objectField(task, 'fork');
    if (kind === 'do') this.#box('do', task.do, `${at}/do`, at);
    if (kind === 'for') this.#box('for each', task.do, `${at}/do`, at);
    if (kind === 'try') {
      this.#box('try', task.try, `${at}/try`, at);
      this.#box('catch', objectField(task, 'catch')?.do, `${at}/catch/do`, at);
    }
    if (fork) {
      const title = fork.compete === true ? 'first wins' : 'at once';
      this.#box(title, fork.branches, `${at}/fork/branches`, at, true);
    }
    if (kind === 'listen')
      this.#box('for each event', objectField(task, 'foreach')?.do, `${at}/foreach/do`, at);
    this.#undo(task, at);
  }

  #box(title: string, list: Json | undefined, id: string, parent: string, parallel = false): void {
    const tasks = listTasks(list, id);
    if (tasks.length === 0) return;
    this.groups.push({ id, title, parent, parallel });
    const heads = parallel ? tasks : tasks.slice(0, 1);
    for (const head of heads) this.#edge(parent, head.at, null, title === 'undo' ? 'undo' : 'inside');
    for (const part of parallel ? tasks.map(each => [each]) : [tasks]) this.list(part, null, id, id);
  }

  #undo(task: JsonObject, at: string): void {
    const undo = objectField(task, 'metadata', 'compensate');
    if (!undo) return;
    const pointer = `${at}/metadata/compensate`;
    if (Array.isArray(undo.do)) this.#box('undo', undo.do, `${pointer}/do`, at);
    else {
      this.groups.push({ id: `${pointer}/`, title: 'undo', parent: at, parallel: false });
      this.nodes.push(nodeOf('undo', undo, pointer, `${pointer}/`));
      this.#edge(at, pointer, null, 'undo');
    }
  }
}

function nodeOf(name: string, task: JsonObject, at: string, group: string | null): GraphNode {
  const kind = kindOf(task) ?? 'do';
  return {
    id: at,
    name,
    kind,
    label: labelOf(kind, task),
    group,
    compensates: objectField(task, 'metadata', 'compensate') !== undefined,
    approval: objectField(task, 'metadata', 'approval') !== undefined,
  };
}

function labelOf(kind: string, task: JsonObject): string {
  if (kind === 'call') {
    const uri = textField(task, 'with', 'endpoint') ?? textField(task, 'with', 'endpoint', 'uri');
    return `call ${String(task.call)}${uri ? ` ${uri}` : ''}`.slice(0, 200);
  }
  if (kind === 'run')
    return `run ${textField(task, 'run', 'workflow', 'name') ?? Object.keys(isObject(task.run) ? task.run : {})[0] ?? ''}`;
  if (kind === 'emit') return `emit ${textField(task, 'emit', 'event', 'with', 'type') ?? ''}`;
  return kind;
}
