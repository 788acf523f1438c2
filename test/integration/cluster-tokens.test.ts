// Protects: over real nodes a tenant never runs more calls of models at once than its plan has, and the tokens of a node that is killed come back within their lease.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { ClusterTokens } from '../../lib/io/models/concurrency.ts';
import { RedisCoordination } from '../../lib/io/redis-coordination.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { provided } from '../../scripts/provision/settings.ts';
import { rejection } from '../suites/rejection.ts';

const MOST = 5;
const TTL_MS = 1_500;
const signal = new AbortController().signal;

describe('tokens for calls of models over nodes on Redis', function () {
  this.timeout(60_000);
  const namespace = `tokens-${process.pid}-${Math.random()}:`;
  const children: ChildProcess[] = [];
  let redis: Redis;
  let coordination: RedisCoordination;
  before(async () => {
    redis = new Redis(provided('redis'));
    coordination = new RedisCoordination(redis, namespace, systemClock, silentLog);
    await coordination.connected();
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await coordination?.close();
    redis?.disconnect();
  });

  function node(tenant: string, manner: string) {
    const script = join(import.meta.dirname, '../suites/token-process.ts');
    const args = [
      '--disable-proto=delete',
      script,
      provided('redis'),
      namespace,
      tenant,
      String(MOST),
      manner,
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const lines = createInterface({ input: child.stdout! });
    return { child, told: once(lines, 'line').then(([line]) => JSON.parse(line as string)) };
  }

  it('never run more at once than the plan has, whichever node they come from', async () => {
    const told = await Promise.all([node('busy', 'calls:100').told, node('busy', 'calls:100').told]);
    for (const { calls, highest } of told as { calls: number; highest: number }[]) {
      expect(calls).to.equal(100);
      expect(highest).to.be.within(1, MOST);
    }
  });

  it('come back within the lease when their node is killed, and not one more than that', async () => {
    const { child, told } = node('held', 'hold:3');
    await told;
    const here = new ClusterTokens({ coordination, clock: systemClock, log: silentLog, ttlMs: TTL_MS });
    await here.take('held', MOST, 0, signal);
    await here.take('held', MOST, 0, signal);
    // Held for longer than the lease: the living node prolongs it.
    expect(await rejection(here.take('held', MOST, 2 * TTL_MS, signal))).to.include({ code: 'rate-limited' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const began = performance.now();
    await Promise.all(Array.from({ length: 3 }, () => here.take('held', MOST, 10_000, signal)));
    expect(performance.now() - began).to.be.below(TTL_MS + 1_000);
    expect(await rejection(here.take('held', MOST, 0, signal)), 'one more').to.include({
      code: 'rate-limited',
    });
  });
});
