// Protects: under load the gate gives up the costly before the needed, one step at a time, refuses only at the last, and takes everything back when the load is over.
import { expect } from 'chai';
import { parseCatalog } from '../../../lib/core/models/catalog.ts';
import type { AdmittedCall } from '../../../lib/io/models/admitted-call.ts';
import { ModelGate } from '../../../lib/io/models/model-gate.ts';
import type { Clock } from '../../../lib/kernel/clock.ts';
import type { TroupeError } from '../../../lib/kernel/errors.ts';

/** Time that goes by when it is told to. */
class HandClock implements Clock {
  #now = 0;
  #tasks: { at: number; task: () => void }[] = [];
  now = () => this.#now;
  monotonic = () => this.#now;
  after(ms: number, task: () => void) {
    const entry = { at: this.#now + ms, task };
    this.#tasks.push(entry);
    return {
      cancel: () => {
        this.#tasks = this.#tasks.filter(each => each !== entry);
      },
    };
  }
  async pass(ms: number): Promise<void> {
    for (const end = this.#now + ms; ; ) {
      const next = this.#tasks.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!next) {
        this.#now = end;
        return;
      }
      this.#tasks = this.#tasks.filter(each => each !== next);
      this.#now = next.at;
      next.task();
      await Promise.resolve();
    }
  }
}

const SLOTS = 10;
const nothing = { micro: 0, bounded: false, extend: async () => true, settle() {} };

describe('the gate before the models, under load', () => {
  const clock = new HandClock();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const gate = new ModelGate({
    catalog: parseCatalog({
      endpoints: [{ name: 'one', baseUrl: 'http://localhost/v1', models: [{ id: 'm', tier: 'SLM_A' }] }],
    }),
    spending: { safeNow: () => ({ by: undefined }), reserveNow: () => nothing, record() {} } as never,
    endpoints: { now: () => ({ endpoints: [] }) } as never,
    tokens: undefined,
    regionRefused() {},
    clock,
    log,
    slots: SLOTS,
    attemptMs: 1_000,
    hedgeShare: 0.05,
  });
  after(() => gate.close());

  const admit = (tenantId: string) =>
    gate.admit({
      tenantId,
      plan: 'business',
      source: 'api',
      wanted: { model: 'm' },
      capability: 'chat',
      region: null,
      conversationId: null,
      customerId: null,
      agent: null,
      inputTokens: 10,
      outputTokens: undefined,
      signal: new AbortController().signal,
      timeMs: 1e9,
    });

  it('climbs the ladder step by step, sheds at its top alone, and comes back down', async () => {
    const running: AdmittedCall[] = [];
    for (let n = 0; n < SLOTS; n++) running.push(await admit('a'));
    expect([gate.level.name, running[0]!.outputTokens]).to.deep.equal(['normal', 1_024]);
    const seen = ['normal'];
    const watch = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 500) {
        await clock.pass(500);
        if (gate.level.name !== seen.at(-1)) seen.push(gate.level.name);
      }
    };
    // Full, and nobody waits: hedges and long answers go.
    await watch(10_000);
    expect(seen).to.deep.equal(['normal', 'lean']);
    expect(gate.level).to.include({
      noHedging: true,
      shortAnswers: true,
      smallTiersOnly: false,
      refusesNew: false,
    });
    // Calls wait, the longest for longer and longer.
    const waiting = Array.from({ length: 3 }, () => admit('b'));
    await watch(12_000);
    expect(seen).to.deep.equal(['normal', 'lean', 'small-models', 'essential', 'shedding']);
    const refused = (await admit('c').catch((error: unknown) => error)) as TroupeError;
    expect([refused.code, refused.retryAfter]).to.deep.equal(['overloaded', 5]);
    // The load goes: whoever waited is served, shorter, and each step is left once.
    for (const call of running) call.finish();
    const late = await Promise.all(waiting);
    for (const call of late) expect(call.outputTokens).to.equal(512);
    for (const call of late) call.finish();
    await watch(90_000);
    expect(seen).to.deep.equal([
      'normal',
      'lean',
      'small-models',
      'essential',
      'shedding',
      'essential',
      'small-models',
      'lean',
      'normal',
    ]);
    const after = await admit('c');
    expect(after.outputTokens).to.equal(1_024);
    after.finish();
    expect([gate.running, gate.queued]).to.deep.equal([0, 0]);
  });
});
