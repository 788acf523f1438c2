// Protects: over all nodes a tenant runs no more calls than its plan has, and the tokens of a dead node come back.
import { expect } from 'chai';
import { FairQueue } from '../../../lib/core/fairness/virtual-token-counter.ts';
import { MemoryCoordination } from '../../../lib/io/memory-coordination.ts';
import { ClusterTokens } from '../../../lib/io/models/concurrency.ts';
import { systemClock } from '../../../lib/kernel/clock.ts';
import { rejection } from '../../suites/rejection.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const TTL_MS = 300;
const signal = new AbortController().signal;

describe('calls of a tenant that run at once', () => {
  const coordination = new MemoryCoordination(systemClock);
  const node = () => new ClusterTokens({ coordination, clock: systemClock, log, ttlMs: TTL_MS });

  it('are bounded over all nodes, and a token that is given back is taken by another', async () => {
    const [a, b] = [node(), node()];
    const give = await a.take('t', 2, 0, signal);
    await b.take('t', 2, 0, signal);
    expect(await rejection(b.take('t', 2, 0, signal))).to.include({ code: 'rate-limited' });
    const waiting = b.take('t', 2, 2_000, signal);
    give();
    (await waiting)();
  });

  it('are kept while they run, and come back when their node is gone', async () => {
    const alive = node();
    await alive.take('u', 2, 0, signal);
    // A node that took a token and was never heard of again.
    await coordination.acquire('models:running:u', 'of-a-dead-node', 2, TTL_MS);
    const began = performance.now();
    await alive.take('u', 2, 3_000, signal);
    expect(performance.now() - began).to.be.greaterThan(TTL_MS / 2);
    expect(await rejection(node().take('u', 2, 2 * TTL_MS, signal)), 'prolonged').to.include({
      code: 'rate-limited',
    });
  });

  it('are bounded on a node by the plan, while others run', () => {
    const queue = new FairQueue<string>({ slots: 10 });
    const call = (tenant: string, n: number) => ({
      id: `${tenant}${n}`,
      tenant,
      inputTokens: 1,
      enqueuedAtMs: 0,
      deadlineMs: 1_000,
      payload: '',
    });
    for (let n = 0; n < 5; n++) queue.enqueue(call('small', n), 1, 2);
    for (let n = 0; n < 3; n++) queue.enqueue(call('large', n), 1, 8);
    const began: string[] = [];
    for (let next = queue.next(0); next; next = queue.next(0)) began.push(next.tenant);
    expect(began.filter(tenant => tenant === 'small').length).to.equal(2);
    expect(began.filter(tenant => tenant === 'large').length).to.equal(3);
    queue.finished('small');
    expect(queue.next(0)?.tenant).to.equal('small');
  });
});
