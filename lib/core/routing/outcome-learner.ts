/**
 * Probability that the small tier suffices, learnt from outcomes as they come (thumbs, judge, escalations):
 * logistic regression with a Gaussian belief per weight (Chapelle and Li, NIPS 2011), started from a shared
 * prior per tenant, and one temperature fitted on predictions made before their outcome was known.
 */
import { minimize } from './calibration.ts';
import { sigmoid } from './logistic.ts';

export interface OutcomeLearner {
  readonly mean: readonly number[];
  /** Inverse variance per weight. */
  readonly precision: readonly number[];
  readonly temperature: number;
  /** The latest predictions (log-odds before learning) and outcomes; at most `HISTORY`. */
  readonly history: readonly { readonly logOdds: number; readonly sufficed: boolean }[];
  readonly outcomes: number;
}

const HISTORY = 400;
const REFIT_EVERY = 20;

export function emptyLearner(dimensions: number, precision = 1): OutcomeLearner {
  return {
    mean: new Array<number>(dimensions).fill(0),
    precision: new Array<number>(dimensions).fill(precision),
    temperature: 1,
    history: [],
    outcomes: 0,
  };
}

/** A tenant's first learner: the shared belief, held `strength` times as firmly (0 < strength <= 1). */
export function learnerFromPrior(shared: OutcomeLearner, strength: number): OutcomeLearner {
  return {
    ...shared,
    precision: shared.precision.map(q => Math.max(1, q * strength)),
    history: [],
    outcomes: 0,
  };
}

/** Calibrated probability in (0, 1). */
export function probabilitySuffices(learner: OutcomeLearner, context: readonly number[]): number {
  return sigmoid(rawLogOdds(learner, context) / learner.temperature);
}

/** The learner after one outcome: predicts first, then learns, then now and then fits the temperature again. */
export function learnOutcome(
  learner: OutcomeLearner,
  context: readonly number[],
  sufficed: boolean,
): OutcomeLearner {
  const logOdds = rawLogOdds(learner, context);
  const p = sigmoid(logOdds);
  const curvature = Math.max(p * (1 - p), 1e-3);
  const precision = learner.precision.map((q, i) => q + curvature * context[i]! ** 2);
  const spread = context.reduce((sum, x, i) => sum + (x * x) / learner.precision[i]!, 0);
  const residual = (Number(sufficed) - p) / (1 + curvature * spread);
  const mean = learner.mean.map((m, i) => m + (residual * context[i]!) / learner.precision[i]!);
  const history = [...learner.history.slice(-(HISTORY - 1)), { logOdds, sufficed }];
  const outcomes = learner.outcomes + 1;
  const refit = history.length >= 50 && outcomes % REFIT_EVERY === 0;
  return { mean, precision, history, outcomes, temperature: refit ? fitOn(history) : learner.temperature };
}

function rawLogOdds(learner: OutcomeLearner, context: readonly number[]): number {
  return context.reduce((sum, x, i) => sum + x * learner.mean[i]!, 0);
}

function fitOn(history: OutcomeLearner['history']): number {
  const loss = (logT: number) =>
    history.reduce((sum, { logOdds, sufficed }) => {
      const z = logOdds / Math.exp(logT);
      return sum + Math.log1p(Math.exp(-Math.abs(z))) + Math.max(sufficed ? -z : z, 0);
    }, 0);
  return Math.exp(minimize(loss, Math.log(0.25), Math.log(8), 25));
}
