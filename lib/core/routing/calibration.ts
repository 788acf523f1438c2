/**
 * From scores to probabilities that mean what they say: softmax with one temperature, fitted by negative
 * log-likelihood on held-out scores (Guo et al., ICML 2017), and the measures that show it.
 */

/** Softmax of scores / temperature. Dividing by a positive number leaves the order, so the argmax, as it was. */
export function softmax(scores: ArrayLike<number>, temperature = 1): Float64Array {
  const out = new Float64Array(scores.length);
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < scores.length; k++) top = Math.max(top, scores[k]!);
  let sum = 0;
  for (let k = 0; k < scores.length; k++) {
    out[k] = Math.exp((scores[k]! - top) / temperature);
    sum += out[k]!;
  }
  for (let k = 0; k < scores.length; k++) out[k]! /= sum;
  return out;
}

export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k]! > values[best]!) best = k;
  return best;
}

/** Mean negative log-likelihood of the labels, in nats. */
export function meanLoss(
  scores: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
  temperature = 1,
): number {
  let loss = 0;
  for (let i = 0; i < scores.length; i++)
    loss -= Math.log(Math.max(softmax(scores[i]!, temperature)[labels[i]!]!, 1e-12));
  return loss / Math.max(scores.length, 1);
}

/** The temperature of least loss in [0.01, 100], by golden section on its logarithm. */
export function fitTemperature(scores: readonly ArrayLike<number>[], labels: ArrayLike<number>): number {
  if (scores.length === 0) return 1;
  return Math.exp(minimize(logT => meanLoss(scores, labels, Math.exp(logT)), Math.log(0.01), Math.log(100)));
}

/** Minimum of a unimodal function on [low, high], by golden section. */
export function minimize(f: (x: number) => number, low: number, high: number, steps = 40): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let [c, d] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [fc, fd] = [f(c), f(d)];
  for (let i = 0; i < steps; i++) {
    if (fc < fd) {
      [b, d, fd] = [d, c, fc];
      c = b - ratio * (b - a);
      fc = f(c);
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + ratio * (b - a);
      fd = f(d);
    }
  }
  return (a + b) / 2;
}

/** Expected calibration error: mean over equal-width bins of |accuracy - confidence|, weighted by size. */
export function expectedCalibrationError(
  confidences: ArrayLike<number>,
  correct: ArrayLike<boolean | number>,
  bins = 15,
): number {
  const n = confidences.length;
  const gap = new Float64Array(bins);
  for (let i = 0; i < n; i++) {
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidences[i]! * bins) - 1));
    gap[bin]! += Number(correct[i]) - confidences[i]!;
  }
  return gap.reduce((sum, each) => sum + Math.abs(each), 0) / Math.max(n, 1);
}

/** Area under the ROC curve: the chance that a positive scores above a negative, ties counting half. */
export function areaUnderRoc(scores: ArrayLike<number>, positive: ArrayLike<boolean | number>): number {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let rankSum = 0;
  let positives = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++;
    for (let i = from; i < to; i++)
      if (positive[order[i]!]) {
        rankSum += (from + to + 1) / 2;
        positives++;
      }
    from = to;
  }
  const negatives = order.length - positives;
  return positives && negatives
    ? (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
    : 0.5;
}
