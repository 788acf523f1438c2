// Protects: a slow replica is avoided and slow calls are overtaken, within the budget of second calls; losers end at their sockets and are not billed.
import { expect } from 'chai';
import { measureSlow, type Slow, type SlowReplica } from '../../bench/w2/slow-replica.ts';
import { startEmbeddedNode } from '../suites/embedded-node.ts';

const CALLS = 400;
const SLOW_MS = 20 * 5;

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
