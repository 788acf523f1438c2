/** Actions of the stages that agents are promoted through. */
import type { ServiceSchema } from 'moleculer';
import { diffAgent, listStages, promoteAgent, rollBackAgent } from '../../lib/contracts/control.contracts.ts';
import { differences } from '../../lib/core/agents/diff.ts';
import type { ControlPlane } from '../../lib/io/control-plane.ts';
import type { Database } from '../../lib/io/database.ts';
import { findAgent } from '../../lib/io/sql/agents.ts';
import * as sql from '../../lib/io/sql/control.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { action } from '../../lib/moleculer/action.ts';
import { actorOf } from '../../mixins/audit.middleware.ts';

const MOST_CHANGES = 200;
const missing = () => new TroupeError('not-found', 'There is no agent of that name and version');

export function stageActions(database: Database, plane: ControlPlane): ServiceSchema {
  return {
    name: 'stages',
    actions: {
      promote: action(promoteAgent, async ctx => {
        const { name, stage, version } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        return await plane.change(tenantId, async tx => {
          if (!(await findAgent(tx, name, version))) throw missing();
          const last = (await sql.stageChanges(tx, name, MOST_CHANGES)).find(each => each.stage === stage);
          if (last?.version === version) return { name, stage, version, change: last.change };
          const change = (last?.change ?? 0) + 1;
          await sql.insertStage(tx, { tenantId, name, stage, change, version, by: actorOf(ctx) });
          return { name, stage, version, change };
        });
      }),

      rollback: action(rollBackAgent, async ctx => {
        const { name, stage } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        return await plane.change(tenantId, async tx => {
          const made = (await sql.stageChanges(tx, name, MOST_CHANGES)).filter(each => each.stage === stage);
          const [now] = made;
          if (!now) throw missing();
          const before = made.find(each => each.version !== now.version);
          if (!before) throw new TroupeError('conflict', 'The stage has never pointed elsewhere');
          const { version } = before;
          const change = now.change + 1;
          await sql.insertStage(tx, { tenantId, name, stage, change, version, by: actorOf(ctx) });
          return { name, stage, version, change };
        });
      }),

      list: action(listStages, async ctx => ({
        stages: await database.withTenant(ctx.meta.tenantId!, tx =>
          sql.stageChanges(tx, ctx.params.name, MOST_CHANGES),
        ),
      })),

      diff: action(diffAgent, async ctx => {
        const { name, from, to } = ctx.params;
        const [before, after] = await database.withTenant(ctx.meta.tenantId!, async tx => [
          await findAgent(tx, name, from),
          await findAgent(tx, name, to),
        ]);
        if (!before || !after) throw missing();
        return { differences: differences(before.manifest, after.manifest) };
      }),
    },
  };
}
