/**
 * Actions of the stages that manifests are promoted through. Agents and sources of tools have the same: what differs
 * is where their versions stand.
 */
import type { ActionSchema, ServiceSchema } from 'moleculer';
import { agentStages, toolStages } from '../../lib/contracts/stages.contracts.ts';
import { differences } from '../../lib/core/agents/diff.ts';
import { manifestOf } from '../../lib/core/tools/tool-source.ts';
import type { ControlPlane } from '../../lib/io/control-plane.ts';
import type { Database, Transaction } from '../../lib/io/database.ts';
import { agentVersions, findAgent } from '../../lib/io/sql/agents.ts';
import * as sql from '../../lib/io/sql/control.ts';
import { findSource, sourceVersions } from '../../lib/io/sql/tool-sources.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { action } from '../../lib/moleculer/action.ts';
import { actorOf } from '../../mixins/audit.middleware.ts';

const MOST_CHANGES = 200;
const MOST_VERSIONS = 1_000;

interface Made {
  readonly version: number;
  readonly createdAt: string;
  readonly createdBy: string;
}

/** Where the versions of a registry stand. */
interface Versions {
  readonly kind: sql.RegistryKind;
  /** What a version declares; undefined when there is none. */
  find(tx: Transaction, name: string, version: number): Promise<unknown>;
  all(tx: Transaction, name: string, limit: number): Promise<readonly Made[]>;
}

const AGENTS: Versions = {
  kind: 'agent',
  find: async (tx, name, version) => (await findAgent(tx, name, version))?.manifest,
  all: agentVersions,
};

const TOOLS: Versions = {
  kind: 'tool',
  async find(tx, name, version) {
    const row = await findSource(tx, name, version);
    return row && { ...manifestOf(row.source), tools: row.tools };
  },
  all: sourceVersions,
};

export function stageActions(database: Database, plane: ControlPlane): ServiceSchema {
  const agents = actionsOf(AGENTS, agentStages, database, plane);
  const tools = actionsOf(TOOLS, toolStages, database, plane);
  return {
    name: 'stages',
    actions: {
      ...agents,
      ...Object.fromEntries(Object.entries(tools).map(([verb, schema]) => [`${verb}Tool`, schema])),
    },
  };
}

function actionsOf(
  { kind, find, all }: Versions,
  contracts: typeof agentStages | typeof toolStages,
  database: Database,
  plane: ControlPlane,
): Readonly<Record<string, ActionSchema>> {
  const missing = () => new TroupeError('not-found', `There is no ${kind} of that name and version`);
  const changesOf = async (tx: Transaction, name: string, stage: string) =>
    (await sql.stageChanges(tx, kind, name, MOST_CHANGES)).filter(each => each.stage === stage);

  return {
    promote: action(contracts.promote, async ctx => {
      const { name, stage, version } = ctx.params;
      const tenantId = ctx.meta.tenantId!;
      return await plane.change(tenantId, async tx => {
        if ((await find(tx, name, version)) === undefined) throw missing();
        const [last] = await changesOf(tx, name, stage);
        if (last?.version === version) return { name, stage, version, change: last.change };
        const change = (last?.change ?? 0) + 1;
        await sql.insertStage(tx, kind, { tenantId, name, stage, change, version, by: actorOf(ctx) });
        return { name, stage, version, change };
      });
    }),

    rollback: action(contracts.rollback, async ctx => {
      const { name, stage } = ctx.params;
      const tenantId = ctx.meta.tenantId!;
      return await plane.change(tenantId, async tx => {
        const made = await changesOf(tx, name, stage);
        const [now] = made;
        if (!now) throw missing();
        const before = made.find(each => each.version !== now.version);
        if (!before || (await find(tx, name, before.version)) === undefined)
          throw new TroupeError('conflict', 'The stage has never pointed elsewhere');
        const { version } = before;
        const change = now.change + 1;
        await sql.insertStage(tx, kind, { tenantId, name, stage, change, version, by: actorOf(ctx) });
        return { name, stage, version, change };
      });
    }),

    list: action(contracts.list, async ctx => ({
      stages: await database.withTenant(ctx.meta.tenantId!, tx =>
        sql.stageChanges(tx, kind, ctx.params.name, MOST_CHANGES),
      ),
    })),

    versions: action(contracts.versions, async ctx => ({
      versions: (
        await database.withTenant(ctx.meta.tenantId!, tx => all(tx, ctx.params.name, MOST_VERSIONS))
      ).map(({ version, createdAt, createdBy }) => ({ version, createdAt, createdBy })),
    })),

    diff: action(contracts.diff, async ctx => {
      const { name, from, to } = ctx.params;
      const [before, after] = await database.withTenant(ctx.meta.tenantId!, async tx => [
        await find(tx, name, from),
        await find(tx, name, to),
      ]);
      if (before === undefined || after === undefined) throw missing();
      return { differences: differences(before, after) };
    }),
  };
}
