/**
 * Gradient-boosted regression trees for squared error (Friedman 2001), shallow, on quantile bins, with row
 * and feature sampling and an L2 penalty on leaves. For a few thousand rows and under a hundred features.
 */
import type { Random } from '../../kernel/clock.ts';

export interface TreeNode {
  /** -1 marks a leaf. */
  readonly feature: number;
  /** Left when value <= threshold. */
  readonly threshold: number;
  readonly left: number;
  readonly right: number;
  readonly value: number;
}

export interface BoostedTrees {
  readonly base: number;
  readonly trees: readonly (readonly TreeNode[])[];
}

export interface BoostOptions {
  readonly trees: number;
  readonly depth: number;
  readonly learningRate: number;
  readonly rowShare: number;
  readonly featureShare: number;
  readonly minLeaf: number;
  /** L2 penalty on leaf values, in rows. */
  readonly penalty: number;
}

export const BOOST: BoostOptions = {
  trees: 150,
  depth: 3,
  learningRate: 0.05,
  rowShare: 0.6,
  featureShare: 0.4,
  minLeaf: 40,
  penalty: 20,
};

const BINS = 32;

export function trainBoosted(
  rows: readonly (readonly number[])[],
  targets: ArrayLike<number>,
  random: Random,
  options: BoostOptions = BOOST,
  sampleWeights?: ArrayLike<number>,
): BoostedTrees {
  const width = rows[0]?.length ?? 0;
  const cuts = Array.from({ length: width }, (_, f) => cutsOf(rows.map(row => row[f]!)));
  const binned = rows.map(row => Uint8Array.from(row, (x, f) => binOf(cuts[f]!, x)));
  const weights = Float64Array.from({ length: rows.length }, (_, i) => sampleWeights?.[i] ?? 1);
  const total = weights.reduce((a, b) => a + b, 0);
  const base = weights.reduce((sum, w, i) => sum + w * targets[i]!, 0) / Math.max(total, 1e-9);
  const residual = Float64Array.from({ length: rows.length }, (_, i) => targets[i]! - base);
  const trees: TreeNode[][] = [];
  for (let t = 0; t < options.trees; t++) {
    const sample: number[] = [];
    for (let i = 0; i < rows.length; i++) if (random() < options.rowShare) sample.push(i);
    const features = [...cuts.keys()].filter(f => cuts[f]!.length > 0 && random() < options.featureShare);
    const tree: TreeNode[] = [];
    grow(tree, { binned, cuts, residual, weights, features, options }, sample, options.depth);
    trees.push(tree);
    for (let i = 0; i < rows.length; i++) residual[i]! -= valueAt(tree, rows[i]!);
  }
  return { base, trees };
}

export function boostedValue(model: BoostedTrees, row: readonly number[]): number {
  return model.trees.reduce((sum, tree) => sum + valueAt(tree, row), model.base);
}

function valueAt(tree: readonly TreeNode[], row: readonly number[]): number {
  let node = tree[0]!;
  while (node.feature >= 0) node = tree[row[node.feature]! <= node.threshold ? node.left : node.right]!;
  return node.value;
}

interface Growing {
  readonly binned: readonly Uint8Array[];
  readonly cuts: readonly (readonly number[])[];
  readonly residual: Float64Array;
  readonly weights: Float64Array;
  readonly features: readonly number[];
  readonly options: BoostOptions;
}

/** Appends the subtree of these rows and returns its number. */
function grow(tree: TreeNode[], data: Growing, sample: readonly number[], depth: number): number {
  const { residual, weights, options } = data;
  let sum = 0;
  let mass = 0;
  for (const i of sample) {
    sum += weights[i]! * residual[i]!;
    mass += weights[i]!;
  }
  const at = tree.length;
  const value = (options.learningRate * sum) / (mass + options.penalty);
  tree.push({ feature: -1, threshold: 0, left: -1, right: -1, value });
  const split = depth > 0 ? bestSplit(data, sample, sum, mass) : null;
  if (!split) return at;
  const goesLeft = (i: number) => data.binned[i]![split.feature]! <= split.bin;
  const left = grow(tree, data, sample.filter(goesLeft), depth - 1);
  const right = grow(
    tree,
    data,
    sample.filter(i => !goesLeft(i)),
    depth - 1,
  );
  tree[at] = { feature: split.feature, threshold: data.cuts[split.feature]![split.bin]!, left, right, value };
  return at;
}

function bestSplit(data: Growing, sample: readonly number[], sum: number, mass: number) {
  const { binned, cuts, residual, weights, features, options } = data;
  const { penalty, minLeaf } = options;
  let best: { feature: number; bin: number } | null = null;
  let bestGain = (sum * sum) / (mass + penalty) + 1e-9;
  const sums = new Float64Array(BINS + 1);
  const masses = new Float64Array(BINS + 1);
  for (const feature of features) {
    sums.fill(0);
    masses.fill(0);
    for (const i of sample) {
      const bin = binned[i]![feature]!;
      sums[bin]! += weights[i]! * residual[i]!;
      masses[bin]! += weights[i]!;
    }
    let leftSum = 0;
    let leftMass = 0;
    for (let bin = 0; bin < cuts[feature]!.length; bin++) {
      leftSum += sums[bin]!;
      leftMass += masses[bin]!;
      if (leftMass < minLeaf || mass - leftMass < minLeaf) continue;
      const gain = leftSum ** 2 / (leftMass + penalty) + (sum - leftSum) ** 2 / (mass - leftMass + penalty);
      if (gain > bestGain) [bestGain, best] = [gain, { feature, bin }];
    }
  }
  return best;
}

/** Up to BINS - 1 distinct cut points at quantiles, ascending. */
function cutsOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const cuts = new Set<number>();
  for (let b = 1; b < BINS; b++) cuts.add(sorted[Math.floor((b * sorted.length) / BINS)]!);
  cuts.delete(sorted[sorted.length - 1]!);
  const distinct = new Set(sorted);
  if (distinct.size <= BINS) return [...distinct].slice(0, -1);
  return [...cuts];
}

function binOf(cuts: readonly number[], x: number): number {
  let bin = 0;
  while (bin < cuts.length && x > cuts[bin]!) bin++;
  return bin;
}
