/** The connection to Redis, which coordinates nodes and keeps nothing that matters: without it each node goes on by itself. */
import { Redis } from 'ioredis';
import type { Config } from '../kernel/config.ts';
import { describeError, type Log } from '../kernel/log.ts';

const RECONNECT_CAP_MS = 2_000;

/** Undefined on a platform of one node. Reconnects for ever; commands meanwhile wait a while and then fail. */
export function openRedis(config: Config, log: Log): Redis | undefined {
  if (config.TROUPE_MODE !== 'cluster') return undefined;
  const redis = new Redis(config.TROUPE_REDIS_URL, {
    maxRetriesPerRequest: null,
    retryStrategy: attempt => Math.min(RECONNECT_CAP_MS, 50 * 2 ** Math.min(attempt, 6)),
  });
  redis.on('error', (error: Error) => log.warn('redis.unreachable', describeError(error)));
  return redis;
}
