/**
 * Degradation under load (brownout, Klein et al., ICSE 2014): a ladder that gives up the costly before the
 * needed. One step at a time, up after the pressure has held, down after relief has held longer, with a gap
 * between the two thresholds, so that each step is entered and left once for one wave of load.
 */

export interface DegradationLevel {
  readonly name: 'normal' | 'lean' | 'small-models' | 'essential' | 'shedding';
  /** No speculative work: hedges, prefetch, suggestions. */
  readonly noHedging: boolean;
  /** Shorter answers and contexts. */
  readonly shortAnswers: boolean;
  readonly smallTiersOnly: boolean;
  readonly shedsBackground: boolean;
  /** New conversations are refused; those begun go on. */
  readonly refusesNew: boolean;
}

export const LADDER: readonly DegradationLevel[] = [
  level('normal', 0),
  level('lean', 1),
  level('small-models', 2),
  level('essential', 3),
  level('shedding', 4),
];

export interface DegradationOptions {
  /** Pressure (1 = full) from which each level is wanted; ascending, one per step of the ladder after the first. */
  readonly enterAt: readonly number[];
  /** A level is left when pressure is under its entry by this much. */
  readonly gap: number;
  readonly holdUpMs: number;
  readonly holdDownMs: number;
}

export const DEGRADATION: DegradationOptions = {
  enterAt: [0.8, 0.9, 1, 1.2],
  gap: 0.15,
  holdUpMs: 2_000,
  holdDownMs: 15_000,
};

export interface DegradationState {
  readonly step: number;
  /** Since when the pressure has asked for the next step up, or down; null when it does not. */
  readonly risingSinceMs: number | null;
  readonly fallingSinceMs: number | null;
}

export const UNDEGRADED: DegradationState = { step: 0, risingSinceMs: null, fallingSinceMs: null };

/** The state after one reading of the pressure. */
export function observePressure(
  state: DegradationState,
  pressure: number,
  nowMs: number,
  options: DegradationOptions = DEGRADATION,
): DegradationState {
  const { step } = state;
  const rises = step < LADDER.length - 1 && pressure >= options.enterAt[step]!;
  const falls = step > 0 && pressure < options.enterAt[step - 1]! - options.gap;
  const risingSinceMs = rises ? (state.risingSinceMs ?? nowMs) : null;
  const fallingSinceMs = falls ? (state.fallingSinceMs ?? nowMs) : null;
  if (risingSinceMs !== null && nowMs - risingSinceMs >= options.holdUpMs)
    return { step: step + 1, risingSinceMs: nowMs, fallingSinceMs: null };
  if (fallingSinceMs !== null && nowMs - fallingSinceMs >= options.holdDownMs)
    return { step: step - 1, risingSinceMs: null, fallingSinceMs: nowMs };
  return { step, risingSinceMs, fallingSinceMs };
}

export function levelOf(state: DegradationState): DegradationLevel {
  return LADDER[state.step]!;
}

/** The worst of the loads that matter, each as a share of what is bearable. */
export function pressureOf(loads: {
  readonly slotsBusy: number;
  readonly waitMs: number;
  readonly bearableWaitMs: number;
  readonly eventLoopLagMs: number;
  readonly bearableLagMs: number;
}): number {
  return Math.max(
    loads.slotsBusy * 0.85,
    loads.waitMs / loads.bearableWaitMs,
    loads.eventLoopLagMs / loads.bearableLagMs,
  );
}

function level(name: DegradationLevel['name'], step: number): DegradationLevel {
  return {
    name,
    noHedging: step >= 1,
    shortAnswers: step >= 1,
    smallTiersOnly: step >= 2,
    shedsBackground: step >= 3,
    refusesNew: step >= 4,
  };
}
