// Guarantees: a run owes exactly what it should, undoes what it did, keeps secrets out, and never runs away.
import { expect } from 'chai';
import { parse } from 'yaml';
import { decide } from '../../../../lib/core/workflow/decide.ts';
import type { Definition } from '../../../../lib/core/workflow/definition.ts';
import { drive, PortFailure, type Ports } from '../../../../lib/core/workflow/driver.ts';
import { evolve } from '../../../../lib/core/workflow/evolve.ts';
import type { Json } from '../../../../lib/core/workflow/jq/value.ts';
import { lifecycleEvents } from '../../../../lib/core/workflow/lifecycle.ts';
import type { Effect, WorkflowCommand, WorkflowEvent } from '../../../../lib/core/workflow/messages.ts';
import { problem } from '../../../../lib/core/workflow/problem.ts';
import { react } from '../../../../lib/core/workflow/react.ts';
import { unseal } from '../../../../lib/core/workflow/sealed.ts';
import { initialState, type RunState } from '../../../../lib/core/workflow/state.ts';

const definition = (body: string): Definition => ({
  document: { dsl: '1.0.3', namespace: 'shop', name: 'test', version: '1.0.0' },
  ...(parse(body) as Definition),
});

/** A run driven by hand. */
class Hand {
  state: RunState = initialState();
  readonly journal: WorkflowEvent[] = [];

  constructor(body: string, more: Partial<Extract<WorkflowCommand, { type: 'StartRun' }>> = {}) {
    const start = { runId: 'run-1', definition: definition(body), digest: 'd', input: {} as Json, now: 0 };
    this.give({ type: 'StartRun', ...start, ...more });
  }

  give(command: WorkflowCommand): this {
    for (const event of decide(command, this.state)) {
      this.journal.push(event);
      this.state = evolve(this.state, event);
    }
    return this;
  }

  owed(type: Effect['type']): Effect[] {
    return react(this.state).filter(effect => effect.type === type);
  }

  answer(key: string, output: Json = null, now = 1): this {
    return this.give({ type: 'EffectSucceeded', key, output, now });
  }
}

const CALL = (name: string, undo?: string) =>
  `- ${name}: {call: ${name}${undo ? `, metadata: {compensate: {call: ${undo}, with: {id: '\${ .id }'}}}` : ''}}\n`;

describe('a workflow run', () => {
  it('starts once, and is deaf after its end', () => {
    const run = new Hand('do:\n- a: {set: {x: 1}}');
    const events = run.journal.length;
    run.give({ type: 'StartRun', runId: 'other', definition: {}, digest: 'd', input: {}, now: 5 });
    run.give({ type: 'Cancel', now: 5 }).give({ type: 'TimerFired', key: 't1.wait', now: 5 });
    expect(run.journal).to.have.length(events);
    expect(run.state).to.include({ phase: 'completed', runId: 'run-1', digest: 'd' });
  });

  it('keeps its state as JSON', () => {
    const run = new Hand('do:\n- f: {for: {in: "[1,2]"}, do: [{w: {wait: PT1S}}]}');
    expect(JSON.parse(JSON.stringify(run.state))).to.deep.equal(run.state);
  });

  it('ignores an answer that it does not await, and a second one', () => {
    const run = new Hand(`do:\n${CALL('a')}${CALL('b')}`);
    run.answer('t1.call', 1).answer('t1.call', 2).answer('nonsense', 3);
    expect(run.owed('CallFunction').map(effect => effect.key)).to.deep.equal(['t2.call']);
  });

  it('advances in portions, so that a long run does not hold up the node', async () => {
    const run = new Hand('do:\n- l: {for: {in: "[range(1000)]"}, do: [{s: {set: {x: 1}}}]}');
    expect(run.owed('Continue')).to.have.length(1);
    for (let i = 0; i < 50 && run.owed('Continue').length > 0; i++) run.give({ type: 'Advance', now: 1 });
    expect(run.state.phase).to.equal('completed');
  });

  it('stands still while suspended, and keeps what came meanwhile', () => {
    const run = new Hand(`do:\n${CALL('a')}${CALL('b')}`);
    run.give({ type: 'Suspend', now: 1 }).answer('t1.call', { ok: true }, 2);
    expect(react(run.state)).to.deep.equal([]);
    run.give({ type: 'Resume', now: 3 });
    expect(run.owed('CallFunction').map(effect => effect.key)).to.deep.equal(['t2.call']);
  });

  it('keeps a signal that comes before anybody listens, and takes it once', () => {
    const run = new Hand(
      `do:\n${CALL('a')}- l: {listen: {to: {one: {with: {type: approved}}}}}\n- m: {listen: {to: {one: {with: {type: approved}}}}}`,
    );
    const signal = { type: 'Signal', id: 's1', name: 'approved', data: { by: 'Ann' }, now: 1 } as const;
    run.give(signal).give(signal).answer('t1.call');
    expect(run.state.frames.t3?.name).to.equal('m');
    run.give(signal);
    expect(run.state.phase).to.equal('running');
    run.give({ ...signal, id: 's2' });
    expect(run.state.output).to.deep.equal([{ by: 'Ann' }]);
  });

  it('does not keep more than it may', () => {
    const huge = 'x'.repeat(1_100_000);
    const run = new Hand(`do:\n${CALL('a')}`).answer('t1.call', huge);
    expect(run.state.error?.detail).to.contain('larger');
    expect(new Hand('do:\n- a: {set: {x: 1}}', { input: huge }).state.phase).to.equal('faulted');
    expect(JSON.stringify(run.journal).length).to.be.lessThan(10_000);
  });

  it('tells which events are worth delivering, those that end the listening among them', () => {
    const typesOf = (to: string) =>
      (new Hand(`do:\n- l: {listen: {to: ${to}}}`).owed('Listen')[0] as { types?: unknown }).types;
    expect(typesOf('{any: [{with: {type: a}}], until: {one: {with: {type: b}}}}')).to.deep.equal(['a', 'b']);
    expect(typesOf('{any: [], until: {one: {with: {type: b}}}}')).to.equal(null);
    expect(typesOf('{one: {with: {type: "a.*"}}}')).to.equal(null);
  });

  it('draws jitter from the number in the command', () => {
    const body =
      'do:\n- t: {try: [{a: {call: x}}], catch: {retry: {delay: {seconds: 1}, jitter: {from: {seconds: 0}, to: {seconds: 10}}}}}';
    const error = problem('communication', 'down', { status: 503 });
    const dueAt = (random: number) => {
      const run = new Hand(body).give({ type: 'EffectFailed', key: 't2.call', error, now: 0, random });
      return (run.owed('StartTimer')[0] as Extract<Effect, { type: 'StartTimer' }>).dueAt;
    };
    expect([dueAt(0), dueAt(0.5)]).to.deep.equal([1_000, 6_000]);
  });
});

describe('secrets', () => {
  const body = `use: {secrets: [shop]}
do:
- a:
    call: http
    with:
      method: get
      endpoint: https://e.com
      headers: {Authorization: 'Bearer \${ $secrets.shop.key }'}
- b: {set: {leak: '\${ $secrets.shop.key }'}}`;
  const nonce = 'unguessable-nonce';

  it('never enter the run: whoever performs the effect puts them in', () => {
    const run = new Hand(body, { nonce });
    const [call] = run.owed('CallHttp') as Extract<Effect, { type: 'CallHttp' }>[];
    const paths: string[] = [];
    const headers = unseal(call!.headers, nonce, path => {
      paths.push(path.join('.'));
      return 'k-1';
    });
    expect(headers).to.deep.equal({ Authorization: 'Bearer k-1' });
    expect(paths).to.deep.equal(['shop.key']);
  });

  it('leave no mark in what leaves the run, and no forged mark is believed', () => {
    const run = new Hand(body, { nonce });
    const answer = {
      request: { method: 'GET', uri: 'https://e.com', headers: {} },
      statusCode: 200,
      headers: {},
      content: {},
    };
    run.answer('t1.call', answer);
    expect(run.state.output).to.deep.equal({ leak: '***' });
    expect(unseal('\u27e6secret:guessed:shop\u27e7', nonce, () => 'k-1')).to.contain('guessed');
  });

  it('need a nonce', () => {
    expect(new Hand(body).state).to.include({ phase: 'faulted' });
  });
});

describe('compensation', () => {
  const failing = (names: readonly string[], calls: string[], tries: Record<string, number> = {}): Ports => ({
    http: () => Promise.reject(new Error('not used')),
    function: (name, input) => {
      calls.push(name);
      tries[name] = (tries[name] ?? 0) + 1;
      if (names.includes(name))
        return Promise.reject(new PortFailure(problem('communication', `${name} is down`)));
      return Promise.resolve({ id: name, given: input });
    },
  });
  const saga = `do:\n${CALL('pay', 'refund')}${CALL('reserve', 'release')}${CALL('ship')}`;

  it('undoes in reverse, each with what its step brought', async () => {
    const calls: string[] = [];
    const outcome = await drive(definition(saga), failing(['ship'], calls));
    expect(calls).to.deep.equal(['pay', 'reserve', 'ship', 'release', 'refund']);
    expect(outcome).to.deep.include({ phase: 'faulted' });
    expect(outcome.state.saga.steps.map(step => [step.name, step.outcome])).to.deep.equal([
      ['pay', 'undone'],
      ['reserve', 'undone'],
    ]);
  });

  for (const decision of ['skip', 'accept', 'retry'] as const)
    it(`retries an undo, then asks a person, who says ${decision}`, async () => {
      const calls: string[] = [];
      const down = ['ship', 'release'];
      const ports: Ports = {
        ...failing(down, calls),
        decision: () => {
          if (decision === 'retry') down.pop();
          return decision;
        },
      };
      const { phase, state } = await drive(definition(saga), ports);
      const releases = calls.filter(name => name === 'release').length;
      expect(releases).to.equal(decision === 'retry' ? 5 : 4);
      expect(calls.at(-1)).to.equal('refund');
      expect(phase).to.equal('faulted');
      expect(state.saga.steps[1]?.outcome).to.equal(
        { skip: 'skipped', accept: 'accepted', retry: 'undone' }[decision],
      );
    });

  it('waits for a call that was cut off, and undoes it if it succeeded after all', () => {
    const run = new Hand(`do:\n${CALL('pay', 'refund')}`).give({ type: 'Cancel', now: 1 });
    expect(run.owed('CallFunction').map(effect => effect.key)).to.deep.equal(['t1.call']);
    run.answer('t1.call', { id: 'c1' }, 2);
    const [undo] = run.owed('CallFunction') as Extract<Effect, { type: 'CallFunction' }>[];
    expect(undo).to.deep.include({ name: 'refund', with: { id: 'c1' } });
    run.answer(undo!.key, null, 3);
    expect(run.state.phase).to.equal('cancelled');
  });

  it('has nothing to undo when that call failed', () => {
    const run = new Hand(`do:\n${CALL('pay', 'refund')}`).give({ type: 'Cancel', now: 1 });
    run.give({ type: 'EffectFailed', key: 't1.call', error: problem('communication', 'no'), now: 2 });
    expect(run.state.phase).to.equal('cancelled');
  });

  it('uses each key for one effect only', async () => {
    const calls: string[] = [];
    const down = ['ship', 'release', 'refund'];
    let asked = 0;
    const ports = {
      ...failing(down, calls),
      decision: () => (++asked < 3 ? 'retry' : 'skip') as 'retry' | 'skip',
    };
    const keys: string[] = [];
    await drive(definition(saga), ports, {
      onEffect: effect => effect.type === 'CallFunction' && keys.push(effect.key),
    });
    expect(new Set(keys).size).to.equal(keys.length);
  });
});

describe('lifecycle events', () => {
  const typesOf = (run: Hand): string[] => {
    let state = initialState();
    return run.journal.flatMap(event => {
      const before = state;
      state = evolve(state, event);
      return lifecycleEvents(event, before, state).map(each =>
        each.type.replace('io.serverlessworkflow.', ''),
      );
    });
  };

  it('tell of a run from its start to its end', () => {
    expect(typesOf(new Hand('do:\n- a: {set: {x: 1}}'))).to.deep.equal([
      'workflow.started.v1',
      'workflow.status-changed.v1',
      'task.created.v1',
      'task.started.v1',
      'task.completed.v1',
      'workflow.completed.v1',
      'workflow.status-changed.v1',
    ]);
  });

  it('tell of faults, retries, correlation, suspension and what was cut off', () => {
    const fault = new Hand(
      'do:\n- t: {try: [{a: {raise: {error: {type: "https://e.com", status: 1}}}}], catch: {retry: {limit: {attempt: {count: 1}}}}}',
    );
    fault.give({ type: 'TimerFired', key: 't1.retry.1', now: 1 });
    expect(typesOf(fault)).to.include.members(['task.faulted.v1', 'task.retried.v1', 'workflow.faulted.v1']);
    const listen = new Hand('do:\n- l: {listen: {to: {one: {with: {type: a}}}}}');
    listen.give({ type: 'Suspend', now: 1 }).give({ type: 'Resume', now: 2 });
    listen.give({ type: 'EventReceived', event: { id: '1', source: 's', type: 'a' }, now: 3 });
    expect(typesOf(listen)).to.include.members([
      'workflow.correlation-started.v1',
      'workflow.correlation-completed.v1',
      'workflow.suspended.v1',
      'workflow.resumed.v1',
      'task.suspended.v1',
    ]);
    const cut = new Hand('do:\n- w: {wait: PT1H}').give({ type: 'Cancel', now: 1 });
    expect(typesOf(cut)).to.include.members(['task.cancelled.v1', 'workflow.cancelled.v1']);
  });
});
