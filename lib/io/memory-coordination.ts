/** Coordination within one process: the embedded platform, and each node for itself while Redis is away. Bounded. */
import { type RateDecision, takeTokens } from '../core/fairness/gcra.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Bucket, Coordination, TakeResult } from './coordination.ts';

/** Beyond it what has run out is swept, then the oldest goes. */
const MOST_KEYS = 100_000;

interface Listener {
  readonly onMessage: (message: unknown) => void;
}

export class MemoryCoordination implements Coordination {
  readonly #clock: Clock;
  /** Theoretical arrival times, on the monotonic clock. */
  readonly #buckets = new Map<string, number>();
  readonly #holders = new Map<string, Map<string, number>>();
  readonly #values = new Map<string, { value: string; until: number }>();
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async take(key: string, limit: Omit<Bucket, 'key'>): Promise<TakeResult> {
    return this.takeAll([{ ...limit, key }])[0]!;
  }

  takeAll(buckets: readonly Bucket[]): readonly TakeResult[] {
    const now = this.#clock.monotonic();
    const wanted = buckets.map(bucket => this.#decide(bucket, now, bucket.cost ?? 1));
    if (!wanted.every(({ allowed }) => allowed))
      return wanted.map((decision, i) => (decision.allowed ? this.#decide(buckets[i]!, now, 0) : decision));
    for (let i = 0; i < buckets.length; i++) {
      boundMap(this.#buckets, arrival => arrival <= now);
      this.#buckets.set(buckets[i]!.key, wanted[i]!.arrivalMs);
    }
    return wanted;
  }

  #decide({ key, refillPerSecond, capacity }: Bucket, now: number, units: number): RateDecision {
    const limit = { ratePerSecond: refillPerSecond, burst: capacity };
    return takeTokens(limit, this.#buckets.get(key) ?? null, now, units);
  }

  async acquire(key: string, holderId: string, limit: number, ttlMs: number): Promise<boolean> {
    const holders = this.#living(key);
    if (!holders.has(holderId) && holders.size >= limit) return false;
    holders.set(holderId, this.#clock.monotonic() + ttlMs);
    if (!this.#holders.has(key)) boundMap(this.#holders, others => others.size === 0);
    this.#holders.set(key, holders);
    return true;
  }

  async renew(key: string, holderId: string, ttlMs: number): Promise<boolean> {
    const holders = this.#living(key);
    if (!holders.has(holderId)) return false;
    holders.set(holderId, this.#clock.monotonic() + ttlMs);
    return true;
  }

  async release(key: string, holderId: string): Promise<void> {
    const holders = this.#holders.get(key);
    holders?.delete(holderId);
    if (holders?.size === 0) this.#holders.delete(key);
  }

  async publish(channel: string, message: unknown): Promise<void> {
    // As over a network: by value, and not in the publisher's own turn.
    const text = JSON.stringify(message);
    for (const listener of this.#listeners.get(channel) ?? [])
      queueMicrotask(() => listener.onMessage(JSON.parse(text)));
  }

  async subscribe(channel: string, onMessage: (message: unknown) => void): Promise<() => Promise<void>> {
    const listener = { onMessage };
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
    return async () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(channel);
    };
  }

  async get(key: string): Promise<string | undefined> {
    const entry = this.#values.get(key);
    return entry && entry.until > this.#clock.monotonic() ? entry.value : undefined;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    const now = this.#clock.monotonic();
    boundMap(this.#values, ({ until }) => until <= now);
    this.#values.set(key, { value, until: now + ttlMs });
  }

  async delete(key: string): Promise<boolean> {
    const there = (await this.get(key)) !== undefined;
    this.#values.delete(key);
    return there;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  #living(key: string): Map<string, number> {
    const holders = this.#holders.get(key) ?? new Map<string, number>();
    const now = this.#clock.monotonic();
    for (const [holder, until] of holders) if (until <= now) holders.delete(holder);
    return holders;
  }
}

/** Makes room for one more: what is spent goes, then the oldest. */
export function boundMap<V>(map: Map<string, V>, spent: (value: V) => boolean): void {
  if (map.size < MOST_KEYS) return;
  for (const [key, value] of map) if (spent(value)) map.delete(key);
  while (map.size >= MOST_KEYS) map.delete(map.keys().next().value!);
}
