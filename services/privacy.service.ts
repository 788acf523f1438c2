/**
 * Owns that tenants and what is kept of them can leave: export, erasure after a time of grace, retention. Any number of
 * nodes look for what is due; doing it twice does no harm.
 */
import type { ServiceSchema } from 'moleculer';
import {
  cancelErasure,
  exportTenant,
  findErasure,
  putRetention,
  readRetention,
  requestErasure,
} from '../lib/contracts/privacy.contracts.ts';
import { addReports, type ErasurePorts, type ErasureReport, eraseTenant } from '../lib/io/eraser.ts';
import * as sql from '../lib/io/sql/privacy.ts';
import {
  asEraser,
  type ExportCursor,
  exportPage,
  NOT_EXPORTED,
  tenantTables,
} from '../lib/io/sql/tenant-tables.ts';
import type { Clock, Timer } from '../lib/kernel/clock.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { describeError, type Log } from '../lib/kernel/log.ts';
import { action } from '../lib/moleculer/action.ts';
import { actorOf } from '../mixins/audit.middleware.ts';

const HOUR_MS = 3_600_000;
const GRACE_HOURS = 720;
const LOOK_MS = 5_000;
/** What writes once more after its tenant has gone does so within this time. */
const AGAIN_MS = 600_000;
/** Looks between two that also sweep after such writers and forget old conversations. */
const SELDOM = 12;
const RETENTION_BATCH = 200;
const PAGE = 500;

export function privacyService(ports: ErasurePorts & { clock: Clock; log: Log }): ServiceSchema {
  const { database, clock, log } = ports;
  let timer: Timer | undefined;
  let stopped = false;
  let looks = 0;

  async function erase(tenantId: string): Promise<void> {
    const before = (await sql.findErasure(database, tenantId))?.report as ErasureReport | null;
    const report = addReports(before, await eraseTenant(ports, tenantId));
    if (report.remaining > 0)
      throw new TroupeError('unavailable', 'Rows of an erased tenant are left; it is tried again');
    await sql.keepReport(database, tenantId, clock.now(), report);
  }

  async function forgetOld(): Promise<void> {
    for (const { tenantId, days } of await sql.allRetentions(database)) {
      const before = clock.now() - days * 24 * HOUR_MS;
      await asEraser(database, tenantId, async tx => {
        await sql.forgetConversations(tx, before, RETENTION_BATCH);
        await sql.forgetWork(tx, before, RETENTION_BATCH);
      });
    }
  }

  async function look(): Promise<void> {
    try {
      const seldom = looks++ % SELDOM === 0;
      const due = await sql.dueErasures(database, clock.now(), seldom ? AGAIN_MS : 0);
      for (const tenantId of due) await erase(tenantId);
      if (seldom) await forgetOld();
    } catch (error) {
      log.warn('privacy.look-failed', describeError(error));
    }
    if (!stopped) timer = clock.after(LOOK_MS, () => void look());
  }

  return {
    name: 'privacy',
    actions: {
      export: action(exportTenant, async ctx => {
        const { limit = PAGE } = ctx.params;
        const tables = (await tenantTables(database))
          .map(({ name }) => name)
          .filter(name => !NOT_EXPORTED.has(name));
        const from = ctx.params.cursor ? readCursor(ctx.params.cursor) : { table: tables[0]! };
        if (!tables.includes(from.table))
          throw new TroupeError('validation-failed', 'That is no cursor of an export');
        const { rows, next } = await exportPage(database, ctx.meta.tenantId!, tables, from, limit);
        return {
          rows,
          ...(next ? { next: Buffer.from(JSON.stringify(next)).toString('base64url') } : {}),
        };
      }),

      erase: action(requestErasure, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        if (ctx.params.confirm !== tenantId)
          throw new TroupeError('validation-failed', 'To erase the tenant, give its id as `confirm`');
        const eraseAt = clock.now() + (ctx.params.graceHours ?? GRACE_HOURS) * HOUR_MS;
        await database.withTenant(tenantId, tx =>
          sql.requestErasure(tx, { tenantId, by: actorOf(ctx), eraseAt }),
        );
        return { eraseAt: new Date(eraseAt).toISOString() };
      }),

      keep: action(cancelErasure, async ctx => {
        if (!(await database.withTenant(ctx.meta.tenantId!, tx => sql.cancelErasure(tx))))
          throw new TroupeError('not-found', 'Nobody has asked for this tenant to be erased');
        return {};
      }),

      erasure: action(findErasure, async ctx => {
        const found = await sql.findErasure(database, ctx.params.tenantId);
        return {
          eraseAt: found?.eraseAt ?? null,
          erasedAt: found?.erasedAt ?? null,
          report: found?.report ?? null,
        };
      }),

      retention: action(readRetention, async ctx => {
        const { conversationDays, eraseAt } = await database.withTenant(ctx.meta.tenantId!, tx =>
          sql.retentionOf(tx),
        );
        return { conversationDays, eraseAt: eraseAt?.toISOString() ?? null };
      }),

      retain: action(putRetention, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        const { conversationDays } = ctx.params;
        await database.withTenant(tenantId, tx => sql.putRetention(tx, tenantId, conversationDays));
        return { conversationDays };
      }),
    },
    async started() {
      timer = clock.after(LOOK_MS, () => void look());
    },
    async stopped() {
      stopped = true;
      timer?.cancel();
    },
  };
}

function readCursor(text: string): ExportCursor {
  try {
    const { table, after } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as ExportCursor;
    if (typeof table === 'string' && (after === undefined || after.every(each => typeof each === 'string')))
      return { table, ...(after ? { after } : {}) };
  } catch {
    // told below: whatever is wrong with it, it is not a cursor of ours
  }
  throw new TroupeError('validation-failed', 'That is no cursor of an export');
}
