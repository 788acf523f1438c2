/**
 * Owns the calls of models: picks the tenant's provider, gives it instructions and tools, streams its text, and
 * ends it when the caller no longer wants it.
 */
import type { ServiceSchema } from 'moleculer';
import type { Registry } from 'prom-client';
import { resolveAgent } from '../lib/contracts/agents.contracts.ts';
import type { ChatItem, EffectClass } from '../lib/contracts/chat.ts';
import { completeModel, listTools } from '../lib/contracts/platform.contracts.ts';
import type { SettingsAgent } from '../lib/core/agents/manifest.ts';
import { promptPrivacy } from '../lib/core/dlp/prompt-policy.ts';
import { answersPolicy } from '../lib/core/models/answer-cache.ts';
import type { ToolDeclaration } from '../lib/core/offline/declaration.ts';
import type { RecordedMessage } from '../lib/core/replay/replay.ts';
import type { Database } from '../lib/io/database.ts';
import { offlineProvider } from '../lib/io/models/offline.ts';
import type { Models } from '../lib/io/models/open-models.ts';
import { completePrivately } from '../lib/io/models/private-prompt.ts';
import type { ModelProvider, ModelRequest } from '../lib/io/models/provider.ts';
import { replayProvider } from '../lib/io/models/replay.ts';
import type { Control } from '../lib/io/open-feature.ts';
import { readTenant } from '../lib/io/sql/tenants.ts';
import type { Clock } from '../lib/kernel/clock.ts';
import type { Config } from '../lib/kernel/config.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { action, call, remainingMs } from '../lib/moleculer/action.ts';
import { type StreamRegistry, StreamSender } from '../lib/moleculer/streams.ts';
import { countRedactions } from '../mixins/metrics.middleware.ts';
import { askAgent } from './model/agent-call.ts';
import { withFiles } from './model/attachments.ts';
import { withMemory } from './model/customer-memory.ts';
import { customerOf } from './model/customer-of.ts';
import { type GatedCall, gatedProvider } from './model/gated-provider.ts';
import { KeptAnswers } from './model/kept-answers.ts';
import { type SettingsModel, settingsEndpoint } from './model/settings-endpoint.ts';

/** What a tenant's settings say of its agents and its model. */
export interface ModelSettings {
  readonly agents?: readonly SettingsAgent[];
  /** Where models of this tenant must compute; absent is anywhere. */
  readonly region?: string;
  readonly model?:
    | { readonly provider: 'offline' }
    | (SettingsModel & { readonly provider: 'openai' })
    | {
        readonly provider: 'replay';
        readonly episode: readonly RecordedMessage[];
        readonly effects?: Readonly<Record<string, EffectClass>>;
      };
}

/** What no call is waited for. */
const LONGEST_MS = 600_000;
const DEFAULT_INSTRUCTIONS =
  'You are the support assistant of this business. Answer from the passages that search_knowledge gives and from tools only; say so when you do not know, and offer a person.';

export function modelService(ports: {
  config: Config;
  database: Database;
  streams: StreamRegistry;
  models: Models;
  control: Pick<Control, 'plane'>;
  metrics: Registry;
  clock: Clock;
}): ServiceSchema {
  const { config, database, streams, models, control, clock } = ports;
  const hidden = countRedactions(ports.metrics)('prompt');
  const running = new Map<string, AbortController>();
  const offline = offlineProvider();
  const kept = new KeptAnswers(models);
  async function providerOf({ model }: ModelSettings, own: GatedCall): Promise<ModelProvider> {
    if (model?.provider === 'openai')
      return gatedProvider(models, { ...own, only: settingsEndpoint(own.tenantId, model) }, clock);
    if (model?.provider === 'replay') return replayProvider(model.episode);
    if (model?.provider === 'offline') return offline;
    const { endpoints } = await models.endpoints.of(own.tenantId);
    if (models.catalog.endpoints.length + endpoints.length === 0) return offline;
    return gatedProvider(models, own, clock);
  }

  /** A picture cannot be made free of personal data: a tenant that keeps such from models shows none. */
  async function filesShown(
    tenantId: string,
    conversationId: string | null,
    context: readonly ChatItem[],
    images: boolean,
  ): Promise<readonly ChatItem[]> {
    if (conversationId === null || !context.some(item => item.role === 'user' && item.attachments))
      return context;
    return await withFiles({ database, tenantId, conversationId }, context, images);
  }

  return {
    name: 'model',
    events: {
      'model.cancelled': (ctx: { params: { callId: string } }) =>
        running.get(ctx.params.callId)?.abort(new Error('the caller no longer wants this answer')),
    },
    actions: {
      complete: action(completeModel, async ctx => {
        const { callId, conversationId = null, agent, version, last, context, stream } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const { plan, settings } = (await readTenant(database, tenantId)) as {
          plan: string;
          settings: ModelSettings;
        };
        const { manifest, pin } = await call(ctx, resolveAgent, {
          agent,
          ...(version === undefined ? {} : { version }),
        });
        const { tools } = await call(ctx, listTools, {
          agent: pin?.name ?? null,
          version: pin?.version ?? 0,
        });
        const declarations = tools.map(
          ({ parameters, ...tool }) => ({ ...tool, params: parameters }) as unknown as ToolDeclaration,
        );
        const controller = new AbortController();
        running.set(callId, controller);
        const leftMs = remainingMs(ctx, clock.now());
        const late = clock.after(Math.min(leftMs, LONGEST_MS), () =>
          controller.abort(new TroupeError('timeout', 'Nobody waits for this answer any more')),
        );
        const sender =
          stream &&
          new StreamSender(ctx.broker, streams, stream, () =>
            controller.abort(new Error('the reader of this answer has gone')),
          );
        try {
          const provider = await providerOf(settings, {
            tenantId,
            plan,
            region: settings.region ?? null,
            conversationId,
            customerId: await customerOf(database, models, { tenantId, plan }, conversationId),
            agent: pin?.name ?? agent,
            timeMs: Math.min(config.TROUPE_MODEL_TIMEOUT_MS, leftMs),
          });
          const privacy = promptPrivacy((await control.plane.config(tenantId, 'default', 'privacy'))?.value);
          const complete = (request: ModelRequest) =>
            privacy ? completePrivately(provider, request, privacy, hidden) : provider.complete(request);
          const asked = {
            instructions: await withMemory(ctx, manifest, conversationId, DEFAULT_INSTRUCTIONS),
            context: await filesShown(tenantId, conversationId, context, privacy === undefined),
            tools: declarations,
            onText: (text: string, offset: number) => sender?.send({ text, offset }),
          };
          const region = settings.region ?? null;
          const keeping = provider.name === 'gate' && last === undefined;
          const policy = keeping
            ? answersPolicy((await control.plane.config(tenantId, 'default', 'answers'))?.value)
            : undefined;
          const reply = await kept.answer(
            { ...asked, policy, tenantId, region, conversationId, agent: pin?.name ?? agent, manifest },
            () => askAgent(complete, { ...asked, manifest, last, signal: controller.signal }),
          );
          await sender?.flushed(); // who hears the reply stops listening to the stream
          const declared = Object.fromEntries(tools.map(tool => [tool.name, tool.effect]));
          return {
            reply,
            ...(pin ? { pin } : {}),
            effects:
              settings.model?.provider === 'replay' ? { ...declared, ...settings.model.effects } : declared,
          };
        } finally {
          late.cancel();
          running.delete(callId);
        }
      }),
    },
  };
}
