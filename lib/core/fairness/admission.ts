/**
 * Whether a call may enter, in layers from the cheapest check to the dearest: size, degradation, concurrency,
 * rate, quota, budget, load. The first layer that refuses names itself and says when to come again. Pure: the
 * shell brings what each layer knows and, on `admit`, commits what the decision lists.
 */
import type { DegradationLevel } from './degradation.ts';
import { type RateDecision, type RateLimit, takeTokens } from './gcra.ts';

export interface AdmissionRequest {
  readonly inputTokens: number;
  readonly maxOutputTokens: number;
  /** What shedding spares longest. */
  readonly priority: 'interactive' | 'background';
  readonly estimatedMicroUsd: number;
}

export interface AdmissionFacts {
  readonly nowMs: number;
  readonly level: DegradationLevel;
  readonly maxTokensPerCall: number;
  readonly tenant: {
    readonly running: number;
    readonly maxRunning: number;
    readonly queued: number;
    readonly maxQueued: number;
    readonly requests: { readonly limit: RateLimit; readonly arrivalMs: number | null };
    readonly tokens: { readonly limit: RateLimit; readonly arrivalMs: number | null };
    /** Tokens left of the plan's period, and when it renews. */
    readonly quotaLeft: number;
    readonly quotaRenewsMs: number;
    /** Micro-units that may still be reserved, the least over all budget levels. */
    readonly budgetLeftMicroUsd: number;
  };
  /** Time that a call would wait now, by the queue's own measure. */
  readonly expectedWaitMs: number;
  readonly deadlineMs: number;
}

export type AdmissionLayer = 'size' | 'degradation' | 'concurrency' | 'rate' | 'quota' | 'budget' | 'load';

export type AdmissionDecision =
  | {
      readonly admit: true;
      /** True: run now if a slot is free; false: it waits. */
      readonly immediately: boolean;
      readonly requests: RateDecision;
      readonly tokens: RateDecision;
    }
  | {
      readonly admit: false;
      readonly layer: AdmissionLayer;
      readonly reason: string;
      /** Null: the same request will not pass later either. */
      readonly retryAfterMs: number | null;
      readonly code: 'rate-limited' | 'overloaded' | 'validation-failed';
    };

export function decideAdmission(request: AdmissionRequest, facts: AdmissionFacts): AdmissionDecision {
  const { tenant, nowMs } = facts;
  const tokens = request.inputTokens + request.maxOutputTokens;
  if (tokens > facts.maxTokensPerCall)
    return refuse('size', `a call may hold ${facts.maxTokensPerCall} tokens`, null, 'validation-failed');
  if (request.priority === 'background' && facts.level.shedsBackground)
    return refuse(
      'degradation',
      `background work is paused at level ${facts.level.name}`,
      30_000,
      'overloaded',
    );
  if (tenant.queued >= tenant.maxQueued)
    return refuse('concurrency', `${tenant.queued} calls of this tenant wait already`, 1_000, 'rate-limited');
  const requests = takeTokens(tenant.requests.limit, tenant.requests.arrivalMs, nowMs, 1);
  if (!requests.allowed) return refuse('rate', 'too many calls', requests.retryAfterMs, 'rate-limited');
  const volume = takeTokens(tenant.tokens.limit, tenant.tokens.arrivalMs, nowMs, tokens);
  if (!volume.allowed) return refuse('rate', 'too many tokens', volume.retryAfterMs, 'rate-limited');
  if (tokens > tenant.quotaLeft)
    return refuse('quota', "the plan's tokens are used up", tenant.quotaRenewsMs - nowMs, 'rate-limited');
  if (request.estimatedMicroUsd > tenant.budgetLeftMicroUsd)
    return refuse('budget', 'the budget does not cover this call', null, 'rate-limited');
  if (nowMs + facts.expectedWaitMs >= facts.deadlineMs)
    return refuse('load', 'it would wait past its deadline', facts.expectedWaitMs, 'overloaded');
  return { admit: true, immediately: tenant.running < tenant.maxRunning, requests, tokens: volume };
}

function refuse(
  layer: AdmissionLayer,
  reason: string,
  retryAfterMs: number | null,
  code: 'rate-limited' | 'overloaded' | 'validation-failed',
): AdmissionDecision {
  const known = retryAfterMs !== null && Number.isFinite(retryAfterMs);
  return { admit: false, layer, reason, retryAfterMs: known ? Math.max(0, retryAfterMs) : null, code };
}
