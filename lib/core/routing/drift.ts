/**
 * Has a stream changed its level? Page-Hinkley (Page 1954) for a steady watch on one direction or both with
 * two numbers of state; ADWIN (Bifet and Gavalda 2007) where the size of the window must find itself.
 */

export interface PageHinkley {
  readonly n: number;
  readonly mean: number;
  readonly up: number;
  readonly down: number;
  readonly drifted: 'up' | 'down' | null;
}

export interface PageHinkleyOptions {
  /** Change too small to matter, in the stream's units. */
  readonly delta: number;
  /** Sum of excesses at which the alarm is raised: larger is later and surer. */
  readonly lambda: number;
  readonly minimum: number;
}

export const PAGE_HINKLEY: PageHinkleyOptions = { delta: 0.05, lambda: 16, minimum: 30 };
export const NEW_PAGE_HINKLEY: PageHinkley = { n: 0, mean: 0, up: 0, down: 0, drifted: null };

/** The state after one value. An alarm stays until the caller starts anew. */
export function observeLevel(state: PageHinkley, value: number, options = PAGE_HINKLEY): PageHinkley {
  if (state.drifted) return state;
  const n = state.n + 1;
  const mean = state.mean + (value - state.mean) / n;
  const up = Math.max(0, state.up + value - mean - options.delta);
  const down = Math.max(0, state.down + mean - value - options.delta);
  const late = n >= options.minimum;
  return {
    n,
    mean,
    up,
    down,
    drifted: late && up > options.lambda ? 'up' : late && down > options.lambda ? 'down' : null,
  };
}

interface Bucket {
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
}

export interface Adwin {
  /** Oldest first; sizes are powers of two, at most `PER_SIZE` of each. */
  readonly buckets: readonly Bucket[];
  /** Values dropped at the latest cut; 0 when the latest value brought none. */
  readonly dropped: number;
  readonly seen: number;
}

const PER_SIZE = 5;
export const NEW_ADWIN: Adwin = { buckets: [], dropped: 0, seen: 0 };

/** The state after one value in [0, 1]; `delta` bounds the chance of a false cut. Checks every 8th value. */
export function observeAdaptive(state: Adwin, value: number, delta = 0.002): Adwin {
  const buckets = compress([...state.buckets, { n: 1, sum: value, squares: value * value }]);
  const seen = state.seen + 1;
  if (seen % 8 !== 0) return { buckets, dropped: 0, seen };
  const before = total(buckets).n;
  const kept = cutStale(buckets, delta);
  return { buckets: kept, dropped: before - total(kept).n, seen };
}

/** Mean of the window now kept, and its length. */
export function adaptiveMean(state: Adwin): { mean: number; n: number } {
  const { n, sum } = total(state.buckets);
  return { mean: n ? sum / n : 0, n };
}

function compress(buckets: Bucket[]): Bucket[] {
  for (let size = 1, again = true; again; size *= 2) {
    again = false;
    const first = buckets.findIndex(bucket => bucket.n === size);
    if (first < 0 || buckets.filter(bucket => bucket.n === size).length <= PER_SIZE) continue;
    const [a, b] = [buckets[first]!, buckets[first + 1]!];
    buckets.splice(first, 2, { n: a.n + b.n, sum: a.sum + b.sum, squares: a.squares + b.squares });
    again = true;
  }
  return buckets;
}

/** Drops the oldest bucket while some split shows two different means. */
function cutStale(buckets: readonly Bucket[], delta: number): readonly Bucket[] {
  let kept = buckets;
  while (kept.length > 1 && splitDiffers(kept, delta)) kept = kept.slice(1);
  return kept;
}

function splitDiffers(buckets: readonly Bucket[], delta: number): boolean {
  const all = total(buckets);
  const variance = Math.max(0, all.squares / all.n - (all.sum / all.n) ** 2);
  const logTerm = Math.log((2 * Math.log(Math.max(all.n, 3))) / delta);
  let n = 0;
  let sum = 0;
  for (const bucket of buckets.slice(0, -1)) {
    n += bucket.n;
    sum += bucket.sum;
    const rest = all.n - n;
    if (n < 5 || rest < 5) continue;
    const harmonic = 1 / (1 / n + 1 / rest);
    const allowed = Math.sqrt((2 / harmonic) * variance * logTerm) + (2 / (3 * harmonic)) * logTerm;
    if (Math.abs(sum / n - (all.sum - sum) / rest) > allowed) return true;
  }
  return false;
}

function total(buckets: readonly Bucket[]): Bucket {
  return buckets.reduce((t, b) => ({ n: t.n + b.n, sum: t.sum + b.sum, squares: t.squares + b.squares }), {
    n: 0,
    sum: 0,
    squares: 0,
  });
}
