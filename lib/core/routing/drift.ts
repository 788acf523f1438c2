/**
 * Has a stream changed its level? ADWIN (Bifet and Gavalda 2007): a window that finds its own size.
 */

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
