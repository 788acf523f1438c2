/**
 * Early exit (a cascade in the sense of FrugalGPT, Chen et al. 2023): a request whose answer a strict schema
 * will judge is locked to the small tier; the schema then says whether the next tier must be asked.
 */
import type { RouteFeatures } from './request-features.ts';

export const TIERS = ['SLM_A', 'SLM_B', 'LLM'] as const;
export type Tier = (typeof TIERS)[number];

export interface EarlyExitRule {
  readonly minStrictness: number;
  readonly maxTokens: number;
  /** Confidence below which a valid answer is still not accepted. */
  readonly minConfidence: number;
  /** Tiers tried at most, the first included. */
  readonly maxAttempts: number;
}

export const EARLY_EXIT: EarlyExitRule = {
  minStrictness: 0.6,
  maxTokens: 6_000,
  minConfidence: 0.5,
  maxAttempts: 3,
};

/** Whether the request is locked to the smallest tier without asking the bandit. */
export function exitsEarly(features: RouteFeatures, rule: EarlyExitRule = EARLY_EXIT): boolean {
  return (
    features.jsonSchemaStrictness >= rule.minStrictness &&
    features.tokenCount <= rule.maxTokens &&
    features.toolsWanted === 0 &&
    !features.domainFlags.some(flag => flag === 'legal' || flag === 'medical' || flag === 'security')
  );
}

export type Verdict =
  | { readonly accept: true }
  | {
      readonly accept: false;
      readonly escalateTo: Tier;
      readonly reason: 'schema-invalid' | 'low-confidence';
    }
  | {
      readonly accept: false;
      readonly escalateTo: null;
      readonly reason: 'schema-invalid' | 'low-confidence';
    };

/** What to do with an answer of `tier`, the `attempt`-th (from 1); `confidence` null where the model gives none. */
export function judgeAnswer(
  answer: { readonly tier: Tier; readonly schemaValid: boolean; readonly confidence: number | null },
  attempt: number,
  allowed: readonly Tier[] = TIERS,
  rule: EarlyExitRule = EARLY_EXIT,
): Verdict {
  const sure = answer.confidence === null || answer.confidence >= rule.minConfidence;
  if (answer.schemaValid && sure) return { accept: true };
  const reason = answer.schemaValid ? 'low-confidence' : 'schema-invalid';
  const higher = TIERS.slice(TIERS.indexOf(answer.tier) + 1).filter(tier => allowed.includes(tier));
  const escalateTo = attempt < rule.maxAttempts ? (higher[0] ?? null) : null;
  if (escalateTo === null && answer.schemaValid) return { accept: true };
  return { accept: false, escalateTo, reason } as Verdict;
}
