/**
 * When a call is worth a second one elsewhere (hedged requests: Dean & Barroso, "The Tail at Scale", CACM 2013): after
 * the 95th percentile of its route's latency, or after a few times its median where that comes sooner, since a
 * percentile that lies among the slow calls says nothing of when a call has become one. Within a budget of so many
 * extra calls per hundred, and of the same share of the money: one dear call is not hedged on the savings of cheap ones.
 */

export interface HedgeRule {
  readonly percentile: number;
  /** A call that takes so many times the median is a slow one, whatever the percentile says. */
  readonly medians: number;
  /** Extra calls per call, at most. */
  readonly budget: number;
  /** Latencies that the percentile is taken over, and those needed before any hedge. */
  readonly window: number;
  readonly minimum: number;
  /** A hedge sooner than this is not worth its cost, milliseconds. */
  readonly leastMs: number;
}

export const HEDGE: HedgeRule = {
  percentile: 0.95,
  medians: 3,
  budget: 0.05,
  window: 500,
  minimum: 50,
  leastMs: 5,
};

/** Most extra calls that may be saved up. */
const MOST_SAVED = 10;
const RECOMPUTE_EVERY = 25;
const COST_WEIGHT = 0.05;

export class HedgeClock {
  readonly #rule: HedgeRule;
  readonly #latencies: number[] = [];
  #next = 0;
  #since = 0;
  #delayMs: number | undefined;
  #tailMs: number | undefined;
  #saved = 0;
  #savedMicro = 0;
  /** Moving average of what a call costs at most. */
  #usualMicro = 0;

  constructor(rule: HedgeRule = HEDGE) {
    this.#rule = rule;
  }

  /** Milliseconds after which to hedge; undefined while too little is known. */
  get delayMs(): number | undefined {
    return this.#delayMs;
  }

  /** 95th percentile of the route; undefined while too little is known. */
  get tailMs(): number | undefined {
    return this.#tailMs;
  }

  /** A call began, which costs at most so much: it earns its share of an extra one. */
  began(worstMicro: number): void {
    const { budget } = this.#rule;
    this.#usualMicro += COST_WEIGHT * (worstMicro - this.#usualMicro);
    this.#saved = Math.min(MOST_SAVED, this.#saved + budget);
    this.#savedMicro = Math.min(MOST_SAVED * this.#usualMicro, this.#savedMicro + budget * worstMicro);
  }

  /** Whether one more call, which costs at most so much, may be made now; takes it from the budget. */
  take(worstMicro: number): boolean {
    if (this.#saved < 1 || this.#savedMicro < worstMicro) return false;
    this.#saved--;
    this.#savedMicro -= worstMicro;
    return true;
  }

  /** Latency of a call that was answered. */
  answered(ms: number): void {
    const { window, minimum, percentile, medians, leastMs } = this.#rule;
    if (this.#latencies.length < window) this.#latencies.push(ms);
    else this.#latencies[this.#next++ % window] = ms;
    if (this.#latencies.length < minimum || ++this.#since % RECOMPUTE_EVERY !== 1) return;
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)]!;
    this.#tailMs = at(percentile);
    this.#delayMs = Math.max(leastMs, Math.min(this.#tailMs, medians * at(0.5)));
  }
}
