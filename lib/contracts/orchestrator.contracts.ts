/** The orchestrator: workflow documents by version, runs, schedules, events, and what people are asked. */
import { contract } from './contract.ts';
import { flag, id, integer, json, list, nullable, object, oneOf, optional, record, text } from './schema.ts';
import { graphShape, phase, runId } from './workflow.contracts.ts';

const rfc3339 = text({ max: 30, doc: 'RFC 3339' });
const name = id({ doc: '`document.name`', example: 'order-processing' });
const version = id({ doc: '`document.version`', example: '1.0.0' });
const read = { timeoutMs: 10_000, retries: 2 };
const change = { timeoutMs: 15_000 };

const documentLine = object({
  name,
  version,
  title: text({ max: 500 }),
  digest: text({ max: 100, doc: 'SHA-256 of the text' }),
  createdAt: rfc3339,
  createdBy: text({ max: 200 }),
  schedule: nullable(json<unknown>({ doc: '`schedule` of the document' })),
});

export const putWorkflow = contract({
  name: 'orchestrator.put',
  doc: 'Adds a version of a workflow. What is wrong with it is said with line numbers and nothing is kept. A version never changes: the same text again is the same version, another text under it is refused. New runs take the newest.',
  params: object({
    source: text({
      min: 1,
      max: 500_000,
      doc: 'A document of Serverless Workflow DSL 1.0, YAML or JSON',
      example:
        "document: {dsl: '1.0.3', namespace: shop, name: hello, version: '1.0.0'}\ndo:\n  - greet: {set: {text: hello}}\n",
    }),
  }),
  result: object({ name, version, digest: text({ max: 100 }), created: flag() }),
  errors: ['workflow-invalid', 'conflict'],
  policy: change,
  http: { method: 'PUT', path: '/orchestrator/workflows', scope: 'operate' },
});

export const listWorkflows = contract({
  name: 'orchestrator.list',
  doc: "The tenant's workflows, each with its newest version.",
  params: object({}),
  result: object({ workflows: list(documentLine, { max: 1_000 }) }),
  errors: [],
  policy: read,
  http: { method: 'GET', path: '/orchestrator/workflows', scope: 'operate' },
});

export const getWorkflow = contract({
  name: 'orchestrator.workflow',
  doc: 'A version of a workflow with its text and diagram; the newest unless one is named.',
  params: object({ name, version: optional(version) }),
  result: object({
    name,
    version,
    digest: text({ max: 100 }),
    source: text({ max: 500_000 }),
    definition: json<unknown>(),
    graph: graphShape,
    diagram: text({ max: 500_000, doc: 'Mermaid' }),
    versions: list(version, { max: 1_000, doc: 'Newest first' }),
    createdAt: rfc3339,
  }),
  errors: ['not-found'],
  policy: read,
  http: { method: 'GET', path: '/orchestrator/workflows/:name', scope: 'operate' },
});

export const startRun = contract({
  name: 'orchestrator.start',
  doc: 'Starts a run of a workflow. With a run id of your own, the same request again starts nothing new.',
  params: object({
    name,
    version: optional(version),
    input: optional(json<unknown>({ doc: 'Any JSON; default {}' })),
    runId: optional(runId),
    wait: optional(integer({ max: 20_000, doc: 'Milliseconds to wait for the end before answering' })),
  }),
  result: object({
    id: runId,
    workflow: name,
    version,
    phase,
    output: json<unknown>({ doc: 'Null until completed' }),
    error: nullable(json<unknown>()),
    duplicate: flag(),
  }),
  errors: ['not-found', 'conflict', 'command-too-large', 'unavailable'],
  policy: { timeoutMs: 30_000 },
  http: {
    method: 'POST',
    path: '/orchestrator/workflows/:name/runs',
    scope: 'operate',
    status: 201,
    repeatable: true,
    namedByKey: { field: 'runId', kind: 'run' },
  },
});

export const listRuns = contract({
  name: 'orchestrator.runs',
  doc: 'Runs, the newest first. Follows the runs within moments.',
  params: object({
    workflow: optional(name),
    phase: optional(phase),
    cursor: optional(text({ min: 1, max: 300, doc: '`next` of the answer before' })),
    limit: optional(integer({ min: 1, max: 200, doc: 'Default 50' })),
  }),
  result: object({
    runs: list(
      object({
        id: runId,
        workflow: text({ max: 300 }),
        version: text({ max: 100 }),
        phase,
        steps: integer(),
        error: nullable(text({ max: 500 })),
        startedAt: rfc3339,
        endedAt: nullable(rfc3339),
      }),
      { max: 200 },
    ),
    next: nullable(text({ max: 300, doc: 'Null on the last page' })),
  }),
  errors: ['validation-failed'],
  policy: read,
  http: { method: 'GET', path: '/orchestrator/runs', scope: 'operate' },
});

const event = object({
  id: text({ min: 1, max: 200 }),
  source: text({ min: 1, max: 500, example: 'https://shop.example' }),
  type: text({ min: 1, max: 200, example: 'com.example.order.placed' }),
  subject: optional(text({ max: 500 })),
  time: optional(text({ max: 40 })),
  data: optional(json<unknown>()),
  attributes: optional(record(text({ max: 500 }), { doc: 'Extension attributes' })),
});

export const publishEvent = contract({
  name: 'orchestrator.publish',
  doc: 'Takes a CloudEvent for the runs that listen and the schedules that wait for it. Source and id are its name: the same one again is taken once.',
  params: event,
  result: object({ accepted: flag({ doc: 'False: it had been taken before' }), listeners: integer() }),
  errors: [],
  policy: change,
  http: { method: 'POST', path: '/orchestrator/events', scope: 'operate', repeatable: true },
});

export const registerListener = contract({
  name: 'orchestrator.listen',
  doc: 'A run listens from now on; what came since it began is delivered too.',
  params: object({
    runId,
    key: text({ min: 1, max: 200 }),
    types: nullable(list(text({ max: 500 }), { max: 200 })),
    since: integer({ doc: 'Milliseconds since the epoch' }),
    question: nullable(
      object({
        title: text({ max: 500 }),
        assignee: text({ max: 500 }),
        escalateTo: nullable(text({ max: 500 })),
        deadlineMs: nullable(integer()),
        workflow: text({ max: 300 }),
        task: text({ max: 2_000 }),
        details: json<unknown>(),
      }),
    ),
  }),
  result: object({ offered: integer() }),
  errors: [],
  policy: read,
});

export const askAboutStep = contract({
  name: 'orchestrator.ask',
  doc: 'Asks a person what to do about a step that could not be undone.',
  params: object({
    runId,
    key: text({ min: 1, max: 200 }),
    workflow: text({ max: 300 }),
    task: text({ max: 2_000 }),
    title: text({ max: 500 }),
    details: json<unknown>(),
  }),
  result: object({ id: text({ max: 100 }) }),
  errors: [],
  policy: read,
});

export const listTasks = contract({
  name: 'orchestrator.tasks',
  doc: 'What people are asked: approvals, and steps that could not be undone.',
  params: object({
    state: optional(oneOf(['open', 'decided', 'withdrawn'], { doc: 'Default open' })),
    assignee: optional(text({ min: 1, max: 500 })),
    runId: optional(runId),
    limit: optional(integer({ min: 1, max: 200, doc: 'Default 100' })),
  }),
  result: object({
    tasks: list(
      object({
        id: text({ max: 100 }),
        runId,
        kind: oneOf(['approval', 'compensation']),
        workflow: text({ max: 300 }),
        task: text({ max: 2_000, doc: 'JSON pointer into the definition' }),
        title: text({ max: 500 }),
        details: json<unknown>(),
        assignee: text({ max: 500 }),
        escalated: flag(),
        deadlineAt: nullable(rfc3339),
        state: oneOf(['open', 'decided', 'withdrawn']),
        decision: nullable(text({ max: 50 })),
        comment: nullable(text({ max: 2_000 })),
        decidedBy: nullable(text({ max: 200 })),
        createdAt: rfc3339,
      }),
      { max: 200 },
    ),
  }),
  errors: [],
  policy: read,
  http: { method: 'GET', path: '/orchestrator/tasks', scope: 'operate' },
});

export const decideTask = contract({
  name: 'orchestrator.approve',
  doc: 'Answers what a run asks of a person: `approved` or `rejected` for an approval; `retry`, `skip` or `accept` for a step that could not be undone. The run goes on with it.',
  params: object({
    runId,
    taskId: optional(id({ doc: 'Which question; may be left out when the run asks only one' })),
    decision: oneOf(['approved', 'rejected', 'retry', 'skip', 'accept']),
    comment: optional(text({ max: 2_000 })),
    by: optional(text({ min: 1, max: 200, doc: 'Who decides; default: who calls' })),
  }),
  result: object({ taskId: text({ max: 100 }), state: oneOf(['decided']), decision: text({ max: 50 }) }),
  errors: ['not-found', 'conflict', 'unavailable'],
  policy: change,
  http: { method: 'POST', path: '/orchestrator/runs/:runId/approve', scope: 'operate' },
});
