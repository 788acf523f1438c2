/**
 * Token bucket as the generic cell rate algorithm (ITU-T I.371): one number of state, the theoretical arrival
 * time, so that a shared store can keep it by compare-and-set. No window lets through more than
 * burst + rate * time.
 */

export interface RateLimit {
  /** Units per second, > 0. */
  readonly ratePerSecond: number;
  /** Units that may come at once, >= 1. */
  readonly burst: number;
}

export interface RateDecision {
  readonly allowed: boolean;
  /** New state to keep; unchanged when refused. Milliseconds. */
  readonly arrivalMs: number;
  /** Whole units that could still come at once. */
  readonly remaining: number;
  /** Milliseconds until the same request would pass; 0 when allowed, Infinity when it is larger than the burst. */
  readonly retryAfterMs: number;
  /** Milliseconds until the bucket is full again. */
  readonly resetMs: number;
}

/** `arrivalMs` is the kept state, or null for a bucket never used. `units` 0 only looks. */
export function takeTokens(
  limit: RateLimit,
  arrivalMs: number | null,
  nowMs: number,
  units = 1,
): RateDecision {
  const interval = 1000 / limit.ratePerSecond;
  const tolerance = interval * limit.burst;
  const due = Math.max(arrivalMs ?? nowMs, nowMs);
  const after = due + interval * units;
  const excess = after - nowMs - tolerance;
  const allowed = excess <= 1e-6;
  const kept = allowed ? after : due;
  return {
    allowed,
    arrivalMs: kept,
    remaining: Math.max(0, Math.floor((tolerance - (kept - nowMs)) / interval + 1e-6)),
    retryAfterMs: allowed ? 0 : units > limit.burst ? Number.POSITIVE_INFINITY : excess,
    resetMs: kept - nowMs,
  };
}
