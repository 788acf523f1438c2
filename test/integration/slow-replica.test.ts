// Protects: a slow replica is avoided and slow calls are overtaken, within the budget of second calls; losers end at their sockets and are not billed.
import { expect } from 'chai';
import { measureSlow, type Slow, type SlowReplica } from '../../bench/w2/slow-replica.ts';
import { Client } from '../e2e/client.ts';
import { startEmbeddedNode } from '../suites/embedded-node.ts';
import { startModelPlatform } from '../suites/model-endpoints.ts';
import { type ScriptedReply, startOpenAiServer } from '../suites/openai-server.ts';

const CALLS = 400;
const SLOW_MS = 20 * 5;
/** Turns of conversations that are answered as usual, and how many at once. */
const USUAL = 60;
const ASKERS = 4;

describe('among ten replicas', function () {
  this.timeout(60_000);
  const measure = (slow: Slow, by: SlowReplica['by']) =>
    measureSlow({
      slow,
      by,
      calls: CALLS,
      usualMs: SLOW_MS / 20,
      start: ({ TROUPE_DATA_DIR: _, ...settings }) => startEmbeddedNode(settings),
    });

  it('slow calls are overtaken: one answer and one bill for each call, at most 5 % extra, losers closed', async () => {
    const { extraPercent, socketsClosed, losers, billed, slowPercent } = await measure(
      0.05,
      'balanced and hedged',
    );
    expect(losers, 'some were overtaken').to.be.greaterThan(0);
    // Ten second calls may be saved up.
    expect(extraPercent).to.be.within(0.1, 5 + (100 * 10) / CALLS);
    expect(socketsClosed, 'cancelled at the provider').to.be.within(1, losers);
    expect(billed).to.equal(CALLS);
    expect(slowPercent, 'without it some 5').to.be.below(4.5);
  });

  it('one that is slow is avoided', async () => {
    const { slowPercent, billed } = await measure('one replica of ten', 'balanced');
    expect(slowPercent, 'asked in turn it would be 10').to.be.below(5);
    expect(billed).to.equal(CALLS);
  });
});

describe('a conversation whose model is late to speak', function () {
  this.timeout(60_000);

  it('is answered by another endpoint, once, and pays once; the late one is cancelled at its socket', async () => {
    const next: ScriptedReply[] = [];
    const script = () => next.shift() ?? { kind: 'text' as const, text: 'At nine.' };
    const servers = await Promise.all([startOpenAiServer({ script }), startOpenAiServer({ script })]);
    const platform = await startModelPlatform(
      servers.map(({ url }, n) => ({ name: `replica-${n}`, url, model: 'replica' })),
      { TROUPE_MODEL_HEDGE_PERCENT: '20' },
    );
    try {
      const { apiKey, tenantId } = await platform.client('late to speak');
      const client = new Client(platform.url, apiKey);
      // Enough for the route to be known, and for a second call to be saved up.
      for (let n = 0; n < USUAL; n += ASKERS)
        await Promise.all(Array.from({ length: ASKERS }, () => client.ask('When?')));
      next.push({ kind: 'hang' });
      const { message, usage } = await client.ask('And on Sundays?');
      expect(message.text).to.equal('At nine.');
      const asked = servers.flatMap(({ requests }) => requests);
      await Promise.all(asked.map(({ ended }) => ended));
      const ledger = await platform.ledger(tenantId, asked.length);
      const [paid, free] = [ledger.filter(({ cost }) => cost > 0), ledger.filter(({ cost }) => cost === 0)];
      expect(paid.map(({ outcome }) => outcome)).to.deep.equal(Array(USUAL + 1).fill('ok'));
      expect(new Set(free.map(({ outcome }) => outcome))).to.deep.equal(new Set(['hedge-lost']));
      expect(usage).to.include({ costMicroUsd: paid.at(-1)!.cost });
      // One that was overtaken by little had been sent already.
      expect(asked.filter(({ aborted }) => aborted).length).to.be.within(1, free.length);
    } finally {
      await platform.stop();
      await Promise.all(servers.map(server => server.close()));
    }
  });
});
