/** Actions of workflow runs. Placed by run, so that one node holds each. */
import { contract, type Policy } from './contract.ts';
import { flag, id, integer, json, list, nullable, object, oneOf, optional, text } from './schema.ts';

const placed: Policy = { timeoutMs: 10_000, placement: ['runId'] };
export const runId = id({ doc: 'The run', example: 'run_01k5x9q3zcf0v8m4h2t7w6y1ab' });
export const PHASES = [
  'new',
  'running',
  'waiting',
  'suspended',
  'compensating',
  'cancelled',
  'faulted',
  'completed',
] as const;
export const phase = oneOf(PHASES, { doc: 'Where the run stands' });
export const problemShape = json<unknown>({ doc: 'RFC 7807 problem with the standard types of the DSL' });
const standing = object({ id: runId, phase, seq: integer({ doc: 'Journal position' }) });
const errors = [
  'not-found',
  'activation-stale',
  'activation-elsewhere',
  'journal-corrupt',
  'unavailable',
] as const;
const rfc3339 = text({ max: 30, doc: 'RFC 3339' });

export const beginRun = contract({
  name: 'workflow.begin',
  doc: 'Begins a run of a document that has been checked. The same id again changes nothing.',
  params: object({
    runId,
    definition: json<Record<string, unknown>>({ doc: 'The document, read' }),
    digest: text({ max: 100, doc: 'Of its text: the version that the run is pinned to' }),
    input: json<unknown>({ doc: 'Any JSON' }),
  }),
  result: object({ id: runId, phase, seq: integer(), duplicate: flag() }),
  errors: ['command-too-large', ...errors],
  policy: placed,
});

export const awaitRun = contract({
  name: 'workflow.await',
  doc: 'Waits until the run has ended, or the time is up.',
  params: object({ runId, waitMs: integer({ max: 25_000 }) }),
  result: object({
    id: runId,
    phase,
    ended: flag(),
    output: json<unknown>(),
    error: nullable(problemShape),
  }),
  errors: [...errors],
  policy: { timeoutMs: 30_000, placement: ['runId'] },
});

export const deliverEvent = contract({
  name: 'workflow.deliver',
  doc: 'Gives an event to a run that may listen for it; one that comes twice is consumed once.',
  params: object({ runId, event: json<Record<string, unknown>>({ doc: 'A CloudEvent' }), retain: flag() }),
  result: object({ listening: flag({ doc: 'The run still waits for events' }), seq: integer() }),
  errors: ['mailbox-full', 'command-too-large', ...errors],
  policy: placed,
});

const stepState = oneOf(['running', 'waiting', 'completed', 'skipped', 'faulted', 'cancelled']);
const step = object({
  id: text({ max: 100, doc: 'Unique in the run: a task of a loop has one for each round' }),
  parent: nullable(text({ max: 100 })),
  name: text({ max: 500 }),
  task: text({ max: 2_000, doc: 'JSON pointer into the definition' }),
  kind: text({ max: 20, doc: 'call, do, emit, for, fork, listen, raise, run, set, switch, try, wait' }),
  state: stepState,
  startedAt: rfc3339,
  endedAt: nullable(rfc3339),
  input: json<unknown>(),
  output: json<unknown>({ doc: 'Null until completed' }),
  error: nullable(problemShape),
  retries: integer({ doc: 'Times that it was tried again' }),
  retryAt: nullable(rfc3339),
  compensation: nullable(oneOf(['available', 'undoing', 'undone', 'skipped', 'accepted', 'parked'])),
});

export const graphShape = object({
  nodes: list(
    object({
      id: text({ max: 2_000, doc: "The task's JSON pointer; `start` and `end` for the ends" }),
      name: text({ max: 500 }),
      kind: text({ max: 20 }),
      label: text({ max: 1_000, doc: 'What it does, in a few words' }),
      group: nullable(text({ max: 2_000, doc: 'The box that it stands in' })),
      compensates: flag(),
      approval: flag({ doc: 'A person is asked' }),
    }),
    { max: 20_000 },
  ),
  edges: list(
    object({
      from: text({ max: 2_000 }),
      to: text({ max: 2_000, doc: 'A node, or a box: then its end' }),
      label: nullable(text({ max: 500 })),
      kind: oneOf(['flow', 'inside', 'undo']),
    }),
    { max: 50_000 },
  ),
  groups: list(
    object({
      id: text({ max: 2_000, doc: 'JSON pointer of a list inside a task' }),
      title: text({ max: 100, doc: 'do, for each, try, catch, at once, first wins, for each event, undo' }),
      parent: text({ max: 2_000, doc: 'The task that it belongs to' }),
      parallel: flag(),
    }),
    { max: 20_000 },
  ),
});

export const getRun = contract({
  name: 'workflow.get',
  doc: 'A run with each of its steps: what went in and came out, retries, compensation, time. With `after` and `wait` it answers once the run has gone on.',
  params: object({
    runId,
    after: optional(integer({ min: 0, doc: '`seq` of the answer before' })),
    wait: optional(integer({ min: 0, max: 20_000, doc: 'Milliseconds to wait for more than `after`' })),
  }),
  result: object({
    id: runId,
    workflow: text({ max: 300 }),
    version: text({ max: 100 }),
    digest: text({ max: 100 }),
    phase,
    startedAt: rfc3339,
    endedAt: nullable(rfc3339),
    input: json<unknown>(),
    context: json<unknown>(),
    output: json<unknown>(),
    error: nullable(problemShape),
    seq: integer(),
    stepsTaken: integer({ doc: 'Counted against the limit of steps' }),
    definition: json<unknown>({ doc: 'As the run is pinned to it' }),
    graph: graphShape,
    waitingFor: list(
      object({
        key: text({ max: 200 }),
        step: text({ max: 100 }),
        kind: text({ max: 30, doc: 'call, wait, listen, retry, timeout, decision, ...' }),
        until: nullable(rfc3339),
        eventTypes: nullable(list(text({ max: 500 }), { max: 200 })),
      }),
      { max: 1_000 },
    ),
    steps: list(step, { max: 5_000, doc: 'In the order in which they began; the newest 5,000' }),
    forkedFrom: nullable(text({ max: 200 })),
  }),
  errors: [...errors],
  policy: { timeoutMs: 30_000, placement: ['runId'] },
  http: { method: 'GET', path: '/orchestrator/runs/:runId', scope: 'operate' },
});

export const runEvents = contract({
  name: 'workflow.events',
  doc: "The run's lifecycle CloudEvents (io.serverlessworkflow.*), with the same ids each time they are asked for.",
  params: object({
    runId,
    after: optional(integer({ doc: 'Only those of rows after this journal position' })),
  }),
  result: object({ events: list(json<unknown>(), { max: 20_000 }), seq: integer(), more: flag() }),
  errors: [...errors],
  policy: placed,
  http: { method: 'GET', path: '/orchestrator/runs/:runId/events', scope: 'operate' },
});

export const signalRun = contract({
  name: 'workflow.signal',
  doc: 'Sends a signal: an event for this run alone, kept until a task listens for its name. The same id again changes nothing.',
  params: object({
    runId,
    name: text({ min: 1, max: 200, doc: 'Type of the event', example: 'com.example.parcel.arrived' }),
    data: optional(json<unknown>({ doc: 'Any JSON' })),
    id: optional(id({ doc: 'Chosen by the sender' })),
  }),
  result: standing,
  errors: ['mailbox-full', 'command-too-large', ...errors],
  policy: placed,
  http: {
    method: 'POST',
    path: '/orchestrator/runs/:runId/signal',
    scope: 'operate',
    repeatable: true,
    namedByKey: { field: 'id', kind: 'event' },
  },
});

const verb = (name: string, doc: string) =>
  contract({
    name: `workflow.${name}`,
    doc,
    params: object({ runId, reason: optional(text({ max: 500 })) }),
    result: standing,
    errors: [...errors],
    policy: placed,
    http: {
      method: 'POST',
      path: `/orchestrator/runs/:runId/${name}`,
      scope: 'operate',
      repeatable: true,
    },
  });

export const cancelRun = verb(
  'cancel',
  'Ends a run: what is under way is cut off, finished steps are undone in reverse.',
);
export const suspendRun = verb('suspend', 'Holds a run: what is under way ends, nothing new begins.');
export const resumeRun = verb('resume', 'Lets a suspended run go on.');

export const decideCompensation = contract({
  name: 'workflow.decideCompensation',
  doc: 'Answers what to do about a step that could not be undone.',
  params: object({
    runId,
    key: text({ min: 1, max: 200 }),
    decision: oneOf(['retry', 'skip', 'accept'], { doc: 'accept: it was undone by other means' }),
    by: text({ min: 1, max: 200 }),
  }),
  result: standing,
  errors: ['conflict', ...errors],
  policy: placed,
});

export const forkRun = contract({
  name: 'workflow.fork',
  doc: 'Begins a new run as this one was right before a step, with the same version. What was finished before is not done again, and is not undone by the new run.',
  params: object({
    runId,
    step: text({ min: 1, max: 100, doc: '`id` of the step to begin again from' }),
    newRunId: optional(id({ doc: 'Chosen by the caller; repeating it changes nothing' })),
  }),
  result: object({ id: runId, from: runId, step: text({ max: 100 }) }),
  errors: ['conflict', 'command-too-large', ...errors],
  policy: placed,
  http: {
    method: 'POST',
    path: '/orchestrator/runs/:runId/fork',
    scope: 'operate',
    repeatable: true,
    namedByKey: { field: 'newRunId', kind: 'run' },
  },
});

export const seedRun = contract({
  name: 'workflow.seed',
  doc: 'Begins a run from the state of another.',
  params: object({ runId, from: runId, state: json<unknown>() }),
  result: standing,
  errors: ['command-too-large', ...errors],
  policy: placed,
});

export const wakeRun = contract({
  name: 'workflow.wake',
  doc: "Activates a run so that it goes on with what it owes. Used for timers, and when a dead node's runs are adopted.",
  params: object({ runId }),
  result: object({ seq: integer() }),
  errors: ['activation-elsewhere', 'journal-corrupt', 'unavailable'],
  policy: placed,
});
