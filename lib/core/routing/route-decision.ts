/**
 * One routing decision as a plain object: what was seen, what was believed, what was chosen and why, what it
 * should cost and take. Journaled as it is; the same input and random number give the same decision again.
 */

import type { Random } from '../../kernel/clock.ts';
import { invariant } from '../../kernel/errors.ts';
import { EARLY_EXIT, type EarlyExitRule, exitsEarly, TIERS, type Tier } from './early-exit.ts';
import { type OutcomeLearner, probabilitySuffices } from './outcome-learner.ts';
import { featureVector, type RouteFeatures } from './request-features.ts';
import { BANDIT, type BanditState, chooseArm } from './tier-bandit.ts';

export interface TierExpectation {
  readonly costMicroUsd: number;
  readonly latencyMs: number;
}

export interface RouteInput {
  readonly features: RouteFeatures;
  /** Tiers that plan, residency, health and budget leave open. */
  readonly allowed: readonly Tier[];
  readonly learner: OutcomeLearner;
  readonly bandit: BanditState;
  /** What each tier should cost and take for this request. */
  readonly expectations: Readonly<Record<Tier, TierExpectation>>;
  /** A tier named by the request or forced by safe mode. */
  readonly override?: { readonly tier: Tier; readonly by: 'request' | 'safe-mode' | 'canary' | 'policy' };
  /** At or above this calibrated probability the smallest tier is taken without exploring. */
  readonly sufficesAt?: number;
  readonly earlyExit?: EarlyExitRule;
}

export type RouteReason = 'override' | 'only-tier' | 'early-exit' | 'small-suffices' | 'bandit';

export interface RouteDecision {
  readonly tier: Tier;
  readonly reason: RouteReason;
  readonly overriddenBy: string | null;
  readonly features: RouteFeatures;
  readonly context: readonly number[];
  /** Calibrated probability that the smallest tier suffices. */
  readonly probabilitySuffices: number;
  /** Probability with which each tier would have been chosen; what was chosen by rule has 1. */
  readonly propensities: Readonly<Partial<Record<Tier, number>>>;
  readonly expectedReward: Readonly<Partial<Record<Tier, number>>>;
  readonly expected: TierExpectation;
  /** Where to go when the answer does not hold up. */
  readonly escalation: readonly Tier[];
  readonly learner: { readonly outcomes: number; readonly temperature: number };
}

export function decideRoute(input: RouteInput, random: Random): RouteDecision {
  const open = TIERS.filter(tier => input.allowed.includes(tier));
  invariant(open.length > 0, 'routing needs an allowed tier');
  const context = featureVector(input.features);
  const probability = probabilitySuffices(input.learner, context);
  const fixed = byRule(input, open, probability);
  const drawn = fixed ? null : chooseArm(input.bandit, context, open, random, BANDIT);
  const tier = fixed?.tier ?? (drawn!.arm as Tier);
  return {
    tier,
    reason: fixed?.reason ?? 'bandit',
    overriddenBy: fixed?.reason === 'override' ? input.override!.by : null,
    features: input.features,
    context,
    probabilitySuffices: probability,
    propensities: drawn?.propensities ?? { [tier]: 1 },
    expectedReward: drawn?.expected ?? {},
    expected: input.expectations[tier],
    escalation: open.slice(open.indexOf(tier) + 1),
    learner: { outcomes: input.learner.outcomes, temperature: input.learner.temperature },
  };
}

function byRule(
  input: RouteInput,
  open: readonly Tier[],
  probability: number,
): { tier: Tier; reason: RouteReason } | null {
  const { override, sufficesAt = 0.97, earlyExit = EARLY_EXIT } = input;
  if (override && open.includes(override.tier)) return { tier: override.tier, reason: 'override' };
  if (open.length === 1) return { tier: open[0]!, reason: 'only-tier' };
  if (exitsEarly(input.features, earlyExit)) return { tier: open[0]!, reason: 'early-exit' };
  if (input.learner.outcomes >= 100 && probability >= sufficesAt)
    return { tier: open[0]!, reason: 'small-suffices' };
  return null;
}

export interface RouteOutcome {
  readonly costMicroUsd: number;
  readonly latencyMs: number;
  /** 0 to 1. */
  readonly quality: number;
  readonly escalated: boolean;
}

export interface RouteAudit {
  /** The tier failed (had to escalate, or quality below half), or a larger one was paid where the small one would do. */
  readonly misrouted: 'too-small' | 'too-large' | null;
  readonly costErrorMicroUsd: number;
  readonly latencyErrorMs: number;
}

/** Compares a decision with what came of it, for `router_misroute_rate` and expected against actual. */
export function auditRoute(decision: RouteDecision, outcome: RouteOutcome): RouteAudit {
  const small = decision.tier === 'SLM_A';
  const failed = outcome.escalated || outcome.quality < 0.5;
  const wasteful = !small && !failed && decision.probabilitySuffices >= 0.9;
  return {
    misrouted: failed && decision.escalation.length > 0 ? 'too-small' : wasteful ? 'too-large' : null,
    costErrorMicroUsd: outcome.costMicroUsd - decision.expected.costMicroUsd,
    latencyErrorMs: outcome.latencyMs - decision.expected.latencyMs,
  };
}
