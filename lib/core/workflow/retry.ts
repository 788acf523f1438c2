/** When a failed `try` runs again: pure arithmetic on the policy. */
import { field, objectField, textField } from './definition.ts';
import { durationMs } from './duration.ts';
import { type Evaluator, evaluateCondition, evaluateTemplate } from './expression.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';
import { LIMITS } from './state.ts';

/** The n-th retry of a policy, n from 1; null when there shall be none. */
export interface RetryQuestion {
  readonly policy: JsonObject;
  readonly attempt: number;
  readonly firstAt: number;
  readonly now: number;
  readonly random: () => number;
  readonly input: Json;
  readonly evaluator: Evaluator;
}

export function retryDelayMs(question: RetryQuestion): number | null {
  const { policy, attempt, firstAt, now, input, evaluator } = question;
  const when = textField(policy, 'when');
  const exceptWhen = textField(policy, 'exceptWhen');
  if (when !== undefined && !evaluateCondition(when, input, evaluator)) return null;
  if (exceptWhen !== undefined && evaluateCondition(exceptWhen, input, evaluator)) return null;
  const ms = (given: Json | undefined) =>
    given === undefined ? null : durationMs(evaluateTemplate(given, input, evaluator));
  const count = field(policy, 'limit', 'attempt', 'count');
  if (attempt > (typeof count === 'number' ? count : LIMITS.retries)) return null;
  const delay = backoff(policy, ms(policy.delay) ?? 0, attempt) + jitter(policy, ms, question.random);
  const longest = ms(field(policy, 'limit', 'duration'));
  if (longest !== null && now + delay - firstAt > longest) return null;
  return delay;
}

/** Constant: d. Linear: d, 2d, 3d. Exponential: d, 2d, 4d. */
function backoff(policy: JsonObject, delay: number, attempt: number): number {
  const kind = objectField(policy, 'backoff') ?? {};
  const factor = isObject(kind.exponential)
    ? 2 ** Math.min(attempt - 1, 40)
    : isObject(kind.linear)
      ? attempt
      : 1;
  return Math.min(LIMITS.retryDelayMs, delay * factor);
}

/** A random part between `from` and `to`, so that many runs do not come back at once. */
function jitter(
  policy: JsonObject,
  ms: (given: Json | undefined) => number | null,
  random: () => number,
): number {
  const range = objectField(policy, 'jitter');
  if (!range) return 0;
  const from = ms(range.from) ?? 0;
  const to = ms(range.to) ?? 0;
  return Math.round(from + random() * Math.max(0, to - from));
}
