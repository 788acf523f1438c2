/** Runs one scenario of the kit: given a workflow, when it is executed, then what came of it. */
import { parse } from 'yaml';
import type { Definition } from '../../../lib/core/workflow/definition.ts';
import { readDocument } from '../../../lib/core/workflow/document.ts';
import { type DriveOptions, drive, type Outcome, type Ports } from '../../../lib/core/workflow/driver.ts';
import type { Json } from '../../../lib/core/workflow/jq/value.ts';
import type { CloudEvent, WorkflowCommand } from '../../../lib/core/workflow/messages.ts';
import { at, equal, Failed, includes } from './compare.ts';
import type { Scenario, Step } from './gherkin.ts';
import { taskRuns } from './task-runs.ts';

interface World {
  definition: Definition | null;
  input: Json;
  events: CloudEvent[];
  commands: WorkflowCommand[];
  /** Why the document was refused. */
  refusal: string | null;
  outcome: Outcome | null;
}

/** Null: the scenario passed; else why not. */
export async function runScenario(scenario: Scenario, ports: Ports): Promise<string | null> {
  const world: World = {
    definition: null,
    input: {},
    events: [],
    commands: [],
    refusal: null,
    outcome: null,
  };
  for (const step of scenario.steps) {
    try {
      await runStep(step, world, ports);
    } catch (error) {
      return `line ${step.line}: ${step.text}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return null;
}

async function runStep(step: Step, world: World, ports: Ports): Promise<void> {
  const text = step.text.trim().replace(/:$/, '');
  const block = step.block;
  if (/^(?:given )?(?:a |the )?workflow with (?:the )?(?:following )?definition/i.test(text)) {
    const read = readDocument(block ?? '');
    if (read.ok) world.definition = read.definition;
    else world.refusal = read.errors.map(error => `${error.line}: ${error.message}`).join('; ');
    return;
  }
  if (
    /^(?:given )?(?:the )?workflow(?:'s)? input (?:is|should be|of)/i.test(text) ||
    /^(?:given )?(?:the )?(?:workflow )?input/i.test(text)
  ) {
    world.input = (parse(block ?? 'null') as Json) ?? {};
    return;
  }
  if (
    /^(?:given )?(?:the )?(?:following )?events? (?:is|are|will be)? ?(?:received|published|emitted)/i.test(
      text,
    )
  ) {
    const given = parse(block ?? '[]') as CloudEvent | CloudEvent[];
    world.events.push(
      ...(Array.isArray(given) ? given : [given]).map((event, i) => ({
        ...event,
        id: event.id ?? `e${i}`,
        source: event.source ?? 'test',
      })),
    );
    return;
  }
  if (/^(?:given )?(?:the )?workflow (?:is|will be) cancell?ed/i.test(text)) {
    world.commands.push({ type: 'Cancel', now: 0 });
    return;
  }
  if (
    /(?:workflow )?(?:is |has been |gets )?(?:executed|run|started)$/i.test(text) &&
    !/should/i.test(text)
  ) {
    await execute(world, ports);
    return;
  }
  assertStep(text, block, world);
}

async function execute(world: World, ports: Ports): Promise<void> {
  if (world.refusal !== null) return;
  if (!world.definition) throw new Failed('no workflow was given');
  world.outcome = await drive(world.definition, ports, driveOptions(world));
}

/** A scenario's workflow and what it is run with, without running it. */
export async function arrange(
  scenario: Scenario,
  ports: Ports,
): Promise<{ definition: Definition; options: DriveOptions } | null> {
  const world: World = {
    definition: null,
    input: {},
    events: [],
    commands: [],
    refusal: null,
    outcome: null,
  };
  for (const step of scenario.steps) {
    if (/should/.test(step.text) || /executed/.test(step.text)) break;
    await runStep(step, world, ports);
  }
  return world.definition ? { definition: world.definition, options: driveOptions(world) } : null;
}

function driveOptions(world: World): DriveOptions {
  return {
    input: world.input,
    startAtMs: Date.UTC(2026, 0, 1),
    nonce: 'a-nonce-of-the-evaluation',
    events: world.events,
    commands: world.commands,
    maxCommands: 20_000,
  };
}

function assertStep(text: string, block: string | undefined, world: World): void {
  const { outcome } = world;
  if (world.refusal !== null) {
    // A document that cannot be run is a fault in the kit's words.
    if (/^(?:the )?workflow should (?:have )?(?:be |been )?(?:fault|refused|rejected|invalid)/i.test(text))
      return;
    throw new Failed(`the document was refused: ${world.refusal}`);
  }
  if (!outcome) throw new Failed('the workflow was not executed');
  const expected = block === undefined ? undefined : (parse(block) as Json);
  if (
    /^(?:the )?workflow should emit|^(?:the )?(?:following )?events? should (?:have been |be )?(?:emitted|published)/i.test(
      text,
    )
  ) {
    const wanted = Array.isArray(expected) ? expected : [expected ?? null];
    for (const [i, event] of wanted.entries())
      includes(outcome.emitted[i] as unknown as Json, event, `event ${i + 1}`);
    return;
  }
  if (/^(?:the )?workflow should (?:have )?/i.test(text)) {
    const verb = /should (?:have )?(?:be |been )?(complete|cancel|fault|wait|run)/i
      .exec(text)?.[1]
      ?.toLowerCase();
    const phases: Record<string, string> = {
      complete: 'completed',
      cancel: 'cancelled',
      fault: 'faulted',
      wait: 'running',
      run: 'running',
    };
    if (!verb) throw new Failed('the step is not known');
    if (outcome.phase !== phases[verb])
      throw new Failed(
        `the workflow is ${outcome.phase}: ${JSON.stringify(outcome.error ?? outcome.output)}`,
      );
    if (expected === undefined) return;
    if (verb === 'complete') equal(outcome.output, expected, 'the output');
    else includes(outcome.error as unknown as Json, expected, 'the error');
    return;
  }
  if (/^(?:the )?workflow(?:'s)? output should/i.test(text)) {
    assertOutput(text, expected, outcome);
    return;
  }
  assertTask(text, expected, outcome);
}

function assertOutput(text: string, expected: Json | undefined, outcome: Outcome): void {
  if (outcome.phase !== 'completed')
    throw new Failed(`the workflow is ${outcome.phase}: ${JSON.stringify(outcome.error)}`);
  const names = [...text.matchAll(/'([^']*)'|"([^"]*)"/g)].map(match => match[1] ?? match[2] ?? '');
  const count = /(?:containing|with|having|have)\s+(\d+)\s+items?/i.exec(text)?.[1];
  if (names.length === 0) {
    if (count !== undefined) sameCount(outcome.output, Number(count), 'the output');
    else equal(outcome.output, expected ?? null, 'the output');
    return;
  }
  for (const name of names) {
    const value = at(outcome.output, name);
    if (value === undefined)
      throw new Failed(`there is no "${name}" in ${JSON.stringify(outcome.output)?.slice(0, 300)}`);
    if (count !== undefined) sameCount(value, Number(count), name);
    else if (expected !== undefined) equal(value, expected, name);
  }
}

function sameCount(value: Json | undefined, count: number, what: string): void {
  const size = Array.isArray(value)
    ? value.length
    : typeof value === 'object' && value
      ? Object.keys(value).length
      : -1;
  if (size !== count) throw new Failed(`${what} has ${size} items: ${JSON.stringify(value)?.slice(0, 200)}`);
}

function assertTask(text: string, expected: Json | undefined, outcome: Outcome): void {
  const runs = taskRuns(outcome.journal);
  const quiet = (name: string) =>
    name
      .trim()
      .replace(/^(?:the )?(?:task )?['"`]?/i, '')
      .replace(/['"`]$/, '');
  const order = /^(.+?) should (?:have )?r[ua]n (first|last|before|after)(?: (.+))?$/i.exec(text);
  const find = (name: string) => {
    const found = runs.filter(each => each.name === name || each.task === name);
    if (found.length === 0) throw new Failed(`the task "${name}" did not run`);
    return found;
  };
  if (order) {
    const own = find(quiet(order[1]!))[0]!;
    const kind = order[2]!.toLowerCase();
    if (
      kind === 'first' &&
      own.order !== 0 &&
      runs.some(each => each.order < own.order && !own.task.startsWith(`${each.task}/`))
    )
      throw new Failed(`"${runs[0]!.name}" ran first`);
    const last = runs.at(-1)!;
    if (
      kind === 'last' &&
      find(own.name).at(-1)!.order !== last.order &&
      !last.task.startsWith(`${own.task}/`)
    )
      throw new Failed(`"${last.name}" ran last`);
    if (kind === 'before' || kind === 'after') {
      const other = find(quiet(order[3] ?? ''))[0]!;
      if (kind === 'before' ? own.order >= other.order : own.order <= other.order)
        throw new Failed('the order is the other');
    }
    return;
  }
  const verb = /^(.+?) should (?:have )?(?:be |been )?(complete|cancel|fault|run|skip|not run)/i.exec(text);
  if (!verb) throw new Failed('the step is not known');
  if (/not run|skip/i.test(verb[2]!)) {
    if (runs.some(each => each.name === quiet(verb[1]!))) throw new Failed('the task ran');
    return;
  }
  const own = find(quiet(verb[1]!)).at(-1)!;
  const phase = { complete: 'completed', cancel: 'cancelled', fault: 'faulted', run: own.phase }[
    verb[2]!.toLowerCase()
  ];
  if (own.phase !== phase) throw new Failed(`the task is ${own.phase}`);
  if (expected !== undefined && own.phase === 'completed') equal(own.output, expected, 'the output');
  else if (expected !== undefined) includes(own.error as unknown as Json, expected, 'the error');
}
