/**
 * When a call is worth a second one elsewhere (hedged requests: Dean & Barroso, "The Tail at Scale", CACM 2013). The
 * moment is the best single reissue within the budget (SingleR: Kaler, He, Elnikety, "Optimal Reissue Policies for
 * Reducing Tail Latency", SPAA 2017): of a call that has not been answered after d, the share q is asked again, so that
 * q P(X > d) is the budget; d is what makes the 99th percentile least by the latencies measured. The 95th percentile is
 * that moment where the budget is 5 % and few calls are slow; where more are, it lies among the slow ones and is too
 * late. The share q is not drawn: each call earns its part of a second one, and those that need it take what is there.
 * The same holds for money: one dear call is not hedged on the savings of cheap ones.
 */

export interface HedgeRule {
  /** What is to be least. */
  readonly target: number;
  /** Extra calls per call, at most. */
  readonly budget: number;
  /** Latencies that are looked at, and those needed before any hedge. */
  readonly window: number;
  readonly minimum: number;
  /** A hedge sooner than this is not worth its cost, milliseconds. */
  readonly leastMs: number;
}

export const HEDGE: HedgeRule = { target: 0.99, budget: 0.05, window: 500, minimum: 50, leastMs: 5 };

/** Most extra calls that may be saved up. */
const MOST_SAVED = 10;
/** Answers between two looks: more of them once the window is full. */
const LOOK_EVERY = { filling: 25, full: 100 } as const;
const TAIL = 0.95;
/** Of the longest first attempt, from one look to the next. */
const LONGEST_KEPT = 0.99;
const COST_WEIGHT = 0.05;

export class HedgeClock {
  readonly #rule: HedgeRule;
  /** How long calls took, and which were answered by their second attempt: of their first is known only that it is longer. */
  readonly #taken: number[] = [];
  readonly #overtaken: boolean[] = [];
  #next = 0;
  #since = 0;
  #delayMs: number | undefined;
  #tailMs: number | undefined;
  #saved = 0;
  #savedMicro = 0;
  /** Longest first attempt known, of late: what one that was overtaken might have come to. */
  #longestMs = 0;
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

  /** A call was answered after so long. `overtaken`: by its second attempt. */
  answered(ms: number, overtaken = false): void {
    const { window, minimum } = this.#rule;
    const full = this.#taken.length === window;
    const at = full ? this.#next++ % window : this.#taken.length;
    this.#taken[at] = ms;
    this.#overtaken[at] = overtaken;
    if (this.#taken.length < minimum) return;
    if (this.#since++ % (full ? LOOK_EVERY.full : LOOK_EVERY.filling) !== 0) return;
    const taken = Float64Array.from(this.#taken).sort();
    this.#tailMs = taken[Math.floor(taken.length * TAIL)]!;
    const best = bestReissue(this.#firstAttempts(), this.#rule);
    this.#delayMs = best && Math.max(this.#rule.leastMs, best.delayMs);
  }

  /** Sorted; one that was overtaken is taken to be as long as the typical one that was longer than that. */
  #firstAttempts(): Float64Array {
    const known = this.#taken.filter((_, i) => !this.#overtaken[i]).sort((a, b) => a - b);
    this.#longestMs = Math.max(known.at(-1) ?? 0, this.#longestMs * LONGEST_KEPT);
    const longer = (ms: number) => {
      const from = countUpTo(known, ms);
      return known[(from + known.length) >> 1] ?? Math.max(ms, this.#longestMs);
    };
    return Float64Array.from(this.#taken, (ms, i) => (this.#overtaken[i] ? longer(ms) : ms)).sort();
  }
}

export interface Reissue {
  readonly delayMs: number;
  /** Share of the calls still unanswered then that the budget can pay a second one for. */
  readonly share: number;
  /** What the target percentile becomes by it. */
  readonly percentileMs: number;
}

/** Moments that are tried lie before the budget suffices for all (later is only later): closely where it nearly does. */
const CLOSE = { upTo: 4, parts: 100 } as const;
const WIDE_PARTS = 10;
const HALVINGS = 14;
/** Late calls that a mean is taken over. */
const SAMPLED = 50;
/** Percentiles closer than this are alike; then the later moment is taken, */
const ALIKE = 1.05;
/** or one that saves so much more of the median latency on average: where no moment helps the percentile. */
const WORTH = 0.02;

/**
 * The best moment of a second call by sorted latencies of first ones; undefined where the budget is none.
 */
export function bestReissue(
  sorted: Float64Array,
  { target, budget }: Pick<HedgeRule, 'target' | 'budget'>,
): Reissue | undefined {
  const n = sorted.length;
  if (budget <= 0 || n === 0) return undefined;
  const worth = WORTH * sorted[n >> 1]!;
  let best: (Reissue & { readonly saved: number }) | undefined;
  for (const index of moments(n, budget)) {
    const delayMs = sorted[index]!;
    const late = n - countUpTo(sorted, delayMs);
    if (late === 0) continue;
    const share = Math.min(1, (budget * n) / late);
    const percentileMs = percentileWith(sorted, delayMs, share, 1 - target);
    const saved = (share * late * savedBy(sorted, delayMs)) / n;
    const better =
      !best ||
      percentileMs * ALIKE < best.percentileMs ||
      (percentileMs < best.percentileMs * ALIKE && saved > best.saved + worth);
    if (better) best = { delayMs, share, percentileMs, saved };
  }
  return best && { delayMs: best.delayMs, share: best.share, percentileMs: best.percentileMs };
}

function* moments(n: number, budget: number): Generator<number> {
  const last = Math.min(n - 1, Math.ceil(n * (1 - budget)));
  const close = Math.max(1, Math.floor(n / CLOSE.parts));
  const wide = Math.max(1, Math.floor(n / WIDE_PARTS));
  const nearly = n * (1 - CLOSE.upTo * budget);
  for (let i = last; i >= 0; i -= i > nearly ? close : wide) yield i;
}

/** Least time by which all but `rest` of the calls are answered: P(X > t) (1 - q P(Y <= t - d)) <= rest. */
function percentileWith(sorted: Float64Array, delayMs: number, share: number, rest: number): number {
  const n = sorted.length;
  const left = (t: number) =>
    (1 - countUpTo(sorted, t) / n) * (t < delayMs ? 1 : 1 - (share * countUpTo(sorted, t - delayMs)) / n);
  let [low, high] = [0, sorted[n - 1]! + delayMs];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (left(middle) <= rest) high = middle;
    else low = middle;
  }
  return high;
}

/** Mean time that a second call after `delayMs` saves a late one, by a few typical second calls. */
function savedBy(sorted: Float64Array, delayMs: number): number {
  const from = countUpTo(sorted, delayMs);
  const step = Math.max(1, Math.floor((sorted.length - from) / SAMPLED));
  let saved = 0;
  let count = 0;
  for (const at of [0.2, 0.5, 0.8]) {
    const second = delayMs + sorted[Math.floor(sorted.length * at)]!;
    for (let i = sorted.length - 1; i >= from; i -= step, count++) saved += Math.max(0, sorted[i]! - second);
  }
  return saved / Math.max(1, count);
}

/** How many of the sorted values are at most `value`. */
function countUpTo(sorted: ArrayLike<number>, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
