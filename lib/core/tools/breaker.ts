/** A circuit breaker as a value (Nygard, Release It!): after failures in a row nothing is tried for a while, then one call. */
export interface Breaker {
  readonly failures: number;
  /** When it opened, milliseconds; null while closed. */
  readonly openedAt: number | null;
  /** One call is trying whether it works again. */
  readonly probing: boolean;
}

export const CLOSED: Breaker = { failures: 0, openedAt: null, probing: false };

const FAILURES = 5;
const OPEN_MS = 30_000;

/** The breaker with this call under way; or the time until one is let through, milliseconds. */
export function enter(breaker: Breaker, now: number): Breaker | number {
  if (breaker.openedAt === null) return breaker;
  const left = breaker.openedAt + OPEN_MS - now;
  if (left > 0) return left;
  return breaker.probing ? OPEN_MS : { ...breaker, probing: true };
}

export function leave(breaker: Breaker, ok: boolean, now: number): Breaker {
  if (ok) return CLOSED;
  const failures = breaker.failures + 1;
  return failures >= FAILURES || breaker.openedAt !== null
    ? { failures, openedAt: now, probing: false }
    : { ...breaker, failures };
}
