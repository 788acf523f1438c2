/**
 * The coordination port: what nodes must agree on within milliseconds and may lose. Redis (`redis-coordination.ts`)
 * and this process' memory (`memory-coordination.ts`) implement it and pass one suite of tests
 * (`test/suites/coordination.ts`).
 *
 * Invariants:
 * 1. Nothing here is a record: whatever must survive stands in the database.
 * 2. Limits fail open. Without Redis each node counts by itself, in memory, with the same numbers: N nodes may then
 *    let through N times the limit, and no request fails for it. Redis is tried again for ever.
 * 3. A message reaches every node that is connected, once as a rule; a Redis that hangs may bring one twice. After a
 *    gap subscribers are told (`onGap`): what they remember may be stale.
 * 4. `get`, `set`, `delete` reject with `unavailable` when Redis is away: the caller decides.
 */
import type { Redis } from 'ioredis';
import type { Clock } from '../kernel/clock.ts';
import type { Config } from '../kernel/config.ts';
import type { Log } from '../kernel/log.ts';
import { MemoryCoordination } from './memory-coordination.ts';
import { RedisCoordination } from './redis-coordination.ts';

export interface Bucket {
  readonly key: string;
  /** Units that may come at once, >= 1. */
  readonly capacity: number;
  readonly refillPerSecond: number;
  /** Units wanted; 0 only looks. Default 1. */
  readonly cost?: number;
}

export interface TakeResult {
  readonly allowed: boolean;
  /** Whole units that could still come at once. */
  readonly remaining: number;
  /** Milliseconds until the same would pass; 0 when allowed, Infinity when it is larger than the bucket. */
  readonly retryAfterMs: number;
  /** Milliseconds until the bucket is full again. */
  readonly resetMs: number;
}

export interface Coordination {
  /** Takes from a token bucket (GCRA), atomically across nodes. Never rejects. */
  take(key: string, limit: Omit<Bucket, 'key'>): Promise<TakeResult>;
  /**
   * Takes from all of these buckets or from none, in one round trip; one result each, in order. Never rejects. In
   * memory the answer is there at once, so that a request need not wait for it.
   */
  takeAll(buckets: readonly Bucket[]): readonly TakeResult[] | Promise<readonly TakeResult[]>;
  /** Holds one of `limit` tokens until released or `ttlMs` after the last renewal. Again for the same holder: renews. */
  acquire(key: string, holderId: string, limit: number, ttlMs: number): Promise<boolean>;
  /** False when the token had run out and is no longer held. */
  renew(key: string, holderId: string, ttlMs: number): Promise<boolean>;
  release(key: string, holderId: string): Promise<void>;
  /** To the subscribers on every node, this one too. A node that cannot be reached now hears `onGap` later. */
  publish(channel: string, message: unknown): Promise<void>;
  /** Resolves once messages will arrive; the answer ends the subscription. */
  subscribe(
    channel: string,
    onMessage: (message: unknown) => void,
    onGap?: () => void,
  ): Promise<() => Promise<void>>;
  /** Rejects with `unavailable`. */
  get(key: string): Promise<string | undefined>;
  /** Rejects with `unavailable`. */
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Whether there was something. Rejects with `unavailable`. */
  delete(key: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Redis where a node has one, else memory. */
export async function openCoordination(
  config: Pick<Config, 'TROUPE_NAMESPACE'>,
  redis: Redis | undefined,
  clock: Clock,
  log: Log,
): Promise<Coordination> {
  if (!redis) return new MemoryCoordination(clock);
  const coordination = new RedisCoordination(redis, `${config.TROUPE_NAMESPACE}:`, clock, log);
  await coordination.connected();
  return coordination;
}
