/**
 * When a call is worth a second one elsewhere (hedged requests: Dean & Barroso, "The Tail at Scale", CACM 2013): after
 * the 95th percentile of its route's latency, within a budget of so many extra calls per hundred.
 */

export interface HedgeRule {
  readonly percentile: number;
  /** Extra calls per call, at most. */
  readonly budget: number;
  /** Latencies that the percentile is taken over, and those needed before any hedge. */
  readonly window: number;
  readonly minimum: number;
  /** A hedge sooner than this is not worth its cost, milliseconds. */
  readonly leastMs: number;
}

export const HEDGE: HedgeRule = { percentile: 0.95, budget: 0.05, window: 500, minimum: 50, leastMs: 5 };

/** Most extra calls that may be saved up. */
const MOST_SAVED = 10;
const RECOMPUTE_EVERY = 25;

export class HedgeClock {
  readonly #rule: HedgeRule;
  readonly #latencies: number[] = [];
  #next = 0;
  #since = 0;
  #delayMs: number | undefined;
  #saved = 0;

  constructor(rule: HedgeRule = HEDGE) {
    this.#rule = rule;
  }

  /** Milliseconds after which to hedge; undefined while too little is known. */
  get delayMs(): number | undefined {
    return this.#delayMs;
  }

  /** A call began: it earns its share of an extra one. */
  began(): void {
    this.#saved = Math.min(MOST_SAVED, this.#saved + this.#rule.budget);
  }

  /** Whether one more call may be made now; takes it from the budget. */
  take(): boolean {
    if (this.#saved < 1) return false;
    this.#saved--;
    return true;
  }

  /** Latency of a call that was answered. */
  answered(ms: number): void {
    const { window, minimum, percentile, leastMs } = this.#rule;
    if (this.#latencies.length < window) this.#latencies.push(ms);
    else this.#latencies[this.#next++ % window] = ms;
    if (this.#latencies.length < minimum || ++this.#since % RECOMPUTE_EVERY !== 1) return;
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    this.#delayMs = Math.max(leastMs, sorted[Math.floor(sorted.length * percentile)]!);
  }
}
