// Protects: nodes agree on limits, tokens and news; without Redis each goes on by itself and no request fails for it.
import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { Coordination } from '../../lib/io/coordination.ts';
import { MemoryCoordination } from '../../lib/io/memory-coordination.ts';
import { RedisCoordination } from '../../lib/io/redis-coordination.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { provided } from '../../scripts/provision/settings.ts';
import { startProxy } from '../crash/tcp-proxy.ts';
import { coordinationSuite, eventually } from '../suites/coordination.ts';
import { rejection } from '../suites/rejection.ts';

coordinationSuite('memory', async () => {
  const memory = new MemoryCoordination(systemClock);
  return { nodes: [memory, memory], close: () => memory.close() };
});

const prefix = () => `test-${process.pid}-${Math.random()}:`;

function node(url: string, namespace: string): { coordination: RedisCoordination; end(): Promise<void> } {
  const base = new Redis(url, { lazyConnect: true, retryStrategy: () => 20 });
  const coordination = new RedisCoordination(base, namespace, systemClock, silentLog);
  return {
    coordination,
    async end() {
      await coordination.close();
      base.disconnect();
    },
  };
}

coordinationSuite('Redis', async () => {
  const namespace = prefix();
  const [one, other] = [node(provided('redis'), namespace), node(provided('redis'), namespace)];
  await Promise.all([one.coordination.connected(), other.coordination.connected()]);
  return {
    nodes: [one.coordination, other.coordination] as readonly [Coordination, Coordination],
    async close() {
      await one.end();
      await other.end();
    },
  };
});

describe('coordination when Redis goes away', () => {
  it('goes on counting alone, says so where it matters, and finds Redis again', async () => {
    const target = new URL(provided('redis'));
    const proxy = await startProxy(Number(target.port));
    const url = new URL(target);
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const { coordination, end } = node(url.toString(), prefix());
    try {
      await coordination.connected();
      let gaps = 0;
      const heard: unknown[] = [];
      await coordination.subscribe(
        'news',
        message => heard.push(message),
        () => gaps++,
      );
      proxy.cut('refuse');
      const limit = { capacity: 3, refillPerSecond: 0.001 };
      const taken = [];
      for (let i = 0; i < 5; i++) taken.push((await coordination.take('k', limit)).allowed);
      expect(taken).to.deep.equal([true, true, true, false, false]);
      expect(await coordination.acquire('t', 'a', 1, 10_000)).to.equal(true);
      expect(await coordination.acquire('t', 'b', 1, 10_000)).to.equal(false);
      await coordination.publish('news', 1);
      expect(heard, 'those on the same node hear it still').to.deep.equal([1]);
      expect((await rejection(coordination.set('v', 'x', 1_000))).code).to.equal('unavailable');

      proxy.heal();
      await eventually('subscribers hear of the gap', () => gaps > 0);
      await eventually('values are kept again', () =>
        coordination.set('v', 'x', 1_000).then(
          () => true,
          () => false,
        ),
      );
      await eventually('messages go by Redis again', async () => {
        await coordination.publish('news', 2);
        return heard.includes(2);
      });
    } finally {
      await end();
      proxy.close();
    }
  });

  it('does not make each request wait for a Redis that hangs', async () => {
    const proxy = await startProxy(Number(new URL(provided('redis')).port));
    const { coordination, end } = node(`redis://127.0.0.1:${proxy.port}`, prefix());
    try {
      await coordination.connected();
      proxy.cut('blackhole');
      const limit = { capacity: 1_000, refillPerSecond: 1 };
      const began = systemClock.monotonic();
      for (let i = 0; i < 200; i++) expect((await coordination.take('k', limit)).allowed).to.equal(true);
      expect(systemClock.monotonic() - began).to.be.lessThan(1_000);
    } finally {
      await end();
      proxy.close();
    }
  });
});
