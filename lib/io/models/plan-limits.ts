/** How many calls and tokens a second a plan gives, on this node: in memory, so that asking costs nothing. */
import { takeTokens } from '../../core/fairness/gcra.ts';
import type { Plan } from '../../core/pricing/plans.ts';
import type { Clock } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';

interface Buckets {
  calls: number | null;
  tokens: number | null;
}

const MOST_TENANTS = 100_000;

export class PlanLimits {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Buckets>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws `rate-limited`, which takes nothing. */
  take(tenantId: string, plan: Plan, tokens: number): void {
    let buckets = this.#buckets.get(tenantId);
    if (!buckets) {
      if (this.#buckets.size >= MOST_TENANTS) this.#buckets.delete(this.#buckets.keys().next().value!);
      buckets = { calls: null, tokens: null };
      this.#buckets.set(tenantId, buckets);
    }
    const now = this.#clock.monotonic();
    const calls = takeTokens(plan.modelCalls, buckets.calls, now);
    if (!calls.allowed) throw limited('Too many model calls for this plan', calls.retryAfterMs);
    const volume = takeTokens(plan.modelTokens, buckets.tokens, now, tokens);
    if (!volume.allowed) throw limited('Too many tokens for this plan', volume.retryAfterMs);
    buckets.calls = calls.arrivalMs;
    buckets.tokens = volume.arrivalMs;
  }
}

export function limited(text: string, retryAfterMs: number): TroupeError {
  const retryAfter = Number.isFinite(retryAfterMs)
    ? { retryAfter: Math.max(1, Math.ceil(retryAfterMs / 1_000)) }
    : {};
  return new TroupeError('rate-limited', text, retryAfter);
}
