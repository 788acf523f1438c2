/**
 * OpenAI's own protocol under `/v1`: `chat/completions`, `embeddings`, `models`, so that its clients work against
 * Troupe unchanged. Stands before Fastify: bytes are passed on, not parsed and written again; what is looked at is
 * what routing, budgets and metering need.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { type CatalogEndpoint, type CatalogModel, tiersOf } from '../../../lib/core/models/catalog.ts';
import { boundRegion } from '../../../lib/core/models/residency.ts';
import { TIERS, type Tier } from '../../../lib/core/routing/early-exit.ts';
import type { Models } from '../../../lib/io/models/open-models.ts';
import { NO_CATALOG } from '../../../lib/io/models/tenant-endpoints.ts';
import type { Control } from '../../../lib/io/open-feature.ts';
import type { Clock } from '../../../lib/kernel/clock.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';
import { newId } from '../../../lib/kernel/ids.ts';
import { describeError, type Log } from '../../../lib/kernel/log.ts';
import { type Identity, refuseKeyInUrl } from '../authentication.ts';
import { type DoorPorts, letIn } from '../let-in.ts';
import { customerOf, outputOf, parse, patienceOf } from './asked.ts';
import { forward } from './forward.ts';
import { keptAnswers } from './kept-answers.ts';
import { type AnswerHeaders, refuse } from './openai-errors.ts';
import { privately } from './privacy.ts';
import { readBody } from './read-body.ts';
import { forwardRouted, type RoutedPorts } from './routed.ts';

export interface OpenAiPorts extends DoorPorts {
  readonly models: Models;
  readonly control: Control;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly bodyLimit: number;
  readonly limitMs: number;
}

/** Bytes that are certain to hold no more than one token each: text of several bytes a token is the rule. */
const BYTES_PER_TOKEN = 3;
const AUTO = 'auto';
/** Handles what is below `/v1/`; answers false for everything else. */
export function openAiDoor(
  ports: OpenAiPorts,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { models, log } = ports;
  const { catalog } = models;
  const hide = privately(ports.control, ports.metrics);
  const kept = keptAnswers(ports.control, models, ports.clock);
  const tiers = tiersOf(catalog);
  const forwarding: RoutedPorts = {
    gate: models.gate,
    router: models.router,
    upstreamOf: models.upstreamOf,
    keyOf: models.keyOf,
    clock: ports.clock,
    limitMs: ports.limitMs,
  };

  function openTiers(tenantId: string): readonly Tier[] {
    const own = tiersOf(models.endpoints.now(tenantId) ?? NO_CATALOG);
    const all = TIERS.filter(tier => tiers.includes(tier) || own.includes(tier));
    return all.length === 0 ? ['LLM'] : models.gate.level.smallTiersOnly ? [all[0]!] : all;
  }

  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    headers: AnswerHeaders,
  ): Promise<void> {
    const identity = await identify(ports, request, headers);
    if (path === '/v1/models' || path.startsWith('/v1/models/'))
      return listModels(request, response, headers, decodeURIComponent(path.slice('/v1/models/'.length)));
    const capability =
      path === '/v1/chat/completions' ? 'chat' : path === '/v1/embeddings' ? 'embeddings' : undefined;
    if (!capability) throw new TroupeError('not-found', `There is no ${path}`);
    if (request.method !== 'POST') throw new TroupeError('method-not-allowed', `${path} takes POST`);
    const region = models.gate.withinRegion(identity.tenantId, () =>
      boundRegion(identity.region, [request.headers['x-data-region']].flat()[0]),
    );
    const limitMs = patienceOf(request.headers['x-stainless-timeout'], ports.limitMs);
    const inTime = limitMs === ports.limitMs ? forwarding : { ...forwarding, limitMs };
    const bytes = await readBody(request, ports.bodyLimit);
    const asked = parse(bytes, capability);
    const keeping =
      capability === 'chat' ? await kept({ identity, asked, region, response, headers }) : undefined;
    if (keeping?.answered) return;
    const hidden = await hide(identity.tenantId, asked);
    const forwarded = {
      headers,
      asked: hidden?.asked ?? asked,
      privately: hidden,
      keep: keeping?.keep,
      path: path.slice('/v1'.length),
      call: {
        tenantId: identity.tenantId,
        plan: identity.plan,
        source: 'api',
        wanted: { model: asked.model },
        capability,
        region,
        conversationId: null,
        customerId: customerOf(asked),
        agent: null,
        inputTokens: Math.ceil(bytes.length / BYTES_PER_TOKEN),
        outputTokens: capability === 'embeddings' ? 0 : outputOf(asked),
      },
    } as const;
    if (asked.model !== AUTO || capability !== 'chat') await forward(inTime, response, forwarded);
    else await forwardRouted(inTime, response, forwarded, asked, openTiers(identity.tenantId));
  }

  /** All models, or the one of that name; a name may hold slashes. */
  function listModels(
    request: IncomingMessage,
    response: ServerResponse,
    headers: AnswerHeaders,
    wanted: string,
  ): void {
    if (request.method !== 'GET') throw new TroupeError('method-not-allowed', '/v1/models takes GET');
    const byId = new Map<string, { endpoint: CatalogEndpoint; model: CatalogModel }>();
    for (const endpoint of catalog.endpoints)
      for (const model of endpoint.models) byId.set(model.id, { endpoint, model });
    const entry = (id: string, owner: string) => ({ id, object: 'model', created: 0, owned_by: owner });
    const data = [
      ...(tiers.length > 0 ? [entry(AUTO, 'troupe')] : []),
      ...Array.from(byId, ([id, { endpoint }]) => entry(id, endpoint.name)),
    ];
    const one = data.find(({ id }) => id === wanted);
    if (wanted !== '' && !one) throw new TroupeError('model-unknown', 'No model of that name is offered');
    const body = JSON.stringify(one ?? { object: 'list', data });
    response.writeHead(200, { ...headers, 'content-type': 'application/json' });
    response.end(body);
  }

  return (request, response) => {
    const { url = '' } = request;
    if (!url.startsWith('/v1/')) return false;
    const query = url.indexOf('?');
    const headers: AnswerHeaders = { 'x-request-id': newId('request') };
    handle(request, response, query < 0 ? url : url.slice(0, query), headers).catch((raw: unknown) => {
      if (response.destroyed || response.writableEnded) return;
      const error = refuse(response, headers, raw);
      if (error.code === 'internal')
        log.error('openai.request-failed', { requestId: headers['x-request-id'], ...describeError(raw) });
    });
    return true;
  };
}

async function identify(
  ports: OpenAiPorts,
  request: IncomingMessage,
  headers: AnswerHeaders,
): Promise<Identity> {
  refuseKeyInUrl(request.url ?? '');
  const identity = await letIn(ports, request, (name, value) => {
    headers[name] = value;
  });
  if (!identity.scopes.includes('models'))
    throw new TroupeError('forbidden', 'This key may not do that; it needs the scope "models"');
  return identity;
}
