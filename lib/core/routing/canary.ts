/**
 * A canary of a model, prompt or policy: a sticky share of conversations, watched by a test that may be read
 * after every outcome without inflating its error (always-valid inference by a mixture sequential probability
 * ratio test: Johari, Pekelis, Walsh 2017). Rolled back when it is surely worse, promoted when it is surely
 * not worse by more than the margin.
 */
import { hash32 } from './request-features.ts';

export interface ArmOutcomes {
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
}

export interface CanaryState {
  readonly control: ArmOutcomes;
  readonly candidate: ArmOutcomes;
  /** Least p-value so far: an always-valid p-value never grows. */
  readonly pValue: number;
  readonly status: 'running' | 'rolled-back' | 'promoted';
}

export interface CanaryOptions {
  /** Share of conversations on the candidate, 0.05 to 0.1. */
  readonly share: number;
  readonly alpha: number;
  /** Outcomes per arm before any verdict. */
  readonly minimum: number;
  /** Standard deviation of the differences thought possible: where the test is sharpest. */
  readonly mixture: number;
  /** A loss of quality up to this is accepted at promotion. */
  readonly margin: number;
}

export const CANARY: CanaryOptions = { share: 0.1, alpha: 0.05, minimum: 30, mixture: 0.1, margin: 0.03 };

const NONE: ArmOutcomes = { n: 0, sum: 0, squares: 0 };
export const NEW_CANARY: CanaryState = { control: NONE, candidate: NONE, pValue: 1, status: 'running' };

export type CanaryArm = 'control' | 'candidate';

/** The same conversation always meets the same arm; `salt` is the canary's id, so canaries are independent. */
export function canaryArm(conversation: string, salt: string, share: number): CanaryArm {
  return hash32(`${salt}/${conversation}`) / 2 ** 32 < share ? 'candidate' : 'control';
}

/** The state after one outcome in [0, 1]. A verdict is final. */
export function observeCanary(
  state: CanaryState,
  arm: CanaryArm,
  outcome: number,
  options: CanaryOptions = CANARY,
): CanaryState {
  if (state.status !== 'running') return state;
  const before = state[arm];
  const after = { n: before.n + 1, sum: before.sum + outcome, squares: before.squares + outcome ** 2 };
  const next = { ...state, [arm]: after };
  const { n: nControl } = next.control;
  const { n: nCandidate } = next.candidate;
  if (Math.min(nControl, nCandidate) < options.minimum) return next;
  const { difference, variance } = compare(next);
  const pValue = Math.min(state.pValue, 1 / likelihoodRatio(difference, variance, options.mixture));
  const half = confidenceHalfWidth(variance, options.mixture, options.alpha);
  const status =
    pValue < options.alpha && difference < 0
      ? 'rolled-back'
      : difference - half > -options.margin
        ? 'promoted'
        : 'running';
  return { ...next, pValue, status };
}

export interface CanaryReport {
  readonly status: CanaryState['status'];
  /** Candidate's mean less control's. */
  readonly difference: number;
  /** Interval that holds at every moment at once with probability 1 - alpha. */
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
  readonly control: number;
  readonly candidate: number;
}

export function canaryReport(state: CanaryState, options: CanaryOptions = CANARY): CanaryReport {
  const { difference, variance } = compare(state);
  const half = confidenceHalfWidth(variance, options.mixture, options.alpha);
  return {
    status: state.status,
    difference,
    low: difference - half,
    high: difference + half,
    pValue: state.pValue,
    control: state.control.n,
    candidate: state.candidate.n,
  };
}

/** Difference of means and its variance; each arm counts one success and one failure more than it saw. */
function compare(state: CanaryState): { difference: number; variance: number } {
  const view = ({ n, sum, squares }: ArmOutcomes) => {
    const mean = (sum + 1) / (n + 2);
    const spread = (squares + 1) / (n + 2) - mean ** 2;
    return { mean: n ? sum / n : 0.5, variance: Math.max(spread, 1e-4) / Math.max(n, 1) };
  };
  const control = view(state.control);
  const candidate = view(state.candidate);
  return { difference: candidate.mean - control.mean, variance: control.variance + candidate.variance };
}

/** Mixture over N(0, mixture^2) of the likelihood of a difference against none. */
function likelihoodRatio(difference: number, variance: number, mixture: number): number {
  const wide = variance + mixture ** 2;
  return Math.sqrt(variance / wide) * Math.exp((mixture ** 2 * difference ** 2) / (2 * variance * wide));
}

function confidenceHalfWidth(variance: number, mixture: number, alpha: number): number {
  const wide = variance + mixture ** 2;
  return Math.sqrt(((2 * variance * wide) / mixture ** 2) * Math.log(Math.sqrt(wide / variance) / alpha));
}
