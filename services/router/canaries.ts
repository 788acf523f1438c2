/** Canaries of the router's policy: begun, listed and ended by the tenant; judged as outcomes come. */
import { canaryReport, NEW_CANARY } from '../../lib/core/routing/canary.ts';
import type { RoutePolicy } from '../../lib/core/routing/learnt-router.ts';
import type { Database } from '../../lib/io/database.ts';
import type { LearntRouters } from '../../lib/io/routing/learnt-routers.ts';
import {
  type CanaryRow,
  insertCanary,
  listCanaries,
  lockCanary,
  writeCanary,
} from '../../lib/io/sql/routing.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';

const DEFAULT_SHARE = 0.1;

export interface Canaries {
  start(tenantId: string, candidate: RoutePolicy, share: number | undefined): Promise<{ canaryId: string }>;
  list(tenantId: string, limit: number): Promise<ReturnType<typeof shown>[]>;
  stop(tenantId: string, canaryId: string): Promise<'rolled-back' | 'promoted'>;
}

export function canaries(database: Database, routers: LearntRouters): Canaries {
  return {
    async start(tenantId, candidate, share = DEFAULT_SHARE) {
      if (candidate.tier === undefined && candidate.sufficesAt === undefined)
        throw new TroupeError('validation-failed', 'A candidate names a tier or a probability');
      const canaryId = newId('canary');
      const begun = await database.withTenant(tenantId, tx =>
        insertCanary(tx, tenantId, { canaryId, candidate, share, state: NEW_CANARY }),
      );
      if (!begun) throw new TroupeError('conflict', 'Another canary of this tenant is running');
      routers.expire(tenantId);
      return { canaryId };
    },
    async list(tenantId, limit) {
      const rows = await database.withTenant(tenantId, tx => listCanaries(tx, limit));
      return rows.map(shown);
    },
    async stop(tenantId, canaryId) {
      const status = await database.withTenant(tenantId, async tx => {
        const row = await lockCanary(tx, canaryId);
        if (!row) throw new TroupeError('not-found', 'There is no canary of that id');
        if (row.status !== 'running') return row.status;
        await writeCanary(tx, canaryId, { ...row.state, status: 'rolled-back' });
        return 'rolled-back' as const;
      });
      routers.expire(tenantId);
      return status;
    },
  };
}

function shown(row: CanaryRow) {
  const { control, candidate, difference, low, high, pValue } = canaryReport(row.state);
  return {
    canaryId: row.canaryId,
    status: row.status,
    candidate: row.candidate,
    share: row.share,
    startedAt: row.startedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    outcomes: { control, candidate },
    difference,
    low,
    high,
    pValue,
  };
}
