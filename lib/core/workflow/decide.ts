/** What a run does with a command: events. Pure; a command that does not fit the state brings none. */
import { objectField, textField } from './definition.ts';
import { durationMs } from './duration.ts';
import { evolve } from './evolve.ts';
import { evaluateTemplate, transform } from './expression.ts';
import { definitionAt } from './frames.ts';
import { isObject, type Json } from './jq/value.ts';
import { type Consumption, consume } from './listen.ts';
import type { CloudEvent, WorkflowCommand, WorkflowEvent } from './messages.ts';
import { Fault, type Problem, problem } from './problem.ts';
import { nextCompensation } from './saga.ts';
import { type Frame, finished, initialState, LIMITS, ROOT_FRAME, type RunState } from './state.ts';
import { type StepContext, step } from './step.ts';
import { checkSchema } from './step-start.ts';
import { evaluatorFor, fits } from './surroundings.ts';

type Of<T extends WorkflowCommand['type']> = Extract<WorkflowCommand, { type: T }>;

export function decide(command: WorkflowCommand, state: RunState): WorkflowEvent[] {
  if (finished(state) || (state.phase === 'new') !== (command.type === 'StartRun')) return [];
  const journal = new Journal(state);
  const context: StepContext = { now: command.now, random: sequence(command.random ?? 0.5) };
  handle(command, journal, context);
  run(journal, context);
  return journal.events;
}

/** Events of this decision so far, and the state they lead to. */
class Journal {
  readonly events: WorkflowEvent[] = [];
  state: RunState;
  constructor(state: RunState) {
    this.state = state;
  }
  add(...events: WorkflowEvent[]): void {
    for (const event of events) {
      this.events.push(event);
      this.state = evolve(this.state, event);
    }
  }
}

function handle(command: WorkflowCommand, journal: Journal, context: StepContext): void {
  const { state } = journal;
  const at = context.now;
  switch (command.type) {
    case 'StartRun':
      journal.add(start(command, at));
      break;
    case 'EffectSucceeded':
      if (owed(state, command.key))
        journal.add({ type: 'EffectSettled', key: command.key, ...bounded(command.output), at });
      break;
    case 'EffectFailed':
      if (owed(state, command.key))
        journal.add({ type: 'EffectSettled', key: command.key, error: command.error, at });
      break;
    case 'TimerFired':
      if (state.pending[command.key]?.effect.type === 'StartTimer')
        journal.add({ type: 'EffectSettled', key: command.key, at });
      break;
    case 'EventReceived':
      receive(journal, command.event, command.retain === true, at);
      break;
    case 'Signal': {
      const event = {
        id: command.id,
        source: 'signal',
        type: command.name,
        data: command.data,
        specversion: '1.0',
      };
      receive(journal, event, true, at);
      break;
    }
    case 'Cancel':
      if (state.phase !== 'compensating') journal.add({ type: 'CompensationStarted', reason: 'cancel', at });
      break;
    case 'Suspend':
      if (state.phase === 'running' || state.phase === 'compensating')
        journal.add({ type: 'RunSuspended', at });
      break;
    case 'Resume':
      if (state.phase === 'suspended') journal.add({ type: 'RunResumed', at });
      break;
    case 'DecideCompensation':
      decideCompensation(command, journal, at);
      break;
    case 'Advance':
      break;
  }
}

/** What an effect brought, or the error that it was too much to keep. */
function bounded(output: Json): { output: Json } | { error: Problem } {
  if (fits(output)) return { output };
  return { error: problem('runtime', `the answer is larger than ${LIMITS.valueChars} characters of JSON`) };
}

/** Lets frames advance until every one waits, or this command's share of steps is used up. */
function run(journal: Journal, context: StepContext): void {
  for (let i = 0; i < LIMITS.stepsPerCommand; i++) {
    offerRetained(journal, context.now);
    const { state } = journal;
    if (state.phase !== 'running' && state.phase !== 'compensating') return;
    const id = state.ready[0];
    const frame = id === undefined ? undefined : state.frames[id];
    const events = frame ? step(state, frame, context) : nextCompensation(state, context);
    if (events.length === 0) return;
    journal.add(...events);
  }
}

function start(command: Of<'StartRun'>, at: number): WorkflowEvent {
  const { definition, digest, input, runId } = command;
  const declared = definitionSecrets(definition);
  const secrets = declared.filter(name => command.secretNames?.includes(name) ?? true);
  const nonce = declared.length > 0 ? (command.nonce ?? '') : '';
  const { name = 'troupe', version = '1', metadata = {} } = command.runtime ?? {};
  const base = {
    type: 'RunStarted',
    runId,
    definition,
    digest,
    input,
    limits: { maxSteps: command.limits?.maxSteps ?? LIMITS.maxSteps, allow: command.limits?.allow ?? [] },
    runtime: { name, version, metadata },
    secrets,
    nonce,
    at,
  } as const;
  const draft = evolve(initialState(), { ...base, value: input });
  try {
    if (declared.length > 0 && nonce.length < 16)
      throw new Fault(problem('configuration', 'a workflow with secrets needs a nonce of 16 characters'));
    if (!fits(input))
      throw new Fault(problem('validation', `the input is larger than ${LIMITS.valueChars} characters`));
    const timeoutAt = runTimeout(draft, at);
    const value = runInput(draft, input);
    return { ...base, value, ...(timeoutAt === null ? {} : { timeoutAt }) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return {
      ...base,
      value: input,
      fault: { ...error.problem, instance: error.problem.instance ?? '/' } as Problem,
    };
  }
}

function definitionSecrets(definition: Json): string[] {
  const listed = objectField(definition, 'use')?.secrets;
  return Array.isArray(listed) ? listed.filter(each => typeof each === 'string') : [];
}

function runInput(draft: RunState, input: Json): Json {
  const config = objectField(draft.definition, 'input');
  if (!config) return input;
  checkSchema(draft, config, input, 'input', '/');
  return config.from === undefined
    ? input
    : transform(config.from, input, evaluatorFor(draft, draft.frames[ROOT_FRAME]!));
}

function runTimeout(draft: RunState, at: number): number | null {
  const given = draft.definition.timeout;
  if (given === undefined) return null;
  const config = typeof given === 'string' ? definitionAt(draft, `/use/timeouts/${given}`) : given;
  const root = draft.frames[ROOT_FRAME]!;
  const after = isObject(config)
    ? evaluateTemplate(config.after!, draft.input, evaluatorFor(draft, root))
    : null;
  const ms = durationMs(after);
  if (ms === null) throw new Fault(problem('configuration', 'the workflow timeout is not a duration'));
  return at + ms;
}

function owed(state: RunState, key: string): boolean {
  return Object.hasOwn(state.pending, key) || Object.hasOwn(state.saga.draining, key);
}

/** Gives an event to every task that listens for it. An event delivered twice is consumed once. */
function receive(journal: Journal, event: CloudEvent, retain: boolean, at: number): void {
  const key = `${event.source} ${event.id}`;
  if (journal.state.seen.includes(key)) return;
  let taken = false;
  for (const frame of Object.values(journal.state.frames))
    if (frame.listen && !frame.listen.done) taken = offer(journal, frame, event, at) || taken;
  const known = journal.state.retained.some(each => `${each.source} ${each.id}` === key);
  if (!taken && retain && !known) journal.add({ type: 'EventRetained', event, at });
}

function offer(journal: Journal, frame: Frame, event: CloudEvent, at: number): boolean {
  const task = definitionAt(journal.state, frame.task);
  const strategy = objectField(task, 'listen', 'to');
  if (!frame.listen || !strategy || frame.listen.items.length >= LIMITS.consumedEvents) return false;
  const foreach = objectField(task, 'foreach') !== undefined;
  let taken: Consumption | null;
  try {
    taken = consume({
      strategy,
      read: textField(task, 'listen', 'read') ?? 'data',
      gathered: frame.listen,
      event,
      input: frame.input,
      evaluator: evaluatorFor({ ...journal.state, now: at }, frame),
      foreach,
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    journal.add({
      type: 'TaskFaulted',
      id: frame.id,
      task: frame.task,
      error: { ...error.problem, instance: frame.task },
      at,
    });
    return true;
  }
  if (!taken) return false;
  const eventKey = `${event.source} ${event.id}`;
  journal.add({ type: 'EventConsumed', id: frame.id, eventKey, ...taken, wake: taken.done || foreach, at });
  return true;
}

/** Events that came before their task listened. */
function offerRetained(journal: Journal, at: number): void {
  for (const event of journal.state.retained)
    for (const frame of Object.values(journal.state.frames))
      if (frame.listen && !frame.listen.done) offer(journal, frame, event, at);
}

function decideCompensation(command: Of<'DecideCompensation'>, journal: Journal, at: number): void {
  const pending = journal.state.pending[command.key];
  if (pending?.role !== 'decision') return;
  const id = pending.frame;
  journal.add({ type: 'EffectSettled', key: command.key, output: command.decision, at });
  const outcome = command.decision === 'skip' ? 'skipped' : 'accepted';
  if (command.decision === 'retry')
    journal.add({ type: 'StepCompensating', id, frame: `c${journal.state.nextId}`, at });
  else journal.add({ type: 'StepCompensated', id, outcome, by: command.by, at });
}

/** Numbers in [0, 1) from one: each use takes the next. */
function sequence(seed: number): () => number {
  let at = seed;
  return () => {
    const value = at;
    at = (at * 9301.37 + 0.2113) % 1;
    return value;
  };
}
