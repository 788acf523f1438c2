/**
 * Binary logistic regression on dense features with L2 regularisation, by Newton's method (iteratively
 * reweighted least squares). Features are standardised inside, so that one penalty suits all.
 */

export interface LogisticModel {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly weights: readonly number[];
  readonly bias: number;
}

/** `penalty` is the L2 weight on standardised features, in examples; `sampleWeights` default to 1. */
export function trainLogistic(
  rows: readonly (readonly number[])[],
  labels: ArrayLike<boolean | number>,
  { penalty = 1, iterations = 25, sampleWeights }: LogisticOptions = {},
): LogisticModel {
  const width = rows[0]?.length ?? 0;
  const mean = Array.from({ length: width }, (_, f) => rows.reduce((s, row) => s + row[f]!, 0) / rows.length);
  const deviation = mean.map(
    (m, f) => Math.sqrt(rows.reduce((s, row) => s + (row[f]! - m) ** 2, 0) / rows.length) || 1,
  );
  const scaled = rows.map(row => [...row.map((x, f) => (x - mean[f]!) / deviation[f]!), 1]);
  const theta = new Array<number>(width + 1).fill(0);
  for (let step = 0; step < iterations; step++) {
    const gradient = theta.map((t, f) => (f < width ? penalty * t : 1e-6 * t));
    const hessian = theta.map((_, f) => theta.map((_, g) => (f === g ? (f < width ? penalty : 1e-6) : 0)));
    scaled.forEach((row, i) => {
      const p = sigmoid(dot(row, theta));
      const weight = sampleWeights?.[i] ?? 1;
      const residual = weight * (p - Number(labels[i]));
      const curvature = weight * Math.max(p * (1 - p), 1e-6);
      for (let f = 0; f <= width; f++) {
        gradient[f]! += residual * row[f]!;
        for (let g = 0; g <= f; g++) hessian[f]![g]! += curvature * row[f]! * row[g]!;
      }
    });
    const move = solveSymmetric(hessian, gradient);
    let largest = 0;
    for (let f = 0; f <= width; f++) {
      theta[f]! -= move[f]!;
      largest = Math.max(largest, Math.abs(move[f]!));
    }
    if (largest < 1e-6) break;
  }
  return { mean, deviation, weights: theta.slice(0, width), bias: theta[width]! };
}

export interface LogisticOptions {
  readonly penalty?: number;
  readonly iterations?: number;
  readonly sampleWeights?: ArrayLike<number>;
}

/** Log-odds of the positive class. */
export function logOdds(model: LogisticModel, row: readonly number[]): number {
  return row.reduce(
    (sum, x, f) => sum + (model.weights[f]! * (x - model.mean[f]!)) / model.deviation[f]!,
    model.bias,
  );
}

export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Solves A x = b for a symmetric positive definite A, of which only the lower triangle is read (Cholesky). */
export function solveSymmetric(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const n = b.length;
  const lower = a.map(row => row.slice());
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      lower[i]![j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / lower[j]![j]!;
    }
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i]![k]! * x[k]!;
    x[i]! /= lower[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= lower[k]![i]! * x[k]!;
    x[i]! /= lower[i]![i]!;
  }
  return x;
}
