/**
 * Owns the tools that agents call: which there are for a tenant and an agent, that arguments fit, and that nothing is
 * run which was not allowed. Built-in tools, those of declared sources, and those of a recorded episode.
 */
import type { ServiceSchema } from 'moleculer';
import type { Registry } from 'prom-client';
import { type AgentManifest, resolveAgent } from '../lib/contracts/agents.contracts.ts';
import { searchKnowledge } from '../lib/contracts/knowledge.contracts.ts';
import { callTool, listTools, lookUpTool } from '../lib/contracts/platform.contracts.ts';
import { FORGET_TOOL, MEMORY_TOOLS, REMEMBER_TOOL } from '../lib/core/agents/customer-memory.ts';
import { HAND_OFF_TOOL, handOffTool, mayUse } from '../lib/core/agents/manifest.ts';
import { quotedPassages } from '../lib/core/knowledge/injection.ts';
import type { ToolDeclaration } from '../lib/core/offline/declaration.ts';
import { SHOP_TOOLS } from '../lib/core/shop/tools.ts';
import type { Database } from '../lib/io/database.ts';
import type { FieldSealer } from '../lib/io/field-sealer.ts';
import type { SafeFetch } from '../lib/io/safe-fetch.ts';
import { recordedEffect } from '../lib/io/sql/shop.ts';
import { readSettings } from '../lib/io/sql/tenants.ts';
import { findToolCall } from '../lib/io/sql/tool-sources.ts';
import type { Clock } from '../lib/kernel/clock.ts';
import { type Config, mcpCommands } from '../lib/kernel/config.ts';
import { action, type Call, call } from '../lib/moleculer/action.ts';
import { isShopTool, parseArguments, runShopTool, SEARCH_TOOL } from './tools/built-in-tools.ts';
import { callExternal, type ExternalPorts, refusal, sourcesOf } from './tools/external-tools.ts';
import { useMemory } from './tools/memory-tool.ts';
import { protectCalls } from './tools/protected-calls.ts';
import { callRecordedTool, type RecordedToolset, recordedToolList } from './tools/recorded-tools.ts';
import { createSafetyCounter } from './tools/safety-metrics.ts';
import { sourceActions } from './tools/source-actions.ts';

export interface ToolsPorts {
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly outbound: SafeFetch;
  readonly sealer: FieldSealer;
  readonly metrics: Registry;
}

const PASSAGES = 5;

/** What a tenant's settings say of its tools. A tenant whose tools are those of a recorded episode has no others. */
interface ToolSettings {
  readonly toolsets?: readonly string[];
  readonly recordedTools?: RecordedToolset;
}

type OfAgent = Call<{ readonly agent?: string | null; readonly version?: number }>;

export function toolsService({
  config,
  database,
  clock,
  outbound,
  sealer,
  metrics,
}: ToolsPorts): ServiceSchema {
  const violated = createSafetyCounter(metrics);
  const external: ExternalPorts = {
    database,
    outbound,
    sealer,
    commands: mcpCommands(config),
    protect: protectCalls(clock),
    violated,
  };

  const settingsOf = async (tenantId: string) => (await readSettings(database, tenantId)) as ToolSettings;

  const callerOf = ({ params: { agent, version } }: OfAgent) =>
    agent && version ? { name: agent, version } : undefined;

  async function agentOf(ctx: OfAgent): Promise<AgentManifest | null> {
    const { agent, version } = ctx.params;
    if (!agent) return null;
    return (await call(ctx, resolveAgent, { agent, ...(version ? { version } : {}) })).manifest;
  }

  function builtIn({ toolsets = [] }: ToolSettings, agent: AgentManifest | null): readonly ToolDeclaration[] {
    const handOff = agent && handOffTool(agent);
    const own = toolsets.includes('shop') ? [SEARCH_TOOL, ...SHOP_TOOLS] : [SEARCH_TOOL];
    const memory = agent?.memory === 'customer' ? MEMORY_TOOLS : [];
    return [
      ...own.filter(({ name }) => !agent || mayUse(agent, name)),
      ...(handOff ? [handOff] : []),
      ...memory,
    ];
  }

  const refused = (code: string, message: string) => ({ content: refusal(code, message), failed: true });

  return {
    name: 'tools',
    actions: {
      ...sourceActions(external),

      list: action(listTools, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        const settings = await settingsOf(tenantId);
        if (settings.recordedTools) return { tools: recordedToolList(settings.recordedTools) };
        const agent = await agentOf(ctx);
        const own = builtIn(settings, agent).map(({ name, description, effect, params, hints }) => ({
          name,
          description,
          effect,
          parameters: params as Record<string, unknown>,
          ...(hints ? { hints } : {}),
        }));
        const declared = (await sourcesOf(external, tenantId, callerOf(ctx)))
          .flatMap(({ tools }) => tools)
          .filter(({ name }) => !agent || mayUse(agent, name))
          .map(({ name, description, effect, parameters, compensation }) => ({
            name,
            description,
            effect,
            parameters: { ...parameters },
            ...(compensation ? { compensation } : {}),
          }));
        return { tools: [...own, ...declared].slice(0, 200) };
      }),

      call: action(callTool, async ctx => {
        const { name, idempotencyKey } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const settings = await settingsOf(tenantId);
        if (settings.recordedTools)
          return await callRecordedTool(database, tenantId, settings.recordedTools, ctx.params);
        const agent = await agentOf(ctx);
        const offered = builtIn(settings, agent).find(each => each.name === name);
        if (agent && !offered && !mayUse(agent, name)) {
          violated('not-allowed');
          return refused('tool-not-allowed', 'You may not use that tool');
        }
        if (!offered)
          return (
            (await callExternal(external, ctx, tenantId, { ...ctx.params, caller: callerOf(ctx) })) ??
            refused('tool-unknown', `There is no tool "${name.slice(0, 60)}"`)
          );
        const parsed = parseArguments(offered, ctx.params.arguments);
        if (!parsed.ok) return { content: parsed.content, failed: true };
        if (name === HAND_OFF_TOOL)
          return {
            content: JSON.stringify({ ok: true, result: { handedTo: parsed.value.agent } }),
            failed: false,
          };
        if (name === REMEMBER_TOOL || name === FORGET_TOOL)
          return await useMemory(ctx, name === FORGET_TOOL, parsed.value);
        if (isShopTool(name)) {
          const ports = { database, clock };
          return {
            content: await runShopTool(ports, tenantId, name, parsed.value, idempotencyKey),
            failed: false,
          };
        }
        const { results, answerable, corpus } = await call(ctx, searchKnowledge, {
          query: String(parsed.value.query),
          limit: PASSAGES,
          audience: 'customer',
          noteGap: true,
        });
        const passages = results.map(({ freshness: _, version: __, ...passage }) => passage);
        return {
          content: JSON.stringify({ ...quotedPassages(passages, answerable), corpus }),
          failed: false,
        };
      }),

      lookUp: action(lookUpTool, async ctx => {
        const { idempotencyKey } = ctx.params;
        const [effect, begun] = await database.withTenant(ctx.meta.tenantId!, async tx => [
          await recordedEffect(tx, idempotencyKey),
          await findToolCall(tx, idempotencyKey),
        ]);
        const content = effect ?? begun?.content ?? undefined;
        if (content !== undefined) return { outcome: 'done' as const, content };
        // A tool of ours writes its record with its change; a call outside takes its key before it is made. With
        // neither there was no change, and a call that still comes finds its key taken.
        return { outcome: begun ? ('unknown' as const) : ('absent' as const), content: '' };
      }),
    },
  };
}
