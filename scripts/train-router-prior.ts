/**
 * Makes lib/core/routing/weights-router-prior.ts: what a router believes before any outcome. No recorded answers are
 * behind it but the general expectations below, learnt by the same learners as outcomes are; a tenant's own outcomes
 * soon weigh more. `node scripts/train-router-prior.ts`, then format.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TIERS, type Tier } from '../lib/core/routing/early-exit.ts';
import { expectationsOf, REWARD_PRICES, type TierExperience } from '../lib/core/routing/learnt-router.ts';
import { emptyLearner, learnOutcome } from '../lib/core/routing/outcome-learner.ts';
import { FEATURE_COUNT, featureVector, type RouteFeatures } from '../lib/core/routing/request-features.ts';
import { emptyBandit, learnReward, rewardOf } from '../lib/core/routing/tier-bandit.ts';
import { seededRandom } from '../lib/kernel/clock.ts';

const EPISODES = 4_000;
const tiers: Readonly<Record<Tier, TierExperience>> = {
  SLM_A: { costPerUnit: 0.2, latencyMs: 600 },
  SLM_B: { costPerUnit: 0.6, latencyMs: 1_100 },
  LLM: { costPerUnit: 3, latencyMs: 2_500 },
};

/** How often a tier's answer is good enough: log-odds fall with what makes requests hard, less so for larger tiers. */
function sufficesShare(f: RouteFeatures, tier: Tier): number {
  const domain = (names: readonly string[]) => Number(f.domainFlags.some(flag => names.includes(flag)));
  const hardness =
    0.25 * Math.max(0, Math.log1p(f.tokenCount) - 4) +
    0.9 * f.novelty +
    3 * f.historicalFailureRate +
    0.6 * Math.min(1, f.turnDepth / 20) +
    1.2 * Math.min(1, f.toolsWanted / 4) +
    0.5 * Number(f.language !== 'en') +
    1.2 * domain(['legal', 'medical', 'financial', 'security']) +
    1.4 * domain(['code', 'mathematics']) -
    0.6 * f.jsonSchemaStrictness;
  const [base, felt] = { SLM_A: [2.4, 1], SLM_B: [2.7, 0.7], LLM: [3.2, 0.35] }[tier] as [number, number];
  return 1 / (1 + Math.exp(felt * hardness - base));
}

const random = seededRandom(20_26);
const chance = (p: number) => random() < p;
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;

function someFeatures(): RouteFeatures {
  return {
    tokenCount: Math.round(Math.exp(2 + random() * 7)),
    jsonSchemaStrictness: chance(0.2) ? random() : 0,
    domainFlags: chance(0.35)
      ? [pick(['legal', 'medical', 'financial', 'security', 'code', 'mathematics'] as const)]
      : [],
    novelty: random(),
    historicalFailureRate: chance(0.5) ? 0 : random() * 0.6,
    language: chance(0.7) ? 'en' : 'other',
    turnDepth: Math.floor(random() * 12),
    toolsWanted: chance(0.6) ? 0 : 1 + Math.floor(random() * 5),
  };
}

let learner = emptyLearner(FEATURE_COUNT);
let bandit = emptyBandit(TIERS, FEATURE_COUNT);
for (let n = 0; n < EPISODES; n++) {
  const features = someFeatures();
  const context = featureVector(features);
  const tier = pick(TIERS);
  const sufficed = chance(sufficesShare(features, tier));
  if (tier === 'SLM_A') learner = learnOutcome(learner, context, sufficed);
  const { costMicroUsd, latencyMs } = expectationsOf({ tiers } as never, features.tokenCount)[tier];
  bandit = learnReward(
    bandit,
    tier,
    context,
    rewardOf({ quality: Number(sufficed), costMicroUsd, latencyMs }, REWARD_PRICES),
  );
}

const short = (_: string, value: unknown) =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value;
writeFileSync(
  join(import.meta.dirname, '../lib/core/routing/weights-router-prior.ts'),
  `/** Made by scripts/train-router-prior.ts: what a router believes before any outcome. */
import type { RouterPrior } from './learnt-router.ts';

export const ROUTER_PRIOR: RouterPrior = ${JSON.stringify({ learner: { ...learner, history: [] }, bandit, tiers }, short)};
`,
);
