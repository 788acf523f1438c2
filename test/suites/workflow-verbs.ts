/** The orchestrator as a tenant's program uses it over HTTP; run by an embedded platform and by a cluster. */
import { expect } from 'chai';
import { Client, until } from '../e2e/client.ts';

interface RunTask {
  readonly id: string;
  readonly kind: string;
  readonly assignee: string;
  readonly escalated: boolean;
  readonly title: string;
}

interface RunAnswer {
  readonly id: string;
  readonly phase: string;
  readonly seq: number;
  readonly output: unknown;
  readonly error: { readonly title?: string } | null;
  readonly forkedFrom: string | null;
  readonly steps: readonly {
    readonly id: string;
    readonly name: string;
    readonly task: string;
    readonly state: string;
    readonly compensation: string | null;
  }[];
  readonly waitingFor: readonly { readonly kind: string; readonly eventTypes: readonly string[] | null }[];
  readonly graph: { readonly nodes: readonly { readonly id: string }[] };
}

const ENDS = ['completed', 'faulted', 'cancelled'];
const document = (name: string, rest: string, version = '1.0.0') =>
  `document: {dsl: '1.0.3', namespace: test, name: ${name}, version: '${version}'}\n${rest}`;

export function workflowVerbsSuite(of: () => { readonly url: string; readonly apiKey: string }): void {
  let client: Client;
  before(() => {
    const { url, apiKey } = of();
    client = new Client(url, apiKey);
  });

  const json = async <T>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T }> => {
    const response = await client.request(method, `/orchestrator${path}`, body);
    return { status: response.status, body: (await response.json()) as T };
  };
  const put = async (name: string, rest: string, version?: string) => {
    const { status, body } = await json<object>('PUT', '/workflows', {
      source: document(name, rest, version),
    });
    expect(status, JSON.stringify(body)).to.equal(200);
  };
  const start = async (name: string, input: object = {}) => {
    const { status, body } = await json<RunAnswer>('POST', `/workflows/${name}/runs`, { input });
    expect(status, JSON.stringify(body)).to.equal(201);
    return body.id;
  };
  const get = async (id: string, query = '') => (await json<RunAnswer>('GET', `/runs/${id}${query}`)).body;
  const when = (id: string, wanted: (run: RunAnswer) => boolean) => until(() => get(id), wanted, 20_000);
  const end = (id: string) => when(id, run => ENDS.includes(run.phase));
  const listening = (id: string) => when(id, run => run.waitingFor.some(({ kind }) => kind === 'listen'));
  const verb = (id: string, name: string, body: object = {}) =>
    json<{ code?: string; id: string }>('POST', `/runs/${id}/${name}`, body);
  const questions = async (
    id: string,
    wanted: (tasks: readonly RunTask[]) => boolean = ([first]) => !!first,
  ) =>
    await until(
      async () => (await json<{ tasks: RunTask[] }>('GET', `/tasks?runId=${id}`)).body.tasks,
      wanted,
      20_000,
    );
  const runsOf = async (workflow: string) =>
    (await json<{ runs: { id: string; phase: string }[] }>('GET', `/runs?workflow=${workflow}`)).body.runs;

  it('refuses a document with the lines that are wrong, and keeps a version for ever', async () => {
    const wrong = await json<{ code: string; fields: { line: number }[] }>('PUT', '/workflows', {
      source: document('wrong', 'do:\n  - a: {set: {x: 1}, then: nowhere}\n'),
    });
    expect(wrong.status).to.equal(422);
    expect(wrong.body.fields[0]!.line).to.equal(3);
    await put('kept', 'do:\n  - a: {set: {x: 1}}\n');
    await put('kept', 'do:\n  - a: {set: {x: 1}}\n');
    const other = { source: document('kept', 'do:\n  - a: {set: {x: 2}}\n') };
    expect((await json('PUT', '/workflows', other)).status).to.equal(409);
    const { body } = await json<RunAnswer & { diagram: string }>('GET', '/workflows/kept');
    expect(body.graph.nodes.map(({ id }) => id)).to.deep.equal(['start', '/do/0/a', 'end']);
    expect(body.diagram).to.contain('flowchart');
  });

  it('asks a person, escalates after the deadline, and goes on with the answer', async () => {
    await put(
      'asks',
      `do:
  - ask:
      listen: {to: {one: {with: {type: com.troupe.approval.decided}}}}
      output: {as: '.[0].decision'}
      metadata:
        approval: {title: '\${ "Pay \\(.amount)?" }', assignee: clerk, deadline: PT0.2S, escalateTo: lead}
  - said: {set: {said: '\${ . }'}}
`,
    );
    const id = await start('asks', { amount: 7 });
    const [asked] = await questions(id, ([first]) => first?.escalated === true);
    expect(asked).to.include({ kind: 'approval', title: 'Pay 7?', assignee: 'lead' });
    expect((await verb(id, 'approve', { decision: 'retry' })).status).to.equal(409);
    expect((await verb(id, 'approve', { decision: 'rejected', comment: 'too much' })).status).to.equal(200);
    const run = await end(id);
    expect(run.output).to.deep.equal({ said: 'rejected' });
    expect((await verb(id, 'approve', { decision: 'approved' })).status).to.be.oneOf([404, 409]);
  });

  it('takes a signal once, tells news to who waits for them, and holds while suspended', async () => {
    await put(
      'signals',
      `do:
  - first: {listen: {to: {one: {with: {type: go}}}}, output: {as: '.[0]'}}
  - second: {listen: {to: {one: {with: {type: go}}}}, output: {as: '[$input, .[0]]'}}
`,
    );
    const id = await start('signals');
    const { seq } = await listening(id);
    const news = get(id, `?after=${seq}&wait=15000`);
    await verb(id, 'signal', { name: 'go', data: 1, id: 'sig-1' });
    expect((await news).seq).to.be.greaterThan(seq);
    await verb(id, 'signal', { name: 'go', data: 1, id: 'sig-1' });
    await when(id, run => run.steps.some(({ name, state }) => name === 'second' && state === 'waiting'));
    expect((await verb(id, 'suspend')).status).to.equal(200);
    await verb(id, 'signal', { name: 'go', data: 2, id: 'sig-2' });
    expect((await get(id)).phase).to.equal('suspended');
    await verb(id, 'resume');
    expect((await end(id)).output).to.deep.equal([1, 2]);
    const { body } = await json<{ events: { type: string }[] }>('GET', `/runs/${id}/events`);
    const types = body.events.map(({ type }) => type.replace('io.serverlessworkflow.', ''));
    expect(types[0]).to.equal('workflow.started.v1');
    expect(types).to.include.members([
      'task.started.v1',
      'workflow.suspended.v1',
      'task.suspended.v1',
      'workflow.resumed.v1',
      'workflow.correlation-started.v1',
      'workflow.correlation-completed.v1',
      'workflow.completed.v1',
    ]);
  });

  it('undoes finished steps when it is cancelled', async () => {
    await put(
      'undoes',
      `do:
  - one: {set: {n: 1}, metadata: {compensate: {do: [{undoOne: {set: {undone: '\${ .n }'}}}]}}}
  - two: {set: {n: 2}, metadata: {compensate: {set: {undone: '\${ .n }'}}}}
  - wait: {wait: PT1H}
`,
    );
    const id = await start('undoes');
    await when(id, run => run.steps.some(({ name }) => name === 'wait'));
    expect((await verb(id, 'cancel', { reason: 'no more' })).status).to.equal(200);
    const run = await end(id);
    expect(run.phase).to.equal('cancelled');
    const state = (name: string) => run.steps.find(each => each.name === name)!.compensation;
    expect([state('one'), state('two')]).to.deep.equal(['undone', 'undone']);
    const order = run.steps.filter(({ task }) => task.includes('/compensate')).map(({ task }) => task);
    expect(order[0]).to.match(/^\/do\/1\//);
  });

  it('asks a person about a step that cannot be undone: again, left out, or done by other means', async () => {
    await put(
      'stuck',
      `do:
  - one:
      set: {n: 1}
      metadata:
        compensate:
          do: [{no: {raise: {error: {type: 'https://e.com/no', status: 500, title: No}}}}]
          retry: {limit: {attempt: {count: 1}}}
  - fail: {raise: {error: {type: 'https://e.com/fail', status: 400, title: Fail}}}
`,
    );
    const outcomes: Record<string, string> = { skip: 'skipped', accept: 'accepted' };
    for (const [decision, outcome] of Object.entries(outcomes)) {
      const id = await start('stuck');
      const [first] = await questions(id);
      expect(first!.kind).to.equal('compensation');
      expect((await verb(id, 'approve', { decision: 'approved' })).status).to.equal(409);
      await verb(id, 'approve', { taskId: first!.id, decision: 'retry' });
      const [second] = await questions(id, ([each]) => each !== undefined && each.id !== first!.id);
      await verb(id, 'approve', { taskId: second!.id, decision });
      const run = await end(id);
      expect(run.phase).to.equal('faulted');
      expect(run.error!.title).to.equal('Fail');
      expect(run.steps.find(({ name }) => name === 'one')!.compensation).to.equal(outcome);
    }
  });

  it('forks from a step with what was finished before it', async () => {
    await put('forks', "do:\n  - a: {set: {id: '${ $workflow.id }'}}\n  - b: {set: '${ . + {b: 1} }'}\n");
    const id = await start('forks');
    const b = (await end(id)).steps.find(({ name }) => name === 'b')!;
    const fork = await verb(id, 'fork', { step: b.id });
    expect(fork.status).to.equal(200);
    const run = await end(fork.body.id);
    expect(run.forkedFrom).to.equal(id);
    expect(run.output, 'what the original had finished').to.deep.equal({ id, b: 1 });
    expect(run.steps.map(({ name }) => name)).to.deep.equal(['b']);
  });

  it('starts by events that belong together, by the clock, and after each end', async () => {
    const on = 'on: {all: [{with: {type: com.a}}, {with: {type: com.b}}]}';
    await put('by-events', `schedule: {${on}}\ndo:\n  - a: {set: '\${ [.[].data] }'}\n`);
    await json('POST', '/events', { id: '1', source: 'test', type: 'com.a', data: 1 });
    expect(await runsOf('by-events')).to.deep.equal([]);
    await json('POST', '/events', { id: '2', source: 'test', type: 'com.b', data: 2 });
    await json('POST', '/events', { id: '2', source: 'test', type: 'com.b', data: 2 });
    const [first] = await until(
      () => runsOf('by-events'),
      runs => runs.length > 0,
      20_000,
    );
    expect((await end(first!.id)).output).to.deep.equal([1, 2]);

    const schedules = {
      'by-cron': "cron: '* * * * * *'",
      'by-beat': 'every: PT1S',
      'by-end': 'after: PT0.1S',
    };
    const body = 'do:\n  - a: {set: {x: 1}}\n';
    for (const [name, schedule] of Object.entries(schedules))
      await put(name, `schedule: {${schedule}}\n${body}`);
    for (const name of Object.keys(schedules)) {
      await until(
        () => runsOf(name),
        runs => runs.length >= 2,
        20_000,
      );
      await put(name, body, '2.0.0');
    }
    expect(await runsOf('by-events'), 'an event that came twice').to.have.length(1);
  });

  it('tells the lifecycle of runs to those that wait for it, and never starts a workflow by its own', async () => {
    const type = 'io.serverlessworkflow.workflow.faulted.v1';
    const raise = "raise: {error: {type: 'https://e.com/x', status: 400, title: Mishap}}";
    const schedule = `schedule: {on: {one: {with: {type: ${type}}}}}`;
    await put(
      'watcher',
      `${schedule}\ndo:\n  - a: {set: '\${ .[0].data }', export: {as: '.'}}\n  - b: {${raise}}\n`,
    );
    await put('breaks', `do:\n  - a: {${raise}}\n`);
    await start('breaks');
    const [first] = await until(
      () => runsOf('watcher'),
      runs => runs.length > 0,
      20_000,
    );
    const run = await end(first!.id);
    const told = run.steps[0] as unknown as { output: { error: { title: string }; definition: object } };
    expect(told.output.error.title).to.equal('Mishap');
    expect(told.output.definition).to.deep.equal({ name: 'breaks', namespace: 'test', version: '1.0.0' });
    expect(await runsOf('watcher')).to.have.length(1);
    await put('watcher', 'do:\n  - a: {set: {x: 1}}\n', '2.0.0');
  });

  it('emits what other runs listen for, by correlation', async () => {
    await put(
      'waits-for-order',
      `do:
  - w:
      listen: {to: {one: {with: {type: com.order.paid}, correlate: {order: {from: .data.order, expect: '\${ .order }'}}}}}
      output: {as: '.[0].sum'}
`,
    );
    await put(
      'pays',
      `do:
  - e: {emit: {event: {with: {source: 'https://e.com', type: com.order.paid, data: '\${ . }'}}}}
`,
    );
    const [one, two] = [
      await start('waits-for-order', { order: 'A' }),
      await start('waits-for-order', { order: 'B' }),
    ];
    await Promise.all([listening(one), listening(two)]);
    await start('pays', { order: 'B', sum: 5 });
    expect((await end(two)).output).to.equal(5);
    expect((await get(one)).phase).to.be.oneOf(['running', 'waiting']);
    await verb(one, 'cancel');
  });
}
