/**
 * Which intent a customer's message carries, how sure that is, and whether it lies outside every intent.
 * An ensemble of a linear machine and small networks, pooled in log space with weights and a temperature
 * fitted on held-out texts; then all members are trained again on everything. Out of scope is a class of its
 * own in the members plus a small logistic detector over their doubts, with a threshold chosen on held-out texts.
 */

import type { Random } from '../../kernel/clock.ts';
import { invariant } from '../../kernel/errors.ts';
import { argmax, fitTemperature, meanLoss, softmax } from './calibration.ts';
import {
  ENSEMBLE,
  type Ensemble,
  type EnsembleOptions,
  memberScores,
  surfaceDoubts,
  trainEnsemble,
} from './intent-ensemble.ts';
import { type LogisticModel, logOdds, sigmoid, trainLogistic } from './logistic.ts';

/** `label` null: out of scope. */
export interface LabelledText {
  readonly text: string;
  readonly label: string | null;
}

export interface IntentModel {
  /** In-scope labels; member class `labels.length`, where trained, means out of scope. */
  readonly labels: readonly string[];
  readonly ensemble: Ensemble;
  readonly pooling: Pooling;
  readonly scope: ScopeDetector | null;
}

export interface Pooling {
  readonly temperatures: readonly number[];
  readonly weights: readonly number[];
  readonly temperature: number;
  /**
   * How the pooled probability of the likeliest label becomes the probability that it is right (Platt 1999): a straight
   * line on log-odds, what one temperature leaves. Missing where it could not be fitted.
   */
  readonly reliability?: LogisticModel;
}

export interface ScopeDetector {
  readonly detector: LogisticModel;
  /** Log-odds above which a text is called out of scope. */
  readonly threshold: number;
}

export interface IntentAnswer {
  /** Null when the text is out of scope. */
  readonly label: string | null;
  /** The likeliest in-scope label, whatever the scope says. */
  readonly nearest: string;
  /** Calibrated probability of `nearest` among the in-scope labels. */
  readonly confidence: number;
  /** Log-odds of being out of scope; -Infinity for a model that saw no such text. */
  readonly outOfScope: number;
}

export interface IntentOptions extends EnsembleOptions {
  /** Share of the texts held out to fit pooling, where no held-out set is given. */
  readonly heldShare: number;
  /** Share of out-of-scope texts that the threshold must catch on the held-out set. */
  readonly scopeRecall: number;
}

export const INTENT: IntentOptions = { ...ENSEMBLE, heldShare: 0.12, scopeRecall: 0.66 };

/** Right and wrong answers among the held-out ones that a line through them needs. */
const LEAST_MISSES = 20;

export function trainIntent(
  train: readonly LabelledText[],
  held: readonly LabelledText[] | null,
  random: Random,
  options: IntentOptions = INTENT,
): IntentModel {
  invariant(train.length > 0, 'an intent model needs examples');
  const labels = [...new Set(train.flatMap(each => each.label ?? []))].sort();
  const [first, second] = held ? [train, held] : split(train, options.heldShare, random);
  const trial = trainEnsemble(first, labels, random, options);
  const pooling = fitPooling(trial, labels, second);
  const scope = fitScope({ labels, ensemble: trial, pooling, scope: null }, second, options.scopeRecall);
  const ensemble = trainEnsemble([...first, ...second], labels, random, options);
  return { labels, ensemble, pooling, scope };
}

export function classifyIntent(model: IntentModel, text: string): IntentAnswer {
  const doubts = doubtsOf(model, text);
  const outOfScope = model.scope ? logOdds(model.scope.detector, doubts.features) : Number.NEGATIVE_INFINITY;
  const nearest = model.labels[doubts.best]!;
  return {
    label: model.scope && outOfScope > model.scope.threshold ? null : nearest,
    nearest,
    confidence: doubts.confidence,
    outOfScope,
  };
}

/** Weights by pooled loss: each member's temperature first, then the mixture by coordinate steps. */
function fitPooling(ensemble: Ensemble, labels: readonly string[], held: readonly LabelledText[]): Pooling {
  const inScope = held.filter(each => each.label !== null);
  const targets = inScope.map(each => labels.indexOf(each.label!));
  const scores = inScope.map(each =>
    memberScores(ensemble, each.text).map(s => s.subarray(0, labels.length)),
  );
  const temperatures = ensemble.members.map((_, m) =>
    fitTemperature(
      scores.map(row => row[m]!),
      targets,
    ),
  );
  const logs = scores.map(row =>
    row.map((s, m) => softmax(s, temperatures[m]!).map(p => Math.log(p + 1e-12))),
  );
  let weights = temperatures.map(() => 1 / temperatures.length);
  const loss = (w: readonly number[]) =>
    meanLoss(
      logs.map(row => mix(row, w)),
      targets,
    );
  let least = loss(weights);
  for (const step of [0.2, 0.1, 0.05])
    for (let round = 0; round < 3; round++)
      for (let m = 0; m < weights.length; m++)
        for (const sign of [1, -1]) {
          const moved = weights.map((w, i) => Math.max(0, w + (i === m ? sign * step : 0)));
          const total = moved.reduce((a, b) => a + b, 0) || 1;
          const tried = moved.map(w => w / total);
          const cost = loss(tried);
          if (cost < least) [least, weights] = [cost, tried];
        }
  const pooled = logs.map(row => mix(row, weights));
  const temperature = fitTemperature(pooled, targets);
  const sure = pooled.map(row => softmax(row, temperature));
  const right = sure.map((row, i) => argmax(row) === targets[i]);
  const misses = right.filter(each => !each).length;
  const rest = { temperatures, weights, temperature };
  if (misses < LEAST_MISSES || right.length - misses < LEAST_MISSES) return rest;
  const odds = sure.map(row => [logOddsOf(row[argmax(row)]!)]);
  return { ...rest, reliability: trainLogistic(odds, right, { penalty: 1 }) };
}

function logOddsOf(p: number): number {
  const inside = Math.min(1 - 1e-6, Math.max(1e-6, p));
  return Math.log(inside / (1 - inside));
}

function fitScope(model: IntentModel, held: readonly LabelledText[], recall: number): ScopeDetector | null {
  const outside = held.map(each => each.label === null);
  const count = outside.filter(Boolean).length;
  if (count < 10 || count === held.length) return null;
  const features = held.map(each => doubtsOf(model, each.text).features);
  const detector = trainLogistic(features, outside, { penalty: 1 });
  const odds = features.map(row => logOdds(detector, row));
  const found = odds.filter((_, i) => outside[i]).sort((a, b) => b - a);
  return { detector, threshold: found[Math.min(found.length - 1, Math.ceil(recall * found.length))]! };
}

interface Doubts {
  readonly best: number;
  readonly confidence: number;
  readonly features: readonly number[];
}

function doubtsOf(model: IntentModel, text: string): Doubts {
  const n = model.labels.length;
  const raw = memberScores(model.ensemble, text);
  const { temperatures, weights, temperature } = model.pooling;
  const inside = raw.map(s => s.subarray(0, n));
  const pooled = softmax(
    mix(
      inside.map((s, m) => softmax(s, temperatures[m]!).map(p => Math.log(p + 1e-12))),
      weights,
    ),
    temperature,
  );
  const best = argmax(pooled);
  const sorted = Float64Array.from(pooled).sort();
  const entropy = pooled.reduce((sum, p) => sum - p * Math.log(p + 1e-12), 0);
  const features = [Math.log(pooled[best]! + 1e-12), Math.log(sorted[n - 2]! + 1e-12), entropy];
  raw.forEach((s, m) => {
    const own = softmax(s, temperatures[m]!);
    const top = inside[m]!.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    features.push(top / temperatures[m]!, Math.log((own[n] ?? 0) + 1e-6));
    features.push(argmax(inside[m]!) === best ? 1 : 0);
  });
  features.push(...surfaceDoubts(model.ensemble, text));
  const { reliability } = model.pooling;
  const confidence = reliability ? sigmoid(logOdds(reliability, [logOddsOf(pooled[best]!)])) : pooled[best]!;
  return { best, confidence, features };
}

function mix(logs: readonly Float64Array[], weights: readonly number[]): Float64Array {
  return logs[0]!.map((_, k) => logs.reduce((sum, row, m) => sum + weights[m]! * row[k]!, 0));
}

function split(
  all: readonly LabelledText[],
  share: number,
  random: Random,
): [LabelledText[], LabelledText[]] {
  const draws = all.map(() => random());
  return [all.filter((_, i) => draws[i]! >= share), all.filter((_, i) => draws[i]! < share)];
}
