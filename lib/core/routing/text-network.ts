/**
 * A network with one hidden layer over sparse text features: softmax of W2 relu(W1 x + b1) + b2, trained one
 * example at a time by AdaGrad (Duchi et al., 2011) with feature and hidden dropout and label smoothing.
 * The hidden layer finds what the linear model cannot: words that stand for one another.
 */
import type { Random } from '../../kernel/clock.ts';
import { softmax } from './calibration.ts';
import type { SparseMatrix, SparseVector } from './sparse.ts';

export interface TextNetwork {
  readonly hidden: number;
  readonly classes: number;
  /** Column c feeds hidden unit h by [c * hidden + h]. */
  readonly input: Float32Array;
  readonly inputBias: Float32Array;
  /** Hidden unit h feeds class k by [k * hidden + h]. */
  readonly output: Float32Array;
  readonly outputBias: Float32Array;
}

export interface NetworkOptions {
  readonly hidden: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly featureDropout: number;
  readonly hiddenDropout: number;
  readonly labelSmoothing: number;
}

export const NETWORK: NetworkOptions = {
  hidden: 128,
  epochs: 8,
  learningRate: 0.045,
  featureDropout: 0.3,
  hiddenDropout: 0.3,
  labelSmoothing: 0.02,
};

const EPSILON = 1e-8;
/** A class whose derivative is smaller is not stepped: most classes are settled after two epochs. */
const SKIP = 1e-3;

export function trainNetwork(
  rows: SparseMatrix,
  labels: ArrayLike<number>,
  classes: number,
  random: Random,
  options: NetworkOptions = NETWORK,
): TextNetwork {
  const { hidden } = options;
  const model: TextNetwork = {
    hidden,
    classes,
    input: spread(rows.columns * hidden, 0.5 / Math.sqrt(hidden), random),
    inputBias: new Float32Array(hidden),
    output: spread(classes * hidden, 1 / Math.sqrt(hidden), random),
    outputBias: new Float32Array(classes),
  };
  // One accumulator per weight row: a rare word keeps a large step, at 1/hidden of the memory.
  const squares = { input: new Float32Array(rows.columns), output: new Float32Array(classes) };
  const activation = new Float32Array(hidden);
  const alive = new Int32Array(hidden);
  const back = new Float32Array(hidden);
  const order = Int32Array.from({ length: rows.rows }, (_, i) => i);
  const scale = 1 / (1 - options.hiddenDropout);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, random);
    const rate = options.learningRate * (1 - epoch / options.epochs);
    for (const r of order) {
      const kept = keepSome(rows, r, options.featureDropout, random);
      activate(model, kept, activation);
      let live = 0;
      for (let h = 0; h < hidden; h++) {
        if (activation[h]! > 0 && random() >= options.hiddenDropout) {
          activation[h]! *= scale;
          alive[live++] = h;
        } else activation[h] = 0;
      }
      const units = alive.subarray(0, live);
      const gradient = outputGradient(model, activation, units, labels[r]!, options.labelSmoothing);
      updateOutput(model, activation, units, gradient, back, squares.output, rate);
      for (let i = 0; i < live; i++) back[units[i]!]! *= scale;
      updateInput(model, kept, back, units, squares.input, rate);
    }
  }
  return model;
}

/** Logits per class. */
export function networkScores(model: TextNetwork, row: SparseVector): Float64Array {
  const activation = new Float32Array(model.hidden);
  activate(model, row, activation);
  const units = Int32Array.from(activation.keys()).filter(h => activation[h]! > 0);
  return logits(model, activation, units);
}

function activate(model: TextNetwork, row: SparseVector, into: Float32Array): void {
  const { hidden, input } = model;
  into.set(model.inputBias);
  for (let j = 0; j < row.indices.length; j++) {
    const value = row.values[j]!;
    const base = row.indices[j]! * hidden;
    for (let h = 0; h < hidden; h++) into[h]! += value * input[base + h]!;
  }
}

function logits(model: TextNetwork, activation: Float32Array, units: Int32Array): Float64Array {
  const out = new Float64Array(model.classes);
  for (let k = 0; k < model.classes; k++) {
    let sum = model.outputBias[k]!;
    const base = k * model.hidden;
    for (let i = 0; i < units.length; i++) sum += activation[units[i]!]! * model.output[base + units[i]!]!;
    out[k] = sum;
  }
  return out;
}

/** Derivative of the smoothed cross-entropy by the logits. */
function outputGradient(
  model: TextNetwork,
  activation: Float32Array,
  units: Int32Array,
  label: number,
  smoothing: number,
): Float64Array {
  const gradient = softmax(logits(model, activation, units));
  for (let k = 0; k < gradient.length; k++) gradient[k]! -= smoothing / gradient.length;
  gradient[label]! -= 1 - smoothing;
  return gradient;
}

/** Steps the second layer and leaves the derivative by each live hidden unit in `back`. */
function updateOutput(
  model: TextNetwork,
  activation: Float32Array,
  units: Int32Array,
  gradient: Float64Array,
  back: Float32Array,
  squares: Float32Array,
  rate: number,
): void {
  let energy = 0;
  for (let i = 0; i < units.length; i++) {
    back[units[i]!] = 0;
    energy += activation[units[i]!]! ** 2;
  }
  energy /= Math.max(units.length, 1);
  for (let k = 0; k < model.classes; k++) {
    const g = gradient[k]!;
    if (Math.abs(g) < SKIP) continue;
    squares[k]! += g * g * energy;
    const step = (rate * g) / Math.sqrt(squares[k]! + EPSILON);
    const base = k * model.hidden;
    for (let i = 0; i < units.length; i++) {
      const h = units[i]!;
      back[h]! += g * model.output[base + h]!;
      model.output[base + h]! -= step * activation[h]!;
    }
    model.outputBias[k]! -= step;
  }
}

function updateInput(
  model: TextNetwork,
  row: SparseVector,
  back: Float32Array,
  units: Int32Array,
  squares: Float32Array,
  rate: number,
): void {
  const { hidden, input } = model;
  let energy = 0;
  for (let i = 0; i < units.length; i++) energy += back[units[i]!]! ** 2;
  energy /= Math.max(units.length, 1);
  for (let j = 0; j < row.indices.length; j++) {
    const column = row.indices[j]!;
    const value = row.values[j]!;
    squares[column]! += energy * value * value;
    const step = (rate * value) / Math.sqrt(squares[column]! + EPSILON);
    const base = column * hidden;
    for (let i = 0; i < units.length; i++) input[base + units[i]!]! -= step * back[units[i]!]!;
  }
  for (let i = 0; i < units.length; i++) model.inputBias[units[i]!]! -= rate * 0.1 * back[units[i]!]!;
}

/** The row with a share of its features dropped and the others scaled up to keep the expectation. */
function keepSome(rows: SparseMatrix, r: number, dropout: number, random: Random): SparseVector {
  const from = rows.starts[r]!;
  const size = rows.starts[r + 1]! - from;
  const indices = new Int32Array(size);
  const values = new Float32Array(size);
  let kept = 0;
  for (let j = 0; j < size; j++) {
    if (dropout > 0 && random() < dropout) continue;
    indices[kept] = rows.indices[from + j]!;
    values[kept++] = rows.values[from + j]! / (1 - dropout);
  }
  return { indices: indices.subarray(0, kept), values: values.subarray(0, kept) };
}

function spread(size: number, width: number, random: Random): Float32Array {
  return Float32Array.from({ length: size }, () => (random() * 2 - 1) * width);
}

function shuffle(order: Int32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
}
