/**
 * A node that runs calls of models, in a process of its own. Given the address of Redis, the namespace, the tenant, the
 * plan's limit, and how it goes: `calls:<n>` runs so many calls as fast as it can and prints how many ran at once over
 * all nodes at most; `hold:<n>` takes so many tokens, says so, and keeps them until it is killed.
 */
import { Redis } from 'ioredis';
import { ClusterTokens } from '../../lib/io/models/concurrency.ts';
import { RedisCoordination } from '../../lib/io/redis-coordination.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { silentLog } from '../../lib/kernel/log.ts';

const [url, namespace, tenant, most, manner] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const TOKEN_TTL_MS = 1_500;
const redis = new Redis(url);
const coordination = new RedisCoordination(redis, namespace, systemClock, silentLog);
await coordination.connected();
const tokens = new ClusterTokens({ coordination, clock: systemClock, log: silentLog, ttlMs: TOKEN_TTL_MS });
const { signal } = new AbortController();
const [how, count] = manner.split(':');
const take = () => tokens.take(tenant, Number(most), 20_000, signal);
if (how === 'hold') {
  await Promise.all(Array.from({ length: Number(count) }, take));
  console.log(JSON.stringify({ held: Number(count) }));
  setInterval(() => {}, 1_000);
} else {
  let highest = 0;
  // What runs is counted before it gives its token back, so a count above the limit is a token too many.
  await Promise.all(
    Array.from({ length: Number(count) }, async () => {
      const give = await take();
      highest = Math.max(highest, await redis.incr(`${namespace}counted`));
      await redis.decr(`${namespace}counted`);
      give();
    }),
  );
  console.log(JSON.stringify({ calls: Number(count), highest }));
  await coordination.close();
  redis.disconnect();
}
