/**
 * One-vs-rest linear support vector machine with squared hinge and L2 regularisation, by dual coordinate
 * descent with shrinking (Hsieh et al., ICML 2008). Sparse rows in, one score per class out.
 */
import type { Random } from '../../kernel/clock.ts';
import type { SparseMatrix, SparseVector } from './sparse.ts';

export interface LinearClassifier {
  readonly classes: number;
  readonly columns: number;
  /** Weight of column c for class k at [c * classes + k]: the scores of a row touch memory in order. */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

export interface LinearOptions {
  /** Penalty of an error; larger fits closer. */
  readonly cost: number;
  readonly maxEpochs: number;
  /** Stops when the projected gradients of an epoch span less than this. */
  readonly tolerance: number;
  /** Weight of a positive example: 1 treats classes by size, larger favours recall of the small class. */
  readonly positiveWeight: number;
}

export const LINEAR: LinearOptions = { cost: 1, maxEpochs: 40, tolerance: 0.1, positiveWeight: 1 };

export function trainLinear(
  rows: SparseMatrix,
  labels: ArrayLike<number>,
  classes: number,
  random: Random,
  options: LinearOptions = LINEAR,
): LinearClassifier {
  const weights = new Float32Array(rows.columns * classes);
  const bias = new Float32Array(classes);
  const squares = rowSquares(rows);
  const own = new Float32Array(rows.columns);
  for (let k = 0; k < classes; k++) {
    own.fill(0);
    bias[k] = trainOne(rows, labels, k, squares, own, random, options);
    for (let c = 0; c < rows.columns; c++) weights[c * classes + k] = own[c]!;
  }
  return { classes, columns: rows.columns, weights, bias };
}

/** Signed distance per class, unscaled. */
export function linearScores(model: LinearClassifier, row: SparseVector): Float64Array {
  const scores = Float64Array.from(model.bias);
  for (let j = 0; j < row.indices.length; j++) {
    const value = row.values[j]!;
    const base = row.indices[j]! * model.classes;
    for (let k = 0; k < model.classes; k++) scores[k]! += value * model.weights[base + k]!;
  }
  return scores;
}

function rowSquares(rows: SparseMatrix): Float64Array {
  const squares = new Float64Array(rows.rows);
  for (let r = 0; r < rows.rows; r++)
    for (let j = rows.starts[r]!; j < rows.starts[r + 1]!; j++) squares[r]! += rows.values[j]! ** 2;
  return squares;
}

/** Fills `w` for class `k` against the rest and returns the bias (a constant feature of value 1). */
function trainOne(
  rows: SparseMatrix,
  labels: ArrayLike<number>,
  k: number,
  squares: Float64Array,
  w: Float32Array,
  random: Random,
  { cost, maxEpochs, tolerance, positiveWeight }: LinearOptions,
): number {
  const { starts, indices, values } = rows;
  const alpha = new Float64Array(rows.rows);
  const order = Int32Array.from({ length: rows.rows }, (_, i) => i);
  const diagonal = [0.5 / cost, 0.5 / (cost * positiveWeight)] as const;
  let active = rows.rows;
  let bias = 0;
  let ceiling = Number.POSITIVE_INFINITY;
  for (let epoch = 0; epoch < maxEpochs; epoch++) {
    let most = Number.NEGATIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    for (let s = 0; s < active; s++) {
      swap(order, s, s + Math.floor(random() * (active - s)));
      const i = order[s]!;
      const positive = labels[i] === k;
      const y = positive ? 1 : -1;
      const ridge = diagonal[positive ? 1 : 0];
      let dot = bias;
      for (let j = starts[i]!; j < starts[i + 1]!; j++) dot += w[indices[j]!]! * values[j]!;
      const gradient = y * dot - 1 + ridge * alpha[i]!;
      if (alpha[i] === 0 && gradient > ceiling) {
        swap(order, s, --active);
        s--;
        continue;
      }
      const projected = alpha[i] === 0 ? Math.min(gradient, 0) : gradient;
      most = Math.max(most, projected);
      least = Math.min(least, projected);
      if (Math.abs(projected) < 1e-12) continue;
      const before = alpha[i]!;
      alpha[i] = Math.max(0, before - gradient / (squares[i]! + 1 + ridge));
      const step = y * (alpha[i]! - before);
      bias += step;
      for (let j = starts[i]!; j < starts[i + 1]!; j++) w[indices[j]!]! += step * values[j]!;
    }
    if (most - least <= tolerance) {
      if (active === rows.rows) break;
      active = rows.rows;
      ceiling = Number.POSITIVE_INFINITY;
    } else ceiling = most > 0 ? most : Number.POSITIVE_INFINITY;
  }
  return bias;
}

function swap(order: Int32Array, a: number, b: number): void {
  const held = order[a]!;
  order[a] = order[b]!;
  order[b] = held;
}
