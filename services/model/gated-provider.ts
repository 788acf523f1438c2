/**
 * The platform's own models for conversations, through the same gate as everything else: a fair turn, a budget
 * reserved, an endpoint that is well, and every attempt in the ledger under its conversation and agent.
 */
import type { ChatItem, ModelReply } from '../../lib/contracts/chat.ts';
import { tiersOf } from '../../lib/core/models/catalog.ts';
import { baseOf, queryOf } from '../../lib/core/models/dialect.ts';
import { routeChat } from '../../lib/core/routing/auto-route.ts';
import { TIERS, type Tier } from '../../lib/core/routing/early-exit.ts';
import { expectationsOf } from '../../lib/core/routing/learnt-router.ts';
import type { AdmittedCall, Attempt } from '../../lib/io/models/admitted-call.ts';
import type { Models } from '../../lib/io/models/open-models.ts';
import { openAiProvider } from '../../lib/io/models/openai.ts';
import type { ModelProvider, ModelRequest } from '../../lib/io/models/provider.ts';
import { NO_CATALOG } from '../../lib/io/models/tenant-endpoints.ts';
import { systemRandom } from '../../lib/kernel/clock.ts';
import { toTroupeError } from '../../lib/moleculer/errors.ts';

export interface GatedCall {
  readonly tenantId: string;
  readonly plan: string;
  readonly region: string | null;
  readonly conversationId: string | null;
  readonly customerId: string | null;
  readonly agent: string | null;
  readonly timeMs: number;
}

const ATTEMPTS = 3;
/** Characters that are certain to hold no more than one token each. */
const CHARACTERS_PER_TOKEN = 3;

/** Answers from the catalogue. Throws `budget-exhausted`, `rate-limited` or `overloaded` besides what providers throw. */
export function gatedProvider(
  { catalog, endpoints, gate, keyOf, fetchOf, routers }: Models,
  call: GatedCall,
): ModelProvider {
  const own = endpoints.now(call.tenantId) ?? NO_CATALOG;
  const offered = TIERS.filter(tier => [...tiersOf(catalog), ...tiersOf(own)].includes(tier));
  // Under load everybody is answered by the smallest.
  const tiers = gate.level.smallTiersOnly ? offered.slice(0, 1) : offered;

  function tierFor(request: ModelRequest, tokens: number): Tier {
    if (tiers.length === 1) return tiers[0]!;
    const { router } = routers.peek(call.tenantId);
    const asked = {
      messages: request.context.map(item => ({ role: item.role, content: textOf(item) })),
      tools: request.tools,
    };
    return routeChat(asked, tiers, router, expectationsOf(router, tokens), systemRandom).tier;
  }

  async function attemptAt(
    attempt: Attempt,
    admitted: AdmittedCall,
    request: ModelRequest,
  ): Promise<ModelReply> {
    const { endpoint, model } = attempt;
    const key = keyOf(endpoint) ?? '';
    const provider = openAiProvider({
      baseUrl: baseOf(endpoint, model),
      query: queryOf(endpoint),
      headers: endpoint.dialect === 'azure' ? { 'api-key': key } : {},
      apiKey: key,
      fetch: fetchOf(endpoint),
      model: model.id,
      tier: model.tier,
      timeoutMs: call.timeMs,
      maxRetries: 0, // the gate asks again, elsewhere if it can
    });
    try {
      const reply = await provider.complete(request);
      const { inputTokens, outputTokens } = reply.usage;
      admitted.streamed(outputTokens);
      admitted.end(attempt, 'ok', { inputTokens, cachedInputTokens: 0, outputTokens });
      return { ...reply, usage: { ...reply.usage, costMicroUsd: admitted.spentMicro } };
    } catch (error) {
      const outcome = request.signal.aborted
        ? 'cancelled'
        : toTroupeError(error).code === 'model-refused'
          ? 'refused'
          : 'failed';
      admitted.end(attempt, outcome, undefined);
      throw error;
    }
  }

  return {
    name: 'gate',
    async complete(request) {
      const characters =
        request.instructions.length + request.context.reduce((sum, item) => sum + textOf(item).length, 0);
      const inputTokens = Math.ceil(
        (characters + JSON.stringify(request.tools).length) / CHARACTERS_PER_TOKEN,
      );
      const admitted = await gate.admit({
        ...call,
        source: 'conversation',
        wanted: { tier: tierFor(request, inputTokens) },
        capability: 'chat',
        inputTokens,
        outputTokens: undefined,
        signal: request.signal,
      });
      let said = false;
      const listening: ModelRequest = {
        ...request,
        onText: (text, offset) => {
          said = true;
          request.onText(text, offset);
        },
      };
      try {
        for (let attempt = 1; ; attempt++) {
          try {
            return await attemptAt(admitted.begin(), admitted, listening);
          } catch (error) {
            // What was said already cannot be taken back: the turn fails, and is told so.
            if (
              said ||
              attempt === ATTEMPTS ||
              request.signal.aborted ||
              toTroupeError(error).code !== 'model-failed'
            )
              throw error;
          }
        }
      } finally {
        admitted.finish();
      }
    },
  };
}

function textOf(item: ChatItem): string {
  return item.role === 'tool' ? item.content : item.text;
}
