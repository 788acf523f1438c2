/**
 * Tokens of shared buckets that this node has taken ahead of their use, so that a key that is asked for often costs a
 * round trip now and then and not for each request.
 *
 * Invariants:
 * 1. A token is taken from the shared bucket before it is given out here: all nodes together never give out more than
 *    the bucket held.
 * 2. What was taken ahead is used within twice LEASE_MS or not at all: in any window all nodes together let through at
 *    most burst + rate * (window + 2 * LEASE_MS).
 * 3. No more is taken ahead than was lately used in LEASE_MS, nor more than one of LEAST_SHARE tokens that are left: a
 *    small bucket, one that is nearly empty, and a key that is asked for seldom are asked about each time, and a refusal
 *    is always the shared bucket's own.
 */
import type { Clock } from '../kernel/clock.ts';
import type { Bucket, TakeResult } from './coordination.ts';
import { boundMap } from './memory-coordination.ts';

export const LEASE_MS = 500;
/** Of so many tokens that are left in a bucket a node takes at most one ahead. */
export const LEAST_SHARE = 20;
const MOST_AHEAD = 10_000;
/** Tokens of a key that must have been used in LEASE_MS before any is taken ahead. */
const OFTEN = 5;

export interface BucketAhead extends Bucket {
  /** Tokens wanted besides, for later. */
  readonly ahead: number;
}

export interface TakenAhead extends TakeResult {
  /** Tokens that were taken besides; none when anything was refused. */
  readonly ahead: number;
}

/** Takes from all of these shared buckets or from none. */
export type AskShared = (buckets: readonly BucketAhead[]) => Promise<readonly TakenAhead[]>;

interface Lease {
  left: number;
  /** Given up then, whatever is left. */
  untilMs: number;
  /** Left when it was granted: at half of it more is asked for. */
  size: number;
  /** Of the shared bucket when it last answered. */
  sharedLeft: number;
  fullAtMs: number;
  /** Used in the present window, and in the one before it. */
  used: number;
  usedBefore: number;
  windowMs: number;
  /** A question is on its way that takes ahead. */
  asking: boolean;
}

export class LeasedBuckets {
  readonly #clock: Clock;
  readonly #ask: AskShared;
  readonly #leases = new Map<string, Lease>();

  constructor(clock: Clock, ask: AskShared) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** From what is here; undefined when the shared buckets have to be asked. */
  takeNow(buckets: readonly Bucket[]): readonly TakeResult[] | undefined {
    const now = this.#clock.monotonic();
    for (const { key, cost = 1 } of buckets) if (!holds(this.#leases.get(key), cost, now)) return undefined;
    return buckets.map(bucket => {
      const lease = this.#leases.get(bucket.key)!;
      give(lease, bucket.cost ?? 1, now);
      if (lease.left < lease.size / 2 && !lease.asking) this.#renew(bucket, lease);
      return told(lease, now);
    });
  }

  /** Asks about those of which too little is here. Rejects as the question does; then nothing was taken here. */
  async take(buckets: readonly Bucket[]): Promise<readonly TakeResult[]> {
    const now = this.#clock.monotonic();
    const held = buckets.map(({ key, cost = 1 }) => {
      const lease = this.#leaseOf(key, now);
      const here = holds(lease, cost, now);
      give(lease, cost, now, here);
      return here ? lease : undefined;
    });
    const lacking = buckets.filter((_, i) => !held[i]);
    const giveBack = () => {
      for (const [i, lease] of held.entries()) if (lease) lease.left += buckets[i]!.cost ?? 1;
    };
    let answers: readonly TakenAhead[];
    try {
      answers = await this.#askFor(lacking.map(bucket => [bucket, this.#leaseOf(bucket.key, now)] as const));
    } catch (error) {
      giveBack();
      throw error;
    }
    if (!answers.every(({ allowed }) => allowed)) giveBack();
    const later = this.#clock.monotonic();
    let next = 0;
    return held.map((lease, i) => {
      if (lease) return told(lease, later);
      const answer = answers[next++]!;
      const { left } = this.#leaseOf(buckets[i]!.key, later);
      return { ...answer, remaining: answer.remaining + left };
    });
  }

  /** Takes more ahead before what is here is used up, beside whoever asks now. */
  #renew(bucket: Bucket, lease: Lease): void {
    // Without the shared buckets the lease lapses, and the next who asks hears why.
    this.#askFor([[{ ...bucket, cost: 0 }, lease]], true).catch(() => {});
  }

  async #askFor(
    buckets: readonly (readonly [Bucket, Lease])[],
    renewing = false,
  ): Promise<readonly TakenAhead[]> {
    const asking = buckets.map(([bucket, lease]) => {
      const looks = bucket.cost === 0 && !renewing;
      const lately = Math.max(lease.used, lease.usedBefore);
      const ahead = lease.asking || looks || lately < OFTEN ? 0 : Math.min(MOST_AHEAD, lately);
      if (ahead > 0) lease.asking = true;
      return { ...bucket, ahead };
    });
    try {
      const answers = await this.#ask(asking);
      const now = this.#clock.monotonic();
      for (const [i, [, lease]] of buckets.entries()) grant(lease, answers[i]!, now);
      return answers;
    } finally {
      for (const [i, [, lease]] of buckets.entries()) if (asking[i]!.ahead > 0) lease.asking = false;
    }
  }

  #leaseOf(key: string, now: number): Lease {
    let lease = this.#leases.get(key);
    if (!lease) {
      boundMap(this.#leases, ({ untilMs, windowMs }) => Math.max(untilMs, windowMs + 2 * LEASE_MS) <= now);
      lease = {
        left: 0,
        untilMs: 0,
        size: 0,
        sharedLeft: 0,
        fullAtMs: 0,
        used: 0,
        usedBefore: 0,
        windowMs: now,
        asking: false,
      };
      this.#leases.set(key, lease);
    }
    return lease;
  }
}

function holds(lease: Lease | undefined, cost: number, now: number): boolean {
  return lease !== undefined && cost > 0 && lease.untilMs > now && lease.left >= cost;
}

function give(lease: Lease, cost: number, now: number, here = true): void {
  const passed = now - lease.windowMs;
  if (passed >= LEASE_MS) {
    lease.usedBefore = passed < 2 * LEASE_MS ? lease.used : 0;
    lease.used = 0;
    lease.windowMs = now;
  }
  lease.used += cost;
  if (here) lease.left -= cost;
}

function grant(lease: Lease, { ahead, remaining, resetMs }: TakenAhead, now: number): void {
  lease.sharedLeft = remaining;
  lease.fullAtMs = now + resetMs;
  if (ahead === 0) return;
  // What is left of the one before goes along: it is used first, and was less than half.
  lease.left = (lease.untilMs > now ? lease.left : 0) + ahead;
  lease.size = lease.left;
  lease.untilMs = now + LEASE_MS;
}

function told({ sharedLeft, left, fullAtMs }: Lease, now: number): TakeResult {
  return {
    allowed: true,
    remaining: sharedLeft + left,
    retryAfterMs: 0,
    resetMs: Math.max(0, fullAtMs - now),
  };
}
