/** Owns reading and checking the audit log, and entries that other services make by hand. */
import type { ServiceSchema } from 'moleculer';
import { listAudit, recordAudit, verifyAudit } from '../lib/contracts/audit.contracts.ts';
import type { AuditLog } from '../lib/io/audit-log.ts';
import type { Database } from '../lib/io/database.ts';
import { readEntries, readNewest } from '../lib/io/sql/audit.ts';
import { action } from '../lib/moleculer/action.ts';
import { actorOf } from '../mixins/audit.middleware.ts';

const PAGE = 100;

export function auditService(database: Database, log: AuditLog): ServiceSchema {
  return {
    name: 'audit',
    actions: {
      record: action(recordAudit, async ctx => {
        const { action: name, target, ...detail } = ctx.params;
        return await log.record(ctx.meta.tenantId!, { actor: actorOf(ctx), action: name, target, detail });
      }),

      list: action(listAudit, async ctx => {
        const { after = 0, before, limit = PAGE } = ctx.params;
        const found = await database.withTenant(ctx.meta.tenantId!, tx =>
          before === undefined ? readEntries(tx, after, limit) : readNewest(tx, before, limit),
        );
        return {
          entries: found.map(({ tenantId: _, ...entry }) => entry),
          ...(found.length === limit && found.at(-1)!.seq !== (before === undefined ? 0 : 1)
            ? { next: found.at(-1)!.seq }
            : {}),
        };
      }),

      verify: action(verifyAudit, async ctx => ({ ...(await log.verify(ctx.meta.tenantId!)) })),
    },
  };
}
