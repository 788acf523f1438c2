/**
 * How long one attempt may take until its first byte, and how many attempts may be repeated. Timeouts stand in a
 * hierarchy: the caller's deadline, the setting, what the route usually takes. Repeating is paid from a budget, so
 * that an outage is not made worse by those who ask again (Google, "Site Reliability Engineering", chapter 21).
 */

/** A hang is told from slowness by so many times the route's 95th percentile, and not before so long. */
const TAIL_FACTOR = 6;
const LEAST_MS = 5_000;
/** Share of the time left that one attempt may take while another one could follow. */
const SHARE_OF_REST = 0.6;

export interface PatienceFacts {
  /** `TROUPE_MODEL_TIMEOUT_MS`. */
  readonly limitMs: number;
  /** Until the caller's deadline. */
  readonly remainingMs: number;
  /** 95th percentile of the route's first byte; undefined while too little is known. */
  readonly tailMs: number | undefined;
  readonly mayRepeat: boolean;
}

/** Milliseconds, at least 1. */
export function attemptLimitMs({ limitMs, remainingMs, tailMs, mayRepeat }: PatienceFacts): number {
  const usual = tailMs === undefined ? limitMs : Math.max(LEAST_MS, TAIL_FACTOR * tailMs);
  const rest = mayRepeat ? remainingMs * SHARE_OF_REST : remainingMs;
  return Math.max(1, Math.floor(Math.min(limitMs, usual, rest)));
}

const REPEATS_PER_CALL = 0.1;
const MOST_SAVED = 20;

/** Each call earns a tenth of a repetition; some are saved up for quiet times. */
export class RetryBudget {
  #saved = MOST_SAVED;

  began(): void {
    this.#saved = Math.min(MOST_SAVED, this.#saved + REPEATS_PER_CALL);
  }

  take(): boolean {
    if (this.#saved < 1) return false;
    this.#saved--;
    return true;
  }
}
