/**
 * Owns the agents that tenants declare. A version never changes once it is written, so that a conversation which
 * keeps to it finds the same agent on every node and after every restart.
 */
import type { ServiceSchema } from 'moleculer';
import {
  type AgentManifest,
  getAgent,
  listAgents,
  putAgent,
  resolveAgent,
} from '../lib/contracts/agents.contracts.ts';
import { canonicalJson } from '../lib/core/agents/canonical-json.ts';
import { fromSettings, pinOf, type SettingsAgent } from '../lib/core/agents/manifest.ts';
import { requireMatch } from '../lib/core/http/entity-tag.ts';
import { schemaFault } from '../lib/core/tools/tool-schema.ts';
import type { Database } from '../lib/io/database.ts';
import * as sql from '../lib/io/sql/agents.ts';
import { readSettings } from '../lib/io/sql/tenants.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { action } from '../lib/moleculer/action.ts';
import { actorOf } from '../mixins/audit.middleware.ts';

const MOST_AGENTS = 200;
/** After an agent's name: in the version that its stage `staging` points to, for a trial conversation. */
const STAGING = '@staging';
/** Versions remembered by a node: they never change. */
const MOST_REMEMBERED = 2_000;

export function agentsService(database: Database): ServiceSchema {
  const remembered = new Map<string, AgentManifest>();

  async function ofSettings(tenantId: string): Promise<readonly AgentManifest[]> {
    const { agents = [] } = (await readSettings(database, tenantId)) as { agents?: readonly SettingsAgent[] };
    return agents.map(fromSettings);
  }

  async function versioned(
    tenantId: string,
    name: string,
    version: number,
  ): Promise<AgentManifest | undefined> {
    const key = `${tenantId} ${version} ${name}`;
    const known = remembered.get(key);
    if (known) return known;
    const row = await database.withTenant(tenantId, tx => sql.findAgent(tx, name, version));
    if (!row) return undefined;
    if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    remembered.set(key, row.manifest);
    return row.manifest;
  }

  /** The named agent, or the first: of those declared, else of the settings. A name that is unknown is the first too. */
  async function newest(tenantId: string, name: string | null) {
    const trial = name?.endsWith(STAGING) ? name.slice(0, -STAGING.length) : undefined;
    const [declared, staged] = await database.withTenant(tenantId, async tx => [
      await sql.servingAgents(tx, MOST_AGENTS),
      trial === undefined ? undefined : await sql.stagedAgent(tx, trial, 'staging'),
    ]);
    if (staged) return staged;
    const named = declared.find(({ manifest }) => manifest.name === name);
    if (named) return named;
    const settings = await ofSettings(tenantId);
    const manifest = settings.find(agent => agent.name === name);
    if (manifest) return { manifest, version: 0 };
    return declared[0] ?? (settings[0] && { manifest: settings[0], version: 0 });
  }

  return {
    name: 'agents',
    actions: {
      put: action(putAgent, async ctx => {
        const manifest = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const fault = manifest.answerSchema && schemaFault(manifest.answerSchema);
        if (fault) throw new TroupeError('validation-failed', `answerSchema ${fault}`);
        return await database.withTenant(tenantId, async tx => {
          await sql.lockAgents(tx, tenantId);
          const last = await sql.findAgent(tx, manifest.name, undefined);
          if (last && canonicalJson(last.manifest) === canonicalJson(manifest))
            return { name: manifest.name, version: last.version };
          requireMatch(ctx.meta.precondition, last);
          if (!last && (await sql.newestAgents(tx, MOST_AGENTS)).length >= MOST_AGENTS)
            throw new TroupeError('conflict', `A tenant has at most ${MOST_AGENTS} agents`);
          const version = (last?.version ?? 0) + 1;
          await sql.insertAgent(tx, { tenantId, version, manifest, by: actorOf(ctx) });
          return { name: manifest.name, version };
        });
      }),

      list: action(listAgents, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        const declared = await database.withTenant(tenantId, tx => sql.newestAgents(tx, MOST_AGENTS));
        const names = new Set(declared.map(({ manifest }) => manifest.name));
        const others = (await ofSettings(tenantId)).filter(({ name }) => !names.has(name));
        const agents = [...declared, ...others.map(manifest => ({ version: 0, manifest, createdAt: null }))];
        return { agents: agents.slice(0, MOST_AGENTS) };
      }),

      get: action(getAgent, async ctx => {
        const { name, version } = ctx.params;
        const row = await database.withTenant(ctx.meta.tenantId!, tx => sql.findAgent(tx, name, version));
        if (row) return row;
        const manifest =
          version === undefined || version === 0
            ? (await ofSettings(ctx.meta.tenantId!)).find(agent => agent.name === name)
            : undefined;
        if (!manifest) throw new TroupeError('not-found', 'There is no agent of that name and version');
        return { version: 0, manifest, createdAt: null };
      }),

      resolve: action(resolveAgent, async ctx => {
        const { agent, version } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const kept = agent && version ? await versioned(tenantId, agent, version) : undefined;
        if (kept) return { manifest: kept, pin: pinOf(kept, version!) };
        const found = await newest(tenantId, agent);
        return found
          ? { manifest: found.manifest, pin: pinOf(found.manifest, found.version) }
          : { manifest: null, pin: null };
      }),
    },
  };
}
