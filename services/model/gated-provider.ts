/**
 * Models for conversations, the platform's and those of the tenant's settings, through the same gate as everything
 * else: a fair turn, a budget reserved, an endpoint that is well, and every attempt in the ledger under its
 * conversation, customer and agent. An answer that breaks off is ended by another endpoint, one that no budget pays
 * for any more is ended with a courteous word.
 */
import type { ChatItem, ModelReply } from '../../lib/contracts/chat.ts';
import { type Catalog, tiersOf } from '../../lib/core/models/catalog.ts';
import { baseOf, queryOf } from '../../lib/core/models/dialect.ts';
import { routeOfChat } from '../../lib/core/routing/auto-route.ts';
import { judgeAnswer, TIERS, type Tier } from '../../lib/core/routing/early-exit.ts';
import type { AdmittedCall, Attempt } from '../../lib/io/models/admitted-call.ts';
import { hedged, type Race } from '../../lib/io/models/hedged.ts';
import type { Models } from '../../lib/io/models/open-models.ts';
import { openAiProvider } from '../../lib/io/models/openai.ts';
import type { ModelProvider, ModelRequest } from '../../lib/io/models/provider.ts';
import { NO_CATALOG } from '../../lib/io/models/tenant-endpoints.ts';
import { invalidAnswer } from '../../lib/io/routing/router-memory.ts';
import type { Routed } from '../../lib/io/routing/tier-router.ts';
import { type Clock, fullJitter, sleep } from '../../lib/kernel/clock.ts';
import { toTroupeError } from '../../lib/moleculer/errors.ts';
import { Spoken } from './spoken.ts';

export interface GatedCall {
  readonly tenantId: string;
  readonly plan: string;
  readonly region: string | null;
  readonly conversationId: string | null;
  readonly customerId: string | null;
  readonly agent: string | null;
  readonly timeMs: number;
  /** The one endpoint that the tenant's settings name, in place of all others. */
  readonly only?: Catalog;
}

const ATTEMPTS = 3;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 2_000;
/** Characters that are certain to hold no more than one token each. */
const CHARACTERS_PER_TOKEN = 3;

/** Answers from the catalogue. Throws `budget-exhausted`, `rate-limited` or `overloaded` besides what providers throw. */
export function gatedProvider(
  { catalog, endpoints, gate, keyOf, fetchOf, router }: Models,
  call: GatedCall,
  clock: Clock,
): ModelProvider {
  const own = call.only ?? endpoints.now(call.tenantId) ?? NO_CATALOG;
  const offered = TIERS.filter(tier =>
    [...(call.only ? [] : tiersOf(catalog)), ...tiersOf(own)].includes(tier),
  );
  // Under load everybody is answered by the smallest.
  const tiers = gate.level.smallTiersOnly ? offered.slice(0, 1) : offered;

  /** Where to ask after an answer of the wrong shape: a larger tier, the same where none is. */
  function nextAfter(tier: Tier): readonly Tier[] {
    const verdict = judgeAnswer({ tier, schemaValid: false, confidence: null }, 1, tiers);
    return verdict.accept || verdict.escalateTo === null ? [tier] : [verdict.escalateTo];
  }

  /** Pictures go to tiers with a model that reads them, where there are such. */
  function seeing(request: ModelRequest): readonly Tier[] {
    if (!request.context.some(item => item.role === 'user' && item.images)) return tiers;
    const models = [...(call.only ? [] : catalog.endpoints), ...own.endpoints].flatMap(each => each.models);
    const able = tiers.filter(tier =>
      models.some(model => model.tier === tier && model.capabilities.includes('images')),
    );
    return able.length > 0 ? able : tiers;
  }

  /** Undefined where there is nothing to choose. */
  function routeFor(request: ModelRequest): Routed | undefined {
    const { tenantId, conversationId, agent } = call;
    const { unfit, schema, tools } = request;
    const messages = request.context.map(item => ({ role: item.role, content: textOf(item) }));
    if (tiers.length < 2) return undefined;
    const open = unfit ? nextAfter(unfit.usage.tier as Tier) : seeing(request);
    const chat = { ...routeOfChat({ messages, tools }), schema };
    return router.decide({ ...chat, tenantId, conversationId, agent, tiers: open });
  }

  function providerAt({ endpoint, model }: Attempt, admitted: AdmittedCall): ModelProvider {
    const key = keyOf(endpoint) ?? '';
    return openAiProvider({
      baseUrl: baseOf(endpoint, model),
      query: queryOf(endpoint),
      headers: endpoint.dialect === 'azure' ? { 'api-key': key } : {},
      apiKey: key,
      fetch: fetchOf(endpoint),
      model: model.id,
      tier: model.tier,
      images: model.capabilities.includes('images'),
      timeoutMs: call.timeMs,
      maxTokens: admitted.mostOutput,
      maxRetries: 0, // the gate asks again, elsewhere if it can
    });
  }

  async function attemptAt(
    admitted: AdmittedCall,
    spoken: Spoken,
    signal: AbortSignal,
    race: Race,
  ): Promise<ModelReply> {
    const attempt = admitted.begin();
    const { request, finish } = spoken.next(attempt, signal, race);
    const { tier, id: model } = attempt.model;
    try {
      const reply = await providerAt(attempt, admitted).complete(request);
      finish();
      const { inputTokens, outputTokens } = reply.usage;
      admitted.end(attempt, 'ok', { inputTokens, cachedInputTokens: 0, outputTokens });
      return { ...reply, text: spoken.text, usage: { ...reply.usage, costMicroUsd: admitted.spentMicro } };
    } catch (error) {
      const lost = race.lost();
      const counted = spoken.counted(admitted.request.inputTokens, lost);
      const said = counted.outputTokens > 0;
      if (spoken.cut && !lost) {
        admitted.end(attempt, 'cut-off', counted, { measured: false });
        if (spoken.text === '') throw error;
        const { inputTokens, outputTokens } = counted;
        const costMicroUsd = admitted.spentMicro;
        return spoken.courteousEnd({ tier, model, inputTokens, outputTokens, costMicroUsd });
      }
      const refused = toTroupeError(error).code === 'model-refused';
      const failed = refused ? 'refused' : said ? 'broken-off' : 'failed';
      const outcome = lost ? 'hedge-lost' : signal.aborted ? 'cancelled' : failed;
      // What was said is paid: the provider bills it too.
      const used = said || signal.aborted ? counted : undefined;
      admitted.end(attempt, outcome, used, { measured: false });
      throw error;
    } finally {
      spoken.pay();
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
      const { unfit } = request;
      if (unfit?.route) router.tellLater(call.tenantId, Promise.resolve(true), invalidAnswer(unfit.route));
      const routed = routeFor(request);
      // What is said of a decision later must find it: an answer names the one that is kept.
      const kept = routed && router.kept(call.tenantId, routed);
      const admitted = await gate.admit({
        ...call,
        source: 'conversation',
        wanted: { tier: routed?.decision.tier ?? tiers[0]! },
        capability: 'chat',
        inputTokens,
        outputTokens: undefined,
        signal: request.signal,
      });
      const spoken = new Spoken(request, admitted);
      const hedge = gate.hedgeOf(`conversation ${routed?.decision.tier ?? tiers[0]!}`);
      const mayHedge = !gate.level.noHedging && admitted.safeModeBy === undefined;
      gate.retries.began();
      try {
        for (let attempt = 1; ; attempt++) {
          try {
            const startedMs = clock.monotonic();
            const reply = await hedged(
              { admitted, hedge, mayHedge: mayHedge && !spoken.begun, clock, signal: request.signal },
              (signal, race) => attemptAt(admitted, spoken, signal, race),
            );
            if (!routed || !(await kept)) return reply;
            const { costMicroUsd } = reply.usage;
            const latencyMs = Math.round(clock.monotonic() - startedMs);
            return { ...reply, route: { decisionId: routed.decisionId, costMicroUsd, latencyMs } };
          } catch (error) {
            if (
              attempt === ATTEMPTS ||
              request.signal.aborted ||
              // Half a tool call cannot be gone on with: the turn fails, and is told so.
              spoken.tool ||
              toTroupeError(error).code !== 'model-failed' ||
              !gate.retries.take()
            )
              throw error;
            if (!admitted.others)
              await sleep(fullJitter(attempt, RETRY_BASE_MS, RETRY_CAP_MS), request.signal);
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
