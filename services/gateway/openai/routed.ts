/**
 * The model name `auto`: the router picks the tier, and an answer that must satisfy a schema is looked at before it is
 * passed on. One that does not is asked for again at a larger tier; the client sees only the last, and pays for both.
 */
import type { ServerResponse } from 'node:http';
import { routeOfChat, schemaOf } from '../../../lib/core/routing/auto-route.ts';
import { judgeAnswer, type Tier } from '../../../lib/core/routing/early-exit.ts';
import { misfit, schemaFault } from '../../../lib/core/tools/tool-schema.ts';
import { invalidAnswer } from '../../../lib/io/routing/router-memory.ts';
import type { TierRouter } from '../../../lib/io/routing/tier-router.ts';
import type { Asked } from './asked.ts';
import { type ForwardPorts, type ForwardRequest, forward } from './forward.ts';

export interface RoutedPorts extends ForwardPorts {
  readonly router: TierRouter;
}

/** Decides and forwards. `tiers`: those that may be asked, the smallest first. */
export async function forwardRouted(
  ports: RoutedPorts,
  response: ServerResponse,
  request: ForwardRequest,
  asked: Asked,
  tiers: readonly Tier[],
): Promise<void> {
  const { router, clock } = ports;
  const until = clock.monotonic() + ports.limitMs;
  const { tenantId } = request.call;
  // What streams is passed on as it comes: nobody can look at the whole of it first.
  const schema = asked.stream === true ? undefined : usable(schemaOf(asked.response_format));
  const chat = { ...routeOfChat(asked as never), schema };
  let open = tiers;
  let spentMicro = 0;
  for (let attempt = 1; ; attempt++) {
    const routed = router.decide({ ...chat, tenantId, conversationId: null, agent: null, tiers: open });
    const { decisionId, decision } = routed;
    const { tier } = decision;
    const kept = tiers.length > 1 && router.mayKeep() ? router.kept(tenantId, routed, true) : undefined;
    delete request.headers['x-troupe-decision'];
    if (kept) request.headers['x-troupe-decision'] = decisionId;
    const verdict = judgeAnswer({ tier, schemaValid: false, confidence: null }, attempt, tiers);
    const next = verdict.accept ? null : verdict.escalateTo;
    const limitMs = Math.max(1, until - clock.monotonic());
    const refused = await forward({ ...ports, limitMs }, response, {
      ...request,
      call: { ...request.call, wanted: { tier } },
      spentMicro,
      ...(schema && next ? { unfit: (body: string) => !fits(schema, body) } : {}),
    });
    if (!refused || !next) return;
    spentMicro = refused.spentMicro;
    open = [next];
    if (kept) router.tellLater(tenantId, kept, invalidAnswer({ decisionId, ...refused.served }));
  }
}

function usable(schema: Readonly<Record<string, unknown>> | undefined) {
  return schema && schemaFault(schema) === undefined ? schema : undefined;
}

/** Whether each choice of a completion holds JSON of that shape; one that declines or calls tools has none to judge. */
function fits(schema: Readonly<Record<string, unknown>>, body: string): boolean {
  const { choices } = JSON.parse(body) as {
    choices?: { message?: { content?: unknown; refusal?: unknown; tool_calls?: unknown } }[];
  };
  return (choices ?? []).every(({ message = {} }) => {
    if (message.refusal || message.tool_calls) return true;
    try {
      return misfit(schema, JSON.parse(String(message.content))) === undefined;
    } catch {
      return false; // no JSON at all
    }
  });
}
