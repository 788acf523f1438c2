/**
 * Coordination through Redis, by connections of its own that fail at once when Redis is away instead of queueing.
 * After a failure Redis is left alone for a moment, so that a Redis that hangs costs one request its patience and
 * not each; meanwhile limits are counted in memory.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Clock } from '../kernel/clock.ts';
import { TroupeError } from '../kernel/errors.ts';
import { describeError, type Log } from '../kernel/log.ts';
import type { Bucket, Coordination, TakeResult } from './coordination.ts';
import { type BucketAhead, LEAST_SHARE, LeasedBuckets, type TakenAhead } from './leased-buckets.ts';
import { MemoryCoordination } from './memory-coordination.ts';
import { ACQUIRE, RENEW, TAKE } from './redis-scripts.ts';

const PATIENCE_MS = 250;
const LEFT_ALONE_MS = 500;
const CONNECT_MS = 2_000;

interface Listener {
  readonly onMessage: (message: unknown) => void;
  readonly onGap: (() => void) | undefined;
}

export class RedisCoordination implements Coordination {
  readonly #commands: Redis;
  readonly #messages: Redis;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #alone: MemoryCoordination;
  readonly #leased: LeasedBuckets;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #hashes = new Map<string, string>();
  #awayUntil = Number.NEGATIVE_INFINITY;
  #connectedBefore = false;

  constructor(redis: Redis, prefix: string, clock: Clock, log: Log) {
    this.#prefix = prefix;
    this.#clock = clock;
    this.#log = log;
    this.#alone = new MemoryCoordination(clock);
    this.#leased = new LeasedBuckets(clock, buckets => this.#takeShared(buckets));
    this.#commands = redis.duplicate({
      lazyConnect: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: PATIENCE_MS,
    });
    this.#messages = redis.duplicate({ lazyConnect: false, autoResubscribe: true });
    // Told once, by the connection that both are made after.
    this.#commands.on('error', () => {});
    this.#messages.on('error', () => {});
    this.#messages.on('message', (channel: string, text: string) => this.#deliver(channel, text));
    this.#messages.on('ready', () => {
      // `ready` comes before the channels are subscribed again; a round trip later they are.
      if (this.#connectedBefore)
        void this.#messages.ping().then(
          () => this.#tellGap(),
          () => {},
        );
      this.#connectedBefore = true;
    });
  }

  /** Resolves when Redis has answered, or after a while without it. */
  async connected(): Promise<void> {
    await new Promise<void>(resolve => {
      if (this.#commands.status === 'ready') return resolve();
      const timer = this.#clock.after(CONNECT_MS, resolve);
      this.#commands.once('ready', () => {
        timer.cancel();
        resolve();
      });
    });
  }

  async take(key: string, limit: Omit<Bucket, 'key'>): Promise<TakeResult> {
    return (await this.takeAll([{ ...limit, key }]))[0]!;
  }

  /** At once from what this node has taken ahead; where that does not suffice Redis is asked. */
  takeAll(buckets: readonly Bucket[]): readonly TakeResult[] | Promise<readonly TakeResult[]> {
    return (
      this.#leased.takeNow(buckets) ??
      this.#or(
        () => this.#leased.take(buckets),
        async () => this.#alone.takeAll(buckets),
      )
    );
  }

  async #takeShared(buckets: readonly BucketAhead[]): Promise<readonly TakenAhead[]> {
    const answer = (await this.#script(
      TAKE,
      buckets.map(({ key }) => key),
      buckets.flatMap(({ capacity, refillPerSecond, cost = 1, ahead }) => [
        capacity,
        refillPerSecond,
        cost,
        ahead,
        LEAST_SHARE,
      ]),
    )) as (string | number)[];
    return buckets.map((_, i) => {
      const [allowed, remaining, retry, reset, ahead] = answer.slice(i * 5, i * 5 + 5).map(Number);
      return {
        allowed: allowed === 1,
        remaining: remaining!,
        retryAfterMs: retry! < 0 ? Number.POSITIVE_INFINITY : retry!,
        resetMs: reset!,
        ahead: ahead!,
      };
    });
  }

  async acquire(key: string, holderId: string, limit: number, ttlMs: number): Promise<boolean> {
    return await this.#or(
      async () => (await this.#script(ACQUIRE, [key], [holderId, limit, ttlMs])) === 1,
      () => this.#alone.acquire(key, holderId, limit, ttlMs),
    );
  }

  async renew(key: string, holderId: string, ttlMs: number): Promise<boolean> {
    // A token that was taken alone is renewed alone.
    if (await this.#alone.renew(key, holderId, ttlMs)) return true;
    return await this.#or(
      async () => (await this.#script(RENEW, [key], [holderId, ttlMs])) === 1,
      async () => true,
    );
  }

  async release(key: string, holderId: string): Promise<void> {
    await this.#alone.release(key, holderId);
    await this.#or(
      async () => void (await this.#commands.zrem(this.#prefix + key, holderId)),
      async () => {},
    );
  }

  async publish(channel: string, message: unknown): Promise<void> {
    const text = JSON.stringify(message);
    await this.#or(
      async () => void (await this.#commands.publish(this.#prefix + channel, text)),
      async () => this.#deliver(this.#prefix + channel, text),
    );
  }

  async subscribe(
    channel: string,
    onMessage: (message: unknown) => void,
    onGap?: () => void,
  ): Promise<() => Promise<void>> {
    const name = this.#prefix + channel;
    const listener = { onMessage, onGap };
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    if (listeners.size === 1) {
      const asked = this.#messages.subscribe(name);
      // Without Redis the question waits in the connection; the node must not wait with it.
      asked.catch((error: unknown) => this.#log.warn('coordination.subscribe-failed', describeError(error)));
      if (this.#messages.status === 'ready') await asked;
    }
    return async () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      this.#listeners.delete(name);
      if (this.#messages.status === 'ready') await this.#messages.unsubscribe(name);
    };
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#need(() => this.#commands.get(this.#prefix + key))) ?? undefined;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#need(() => this.#commands.set(this.#prefix + key, value, 'PX', Math.ceil(ttlMs)));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#need(() => this.#commands.del(this.#prefix + key))) === 1;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#commands.disconnect();
    this.#messages.disconnect();
  }

  async #or<T>(together: () => Promise<T>, alone: () => Promise<T>): Promise<T> {
    if (this.#clock.monotonic() < this.#awayUntil) return await alone();
    try {
      return await together();
    } catch (error) {
      this.#awayUntil = this.#clock.monotonic() + LEFT_ALONE_MS;
      this.#log.warn('coordination.alone', describeError(error));
      return await alone();
    }
  }

  async #need<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw new TroupeError('unavailable', 'Redis cannot be reached', { cause, retryAfter: 1 });
    }
  }

  async #script(source: string, keys: readonly string[], values: readonly (string | number)[]) {
    let hash = this.#hashes.get(source);
    if (!hash) {
      hash = createHash('sha1').update(source).digest('hex');
      this.#hashes.set(source, hash);
    }
    const named = keys.map(key => this.#prefix + key);
    try {
      return await this.#commands.evalsha(hash, named.length, ...named, ...values);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await this.#commands.eval(source, named.length, ...named, ...values);
    }
  }

  #deliver(name: string, text: string): void {
    for (const { onMessage } of this.#listeners.get(name) ?? []) onMessage(JSON.parse(text));
  }

  #tellGap(): void {
    for (const listeners of this.#listeners.values()) for (const { onGap } of listeners) onGap?.();
  }
}
