/**
 * Contextual bandit over model tiers: linear Thompson sampling (Agrawal and Goyal, ICML 2013) on a reward of
 * quality less priced cost and latency. The choice is drawn from stated probabilities, which are logged, so that
 * any other policy can be judged afterwards (doubly robust, Dudik et al., ICML 2011). Rewards may come late.
 */

import { type Random, seededRandom } from '../../kernel/clock.ts';
import { invariant } from '../../kernel/errors.ts';

export interface ArmState {
  /** Inverse of (ridge I + sum x x'), row by row. */
  readonly covariance: readonly number[];
  /** Sum of reward * x. */
  readonly moment: readonly number[];
  readonly pulls: number;
}

export interface BanditState {
  readonly dimensions: number;
  readonly arms: Readonly<Record<string, ArmState>>;
}

export interface BanditOptions {
  readonly ridge: number;
  /** Width of the posterior: the spread of a reward about its mean. */
  readonly spread: number;
  /** Least probability of each allowed arm. */
  readonly floor: number;
  /** Posterior draws behind the stated probabilities. The same for every decision: only the choice itself is random. */
  readonly draws: number;
}

export const BANDIT: BanditOptions = { ridge: 1, spread: 0.3, floor: 0.01, draws: 64 };

export interface BanditChoice {
  readonly arm: string;
  /** Probability of each allowed arm; sums to 1. The chosen arm's is the propensity to log. */
  readonly propensities: Readonly<Record<string, number>>;
  readonly expected: Readonly<Record<string, number>>;
}

export function emptyBandit(arms: readonly string[], dimensions: number, options = BANDIT): BanditState {
  const covariance = Array.from({ length: dimensions ** 2 }, (_, i) =>
    i % (dimensions + 1) === 0 ? 1 / options.ridge : 0,
  );
  const arm: ArmState = { covariance, moment: new Array<number>(dimensions).fill(0), pulls: 0 };
  return { dimensions, arms: Object.fromEntries(arms.map(name => [name, arm])) };
}

/**
 * A tenant's first state from the platform's: the same expectation, as if seen `strength` times less often
 * (0 < strength <= 1), so that the tenant's own outcomes soon weigh more.
 */
export function fromPrior(shared: BanditState, strength: number): BanditState {
  invariant(strength > 0 && strength <= 1, 'the strength of a prior is in (0, 1]');
  const arms = Object.fromEntries(
    Object.entries(shared.arms).map(([name, arm]) => [
      name,
      {
        covariance: arm.covariance.map(c => c / strength),
        moment: arm.moment.map(m => m * strength),
        pulls: Math.round(arm.pulls * strength),
      },
    ]),
  );
  return { dimensions: shared.dimensions, arms };
}

export function chooseArm(
  state: BanditState,
  context: readonly number[],
  allowed: readonly string[],
  random: Random,
  options = BANDIT,
): BanditChoice {
  invariant(allowed.length > 0, 'a bandit needs an allowed arm');
  const views = allowed.map(name => ({ name, ...armView(state.arms[name]!, context) }));
  const wins = new Array<number>(allowed.length).fill(0);
  const normal = normals(options.draws * views.length);
  for (let at = 0; at < normal.length; at += views.length) {
    let best = 0;
    let top = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < views.length; i++) {
      const { mean, deviation } = views[i]!;
      const value = mean + options.spread * deviation * normal[at + i]!;
      if (value > top) {
        top = value;
        best = i;
      }
    }
    wins[best]!++;
  }
  const free = 1 - options.floor * allowed.length;
  const shares = wins.map(won => options.floor + (free * won) / options.draws);
  let left = random();
  let chosen = 0;
  while (chosen < shares.length - 1 && left >= shares[chosen]!) left -= shares[chosen++]!;
  return {
    arm: allowed[chosen]!,
    propensities: Object.fromEntries(allowed.map((name, i) => [name, shares[i]!])),
    expected: Object.fromEntries(views.map(view => [view.name, view.mean])),
  };
}

/** The state after the reward of one decision, however late. Order of rewards does not matter. */
export function learnReward(
  state: BanditState,
  arm: string,
  context: readonly number[],
  reward: number,
): BanditState {
  const before = state.arms[arm];
  invariant(before && context.length === state.dimensions, 'the reward is of a known arm and context');
  const d = state.dimensions;
  const projected = multiply(before.covariance, context);
  const scale = 1 + inner(context, projected);
  const covariance = before.covariance.map(
    (c, i) => c - (projected[Math.floor(i / d)]! * projected[i % d]!) / scale,
  );
  const moment = before.moment.map((m, i) => m + reward * context[i]!);
  return { dimensions: d, arms: { ...state.arms, [arm]: { covariance, moment, pulls: before.pulls + 1 } } };
}

export interface RewardTerms {
  /** 0 to 1: thumbs, judge, not escalated. */
  readonly quality: number;
  readonly costMicroUsd: number;
  readonly latencyMs: number;
}

export interface RewardPrices {
  /** Cost that is worth one whole point of quality. */
  readonly microUsdPerPoint: number;
  readonly msPerPoint: number;
}

export function rewardOf(terms: RewardTerms, prices: RewardPrices): number {
  return terms.quality - terms.costMicroUsd / prices.microUsdPerPoint - terms.latencyMs / prices.msPerPoint;
}

function armView(arm: ArmState, context: readonly number[]): { mean: number; deviation: number } {
  const projected = multiply(arm.covariance, context);
  return { mean: inner(arm.moment, projected), deviation: Math.sqrt(Math.max(0, inner(context, projected))) };
}

function multiply(matrix: readonly number[], vector: readonly number[]): number[] {
  const d = vector.length;
  const out = new Array<number>(d).fill(0);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) out[i]! += matrix[i * d + j]! * vector[j]!;
  return out;
}

function inner(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const NORMALS_SEED = 20_130_616;
const drawn = new Map<number, Float64Array>();

/** So many standard normal numbers, always the same: drawing them anew cost most of a decision. One list for each number of arms. */
function normals(count: number): Float64Array {
  let list = drawn.get(count);
  if (!list) {
    const random = seededRandom(NORMALS_SEED);
    list = Float64Array.from(
      { length: count },
      () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
    );
    drawn.set(count, list);
  }
  return list;
}
