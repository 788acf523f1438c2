/** The model name `auto`: which tier answers a chat completion request, by what it asks and by what was learnt. */
import type { Random } from '../../kernel/clock.ts';
import type { Tier } from './early-exit.ts';
import type { OutcomeLearner } from './outcome-learner.ts';
import { type RouteFeatures, routeFeatures } from './request-features.ts';
import { decideRoute, type RouteDecision, type TierExpectation } from './route-decision.ts';
import type { BanditState } from './tier-bandit.ts';

/** What a tenant's router has learnt. */
export interface RouterState {
  readonly learner: OutcomeLearner;
  readonly bandit: BanditState;
}

export interface ChatRequest {
  readonly messages: readonly { readonly role?: unknown; readonly content?: unknown }[];
  readonly tools?: unknown;
  readonly response_format?: unknown;
}

/** Texts of one message: content is a text or a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map(part => (typeof part === 'object' && part !== null && 'text' in part ? String(part.text) : ''))
    .join(' ');
}

/** Letters of other scripts, or Vietnamese ones, in a text: enough to tell English from the rest here. */
const NOT_ENGLISH = /[À-ỹ\u0400-\u9fff]/u;

export function featuresOfChat({ messages, tools, response_format: format }: ChatRequest): RouteFeatures {
  const last = messages.findLast(({ role }) => role === 'user');
  const text = textOf(last?.content);
  const schema =
    typeof format === 'object' && format !== null && 'json_schema' in format
      ? (format.json_schema as { schema?: unknown } | null)?.schema
      : undefined;
  return routeFeatures({
    text,
    schema,
    language: NOT_ENGLISH.test(text.slice(0, 2_000)) ? 'other' : 'en',
    turnDepth: messages.filter(({ role }) => role === 'user').length - 1,
    toolsWanted: Array.isArray(tools) ? tools.length : 0,
    historicalFailureRate: 0,
    novelty: 0,
  });
}

/** Decides among the tiers that are open. `expectations`: what each should cost and take for this request. */
export function routeChat(
  request: ChatRequest,
  allowed: readonly Tier[],
  { learner, bandit }: RouterState,
  expectations: Readonly<Record<Tier, TierExpectation>>,
  random: Random,
): RouteDecision {
  return decideRoute({ features: featuresOfChat(request), allowed, learner, bandit, expectations }, random);
}
