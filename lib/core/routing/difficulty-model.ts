/**
 * Which prompts the strong model wins: expected gain = P(strong right) - P(weak right), from surface features
 * that carry over to unseen subjects. Ranking by the gain, not by P(weak wrong): prompts that both fail
 * (long arithmetic, say) are no reason to pay. Three views are averaged: two logistic models, trees on the
 * gain, and two sets of trees on each model's success.
 */

import type { Random } from '../../kernel/clock.ts';
import { invariant } from '../../kernel/errors.ts';
import { BOOST, type BoostedTrees, type BoostOptions, boostedValue, trainBoosted } from './boosted-trees.ts';
import { type LogisticModel, logOdds, sigmoid, trainLogistic } from './logistic.ts';
import { fitRarity, promptFeatures, type WordRarity } from './prompt-features.ts';

export interface OutcomeRow {
  readonly prompt: string;
  readonly weak: boolean;
  readonly strong: boolean;
}

export interface DifficultyModel {
  /**
   * Where training knew (almost) only questions with lettered options: what the option features of an open
   * question are taken to be, and the share of the weak model's failures that the strong one mends. An open
   * question is then ranked by P(weak wrong) alone: how the strong model fails at choosing letters says
   * nothing about it.
   */
  readonly open: { readonly neutral: Readonly<Record<string, number>>; readonly mended: number } | null;
  readonly rarity: WordRarity;
  readonly weakLogistic: LogisticModel;
  readonly strongLogistic: LogisticModel;
  readonly gainTrees: BoostedTrees;
  readonly weakTrees: BoostedTrees;
  readonly strongTrees: BoostedTrees;
}

export interface DifficultyOptions {
  readonly penalty: number;
  readonly boost: BoostOptions;
}

export const DIFFICULTY: DifficultyOptions = { penalty: 200, boost: BOOST };

export interface DifficultyEstimate {
  /** Expected gain of the strong model over the weak, -1 to 1. */
  readonly gain: number;
  /** Probability that the weak model suffices. */
  readonly weakSuffices: number;
  readonly features: Readonly<Record<string, number>>;
}

export function trainDifficulty(
  rows: readonly OutcomeRow[],
  random: Random,
  options: DifficultyOptions = DIFFICULTY,
): DifficultyModel {
  invariant(rows.length > 0, 'a difficulty model needs outcomes');
  const rarity = fitRarity(rows.map(row => row.prompt));
  const named = rows.map(row => promptFeatures(row.prompt, rarity));
  const features = named.map(each => Object.values(each));
  const weak = rows.map(row => Number(row.weak));
  const strong = rows.map(row => Number(row.strong));
  const gain = rows.map((_, i) => strong[i]! - weak[i]!);
  const { penalty, boost } = options;
  return {
    open: neutralOptions(named, weak, strong),
    rarity,
    weakLogistic: trainLogistic(features, weak, { penalty }),
    strongLogistic: trainLogistic(features, strong, { penalty }),
    gainTrees: trainBoosted(features, gain, random, boost),
    weakTrees: trainBoosted(features, weak, random, boost),
    strongTrees: trainBoosted(features, strong, random, boost),
  };
}

export function estimateDifficulty(model: DifficultyModel, prompt: string): DifficultyEstimate {
  const seen = promptFeatures(prompt, model.rarity);
  const open = seen.options === 0 ? model.open : null;
  const features = open ? { ...seen, ...open.neutral } : seen;
  const row = Object.values(features);
  const weakLogistic = sigmoid(logOdds(model.weakLogistic, row));
  const weakTrees = boostedValue(model.weakTrees, row);
  const byLogistic = sigmoid(logOdds(model.strongLogistic, row)) - weakLogistic;
  const byTrees = boostedValue(model.strongTrees, row) - weakTrees;
  const weakSuffices = Math.min(1, Math.max(0, (weakLogistic + weakTrees) / 2));
  if (open) return { gain: (1 - weakSuffices) * open.mended, weakSuffices, features };
  return {
    gain: (byLogistic + byTrees + boostedValue(model.gainTrees, row)) / 3,
    weakSuffices,
    features,
  };
}

function neutralOptions(
  named: readonly Record<string, number>[],
  weak: readonly number[],
  strong: readonly number[],
): DifficultyModel['open'] {
  const chosen = named.filter(each => each.options! > 0);
  if (chosen.length < 0.95 * named.length) return null;
  const names = Object.keys(named[0]!).filter(name => name.startsWith('option'));
  const mean = (name: string) => chosen.reduce((sum, each) => sum + each[name]!, 0) / chosen.length;
  const failed = weak.flatMap((right, i) => (right ? [] : [i]));
  return {
    neutral: Object.fromEntries(names.map(name => [name, mean(name)])),
    mended: failed.filter(i => strong[i]).length / Math.max(failed.length, 1),
  };
}
