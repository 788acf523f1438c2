/**
 * Probability that the small tier suffices, learnt from outcomes as they come (thumbs, judge, escalations):
 * logistic regression with a Gaussian belief over the weights, one extended Kalman step per outcome, started from
 * a shared prior per tenant, and one temperature fitted on predictions made before their outcome was known.
 */
import { minimize } from './calibration.ts';
import { sigmoid } from './logistic.ts';

export interface OutcomeLearner {
  readonly mean: readonly number[];
  /** Covariance of the weights, row by row. */
  readonly covariance: readonly number[];
  readonly temperature: number;
  /** The latest predictions (log-odds before learning) and outcomes; at most `HISTORY`. */
  readonly history: readonly { readonly logOdds: number; readonly sufficed: boolean }[];
  readonly outcomes: number;
}

const HISTORY = 400;
const REFIT_EVERY = 20;

/** `variance` of each weight before any outcome: how far log-odds may be pulled. */
export function emptyLearner(dimensions: number, variance = 4): OutcomeLearner {
  return {
    mean: new Array<number>(dimensions).fill(0),
    covariance: Array.from({ length: dimensions ** 2 }, (_, i) =>
      i % (dimensions + 1) === 0 ? variance : 0,
    ),
    temperature: 1,
    history: [],
    outcomes: 0,
  };
}

/** A tenant's first learner: the shared belief, held `strength` times as firmly (0 < strength <= 1). */
export function learnerFromPrior(shared: OutcomeLearner, strength: number): OutcomeLearner {
  return { ...shared, covariance: shared.covariance.map(c => c / strength), history: [], outcomes: 0 };
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
  const d = context.length;
  const pull = learner.mean.map((_, i) =>
    context.reduce((sum, x, j) => sum + learner.covariance[i * d + j]! * x, 0),
  );
  const spread = context.reduce((sum, x, i) => sum + x * pull[i]!, 0);
  const share = 1 / (1 + curvature * spread);
  const mean = learner.mean.map((m, i) => m + pull[i]! * (Number(sufficed) - p) * share);
  const covariance = learner.covariance.map(
    (c, i) => c - curvature * share * pull[Math.floor(i / d)]! * pull[i % d]!,
  );
  const history = [...learner.history.slice(-(HISTORY - 1)), { logOdds, sufficed }];
  const outcomes = learner.outcomes + 1;
  const refit = history.length >= 50 && outcomes % REFIT_EVERY === 0;
  return { mean, covariance, history, outcomes, temperature: refit ? fitOn(history) : learner.temperature };
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
