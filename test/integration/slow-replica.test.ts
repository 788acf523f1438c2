// Protects: second calls stay within their budget, and the losers end at their sockets and are not billed.
import { expect } from 'chai';
import { measureSlowReplica } from '../../bench/w2/slow-replica.ts';

const CALLS = 240;

describe('one slow replica among ten', () => {
  it('is overtaken: one answer and one bill for each call, at most 5 % extra, losers closed', async function () {
    this.timeout(90_000);
    const { extraPercent, socketsClosed, losers, billed } = await measureSlowReplica({
      hedging: true,
      slow: 'one call in ten',
      calls: CALLS,
      usualMs: 15,
    });
    expect(losers, 'some were overtaken').to.be.greaterThan(0);
    expect(extraPercent).to.be.within(0.1, 5 + (100 * 10) / CALLS);
    expect(socketsClosed, 'cancelled at the provider').to.be.within(1, losers);
    expect(billed).to.equal(CALLS);
  });
});
