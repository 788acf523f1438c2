/**
 * What a tenant's router has learnt, as a fold over outcomes in their order: the same prior and the same outcomes give
 * the same router, so any version of it can be had again and any decision replayed.
 */
import type { Random } from '../../kernel/clock.ts';
import { type CanaryArm, canaryArm } from './canary.ts';
import { TIERS, type Tier } from './early-exit.ts';
import { learnerFromPrior, learnOutcome, type OutcomeLearner } from './outcome-learner.ts';
import type { RouteFeatures } from './request-features.ts';
import {
  auditRoute,
  decideRoute,
  type RouteAudit,
  type RouteDecision,
  type RouteInput,
  type RouteOutcome,
  type TierExpectation,
} from './route-decision.ts';
import { type BanditState, fromPrior, learnReward, type RewardPrices, rewardOf } from './tier-bandit.ts';

/** Moving averages of what a tier has cost and taken. */
export interface TierExperience {
  /** Micro-units of US dollars per unit of size (`sizeOf`). */
  readonly costPerUnit: number;
  readonly latencyMs: number;
}

export interface LearntRouter {
  /** Outcomes folded in since the prior. */
  readonly version: number;
  readonly learner: OutcomeLearner;
  readonly bandit: BanditState;
  readonly tiers: Readonly<Record<Tier, TierExperience>>;
  /** Share of failures of the smallest tier by kind of request (`kindOf`): a moving average. */
  readonly failures: Readonly<Record<string, number>>;
}

export interface RouterPrior {
  readonly learner: OutcomeLearner;
  readonly bandit: BanditState;
  readonly tiers: Readonly<Record<Tier, TierExperience>>;
}

/** A prior is worth this share of the outcomes it was made of: some dozens of a tenant's own weigh more. */
const PRIOR_STRENGTH = 0.1;
const SMOOTHING = 0.05;
/** Kinds that are remembered; later ones share `other`. */
const MOST_KINDS = 64;
/** Output that is thought of beside the input, in input tokens: about 300 tokens at four times the price. */
const OUTPUT_UNITS = 1_200;

export const REWARD_PRICES: RewardPrices = { microUsdPerPoint: 20_000, msPerPoint: 60_000 };

/** A tenant's router before any outcome of its own. */
export function routerFromPrior(prior: RouterPrior): LearntRouter {
  return {
    version: 0,
    learner: learnerFromPrior(prior.learner, PRIOR_STRENGTH),
    bandit: fromPrior(prior.bandit, PRIOR_STRENGTH),
    tiers: prior.tiers,
    failures: {},
  };
}

/** Requests that fail alike: language, first domain, schema or not, tools or not. */
export function kindOf(
  features: Pick<RouteFeatures, 'language' | 'domainFlags' | 'jsonSchemaStrictness' | 'toolsWanted'>,
): string {
  const { language, domainFlags, jsonSchemaStrictness, toolsWanted } = features;
  return [
    language === 'en' ? 'en' : 'other',
    domainFlags[0] ?? 'general',
    jsonSchemaStrictness > 0 ? 'json' : 'text',
    toolsWanted > 0 ? 'tools' : 'plain',
  ].join('/');
}

export function failureRateOf(router: LearntRouter, kind: string): number {
  return router.failures[kind] ?? 0;
}

const sizeOf = (tokens: number) => tokens + OUTPUT_UNITS;

/** What each tier should cost and take for a request of so many tokens. */
export function expectationsOf(
  router: LearntRouter,
  tokens: number,
): Readonly<Record<Tier, TierExpectation>> {
  const of = (tier: Tier): TierExpectation => ({
    costMicroUsd: Math.round(router.tiers[tier].costPerUnit * sizeOf(tokens)),
    latencyMs: Math.round(router.tiers[tier].latencyMs),
  });
  return { SLM_A: of('SLM_A'), SLM_B: of('SLM_B'), LLM: of('LLM') };
}

/**
 * The router after one outcome of one decision. Whether the smallest tier would have sufficed is known only where it
 * was asked; the bandit learns from whatever was chosen by chance or rule.
 */
export function learn(
  router: LearntRouter,
  decision: Pick<RouteDecision, 'tier' | 'context' | 'features'>,
  outcome: RouteOutcome,
): LearntRouter {
  const { tier, context, features } = decision;
  const smallest = tier === TIERS[0];
  const failed = outcome.escalated || outcome.quality < 0.5;
  const quality = outcome.escalated ? 0 : outcome.quality;
  const before = router.tiers[tier];
  const toward = (old: number, seen: number) => old + SMOOTHING * (seen - old);
  return {
    version: router.version + 1,
    learner: smallest ? learnOutcome(router.learner, context, !failed) : router.learner,
    bandit: learnReward(router.bandit, tier, context, rewardOf({ ...outcome, quality }, REWARD_PRICES)),
    tiers: {
      ...router.tiers,
      [tier]: {
        costPerUnit: toward(before.costPerUnit, outcome.costMicroUsd / sizeOf(features.tokenCount)),
        latencyMs: toward(before.latencyMs, outcome.latencyMs),
      },
    },
    failures: smallest ? withFailure(router.failures, kindOf(features), failed, toward) : router.failures,
  };
}

function withFailure(
  failures: LearntRouter['failures'],
  kind: string,
  failed: boolean,
  toward: (old: number, seen: number) => number,
): LearntRouter['failures'] {
  const known = Object.hasOwn(failures, kind) || Object.keys(failures).length < MOST_KINDS;
  const name = known ? kind : 'other';
  return { ...failures, [name]: toward(failures[name] ?? 0, Number(failed)) };
}

/** What a decision was made of besides what had been learnt: kept with it, so that it can be made again. */
export type RouteBasis = Omit<RouteInput, 'learner' | 'bandit'>;

/** The same router, basis and random numbers give the same decision. */
export function decideWith(router: LearntRouter, basis: RouteBasis, random: Random): RouteDecision {
  return decideRoute({ ...basis, learner: router.learner, bandit: router.bandit }, random);
}

/** Like `auditRoute`, by ratio: 1 is as expected. Null where nothing was expected. */
export function auditOutcome(
  decision: RouteDecision,
  outcome: RouteOutcome,
): RouteAudit & { readonly costRatio: number | null; readonly latencyRatio: number | null } {
  const ratio = (actual: number, expected: number) => (expected > 0 ? actual / expected : null);
  return {
    ...auditRoute(decision, outcome),
    costRatio: ratio(outcome.costMicroUsd, decision.expected.costMicroUsd),
    latencyRatio: ratio(outcome.latencyMs, decision.expected.latencyMs),
  };
}

/** What a canary tries, or a promoted one has made the rule. */
export interface RoutePolicy {
  /** Every request goes to this tier. */
  readonly tier?: Tier;
  /** At or above this probability the smallest tier is taken. */
  readonly sufficesAt?: number;
}

export interface RunningCanary {
  readonly id: string;
  readonly share: number;
  readonly candidate: RoutePolicy;
}

/** The policy for a conversation: the canary's candidate for its share, else the policy in force. */
export function policyFor(
  inForce: RoutePolicy,
  canary: RunningCanary | null,
  conversation: string,
): { readonly policy: RoutePolicy; readonly arm: CanaryArm | null } {
  if (!canary) return { policy: inForce, arm: null };
  const arm = canaryArm(conversation, canary.id, canary.share);
  return { policy: arm === 'candidate' ? canary.candidate : inForce, arm };
}
