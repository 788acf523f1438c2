/**
 * The unit `ingestion`: accepts documents, works on them afterwards, tells how far it is; and gives documents the
 * vectors that they lack. What is accepted is committed; tokens of the work queue only say where there is work.
 */
import type { ServiceSchema } from 'moleculer';
import * as contracts from '../../lib/contracts/ingestion.contracts.ts';
import { type Caller, KEEPER, readerOf } from '../../lib/core/knowledge/access.ts';
import type { Transaction } from '../../lib/io/database.ts';
import * as sql from '../../lib/io/sql/ingestion.ts';
import {
  listProgress,
  type ProgressRow,
  readItems,
  readProgress,
} from '../../lib/io/sql/ingestion-progress.ts';
import { dropOldUploads, moveUploads } from '../../lib/io/sql/ingestion-upload.ts';
import { askForSpace } from '../../lib/io/sql/knowledge-vectors.ts';
import { openWorkQueue, type WorkQueue } from '../../lib/io/work-queue.ts';
import { sleep, systemClock, untilLook } from '../../lib/kernel/clock.ts';
import type { Config } from '../../lib/kernel/config.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { describeError } from '../../lib/kernel/log.ts';
import { action, type Meta } from '../../lib/moleculer/action.ts';
import { checkAccess, given } from './document-access.ts';
import { embedDue } from './embed-passages.ts';
import { ingestionWorker } from './ingestion-worker.ts';
import type { WorkerPorts } from './page-steps.ts';

export interface IngestionPorts extends WorkerPorts {
  readonly config: Config;
}

const AT_ONCE = 2;
/** Between two looks at what is due: after a failure, after a crash. What is accepted here is taken up at once. */
const POLL_MS = 1_000;
const INGESTIONS_AT_ONCE = 100;
const MOST_ITEMS = 500;
const DEFAULT_LIMIT = 20;
const notFound = () => new TroupeError('not-found', 'There is no ingestion of that id');

export function ingestionService(ports: IngestionPorts): ServiceSchema {
  const { database, embedder, log, config } = ports;
  const stopping = new AbortController();
  const work = ingestionWorker(ports);
  let queue: WorkQueue | undefined;
  let looking: Promise<void> | undefined;

  const token = (tenantId: string, ingestionId: string) => `${tenantId}/${ingestionId}`;

  /** One item, then to the end of the queue: an ingestion of thousands does not keep the others waiting. */
  async function handle(each: string): Promise<void> {
    const [tenantId, ingestionId] = each.split('/') as [string, string];
    if ((await work(tenantId, ingestionId)) && !stopping.signal.aborted) await queue?.offer(each);
  }

  async function look(): Promise<void> {
    for (let round = 0; !stopping.signal.aborted; round++) {
      try {
        const due = await sql.dueIngestions(database, INGESTIONS_AT_ONCE);
        for (const { tenantId, ingestionId } of due) await queue?.offer(token(tenantId, ingestionId));
        if (round % 600 === 0) await dropOldUploads(database);
        while (!stopping.signal.aborted && (await embedDue(database, embedder, log)));
      } catch (error) {
        log.warn('ingestion.look-failed', describeError(error));
      }
      await sleep(untilLook(systemClock, POLL_MS), stopping.signal).catch(() => {});
    }
  }

  const asReader = <T>(meta: Meta, read: (tx: Transaction) => Promise<T>) =>
    database.withTenant(meta.tenantId!, read, readerOf(meta));

  async function own(meta: Meta, ingestionId: string): Promise<ProgressRow> {
    const row = await asReader(meta, tx => readProgress(tx, ingestionId));
    if (!row) throw notFound();
    return row;
  }

  return {
    name: 'ingestion',
    async started() {
      queue = await openWorkQueue({ config, name: 'ingestion', atOnce: AT_ONCE, handle, log });
      if (config.TROUPE_MODE === 'embedded') await sql.freeTaken(database);
      await askForSpace(database, embedder.space);
      looking = look();
    },
    async stopped() {
      stopping.abort();
      await looking;
      await queue?.close();
    },
    actions: {
      start: action(contracts.startIngestion, async ctx => {
        const { title, text, file, uploads, urls, sitemap, source, metadata, ...rules } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        if (
          [text, uploads, urls, sitemap].filter(each => each !== undefined).length !== 1 ||
          file !== undefined
        )
          throw new TroupeError('validation-failed', 'Give one of "text", "file", "urls" and "sitemap"');
        if ((urls ?? []).join('').length > contracts.MOST_ADDRESS_CHARACTERS)
          throw new TroupeError(
            'validation-failed',
            `All addresses together have at most ${contracts.MOST_ADDRESS_CHARACTERS} characters`,
          );
        if (text !== undefined && title === undefined)
          throw new TroupeError('validation-failed', 'A text has a "title"');
        const access = given(rules);
        checkAccess(ctx.meta, access);
        const ingestionId = newId('ingestion');
        const kind = uploads ? 'file' : text !== undefined ? 'text' : urls ? 'urls' : 'sitemap';
        const spec = { title, source, metadata, access, caller: callerOf(ctx.meta) };
        const items = await database.withTenant(
          tenantId,
          async tx => {
            const row = { tenantId, ingestionId, kind, spec } as const;
            const label = title ?? sitemap ?? urls?.[0] ?? 'files';
            await sql.insertIngestion(tx, { ...row, label: label.slice(0, 500) });
            if (uploads) {
              const names = await moveUploads(tx, ingestionId, uploads);
              if (names.length !== uploads.length)
                throw new TroupeError('validation-failed', 'An upload is not there');
              return names.length;
            }
            const body = text === undefined ? undefined : Buffer.from(text);
            const made: readonly sql.NewItem[] = body
              ? [{ name: title!, step: 'index', mediaType: 'text/markdown; charset=utf-8', body }]
              : urls
                ? [...new Set(urls)].map(name => ({ name, step: 'fetch' as const }))
                : [{ name: sitemap!, step: 'sitemap' }];
            return await sql.addItems(tx, tenantId, ingestionId, made);
          },
          KEEPER,
        );
        await queue?.offer(token(tenantId, ingestionId)).catch((error: unknown) => {
          // It is committed: whoever looks for work finds it.
          log.warn('ingestion.offer-failed', describeError(error));
        });
        return { ingestionId, items };
      }),

      list: action(contracts.listIngestions, async ctx => {
        const { cursor, limit = DEFAULT_LIMIT } = ctx.params;
        const rows = await asReader(ctx.meta, tx => listProgress(tx, cursor, limit));
        return {
          ingestions: rows.map(headOf),
          next: rows.length === limit ? rows.at(-1)!.ingestion_id : null,
        };
      }),

      read: action(contracts.readIngestion, async ctx => {
        const { ingestionId } = ctx.params;
        const head = headOf(await own(ctx.meta, ingestionId));
        return { ...head, items: await asReader(ctx.meta, tx => readItems(tx, ingestionId, MOST_ITEMS)) };
      }),

      replay: action(contracts.replayIngestion, async ctx => {
        const { ingestionId } = ctx.params;
        await own(ctx.meta, ingestionId);
        const tenantId = ctx.meta.tenantId!;
        const replayed = await database.withTenant(tenantId, tx => sql.replayItems(tx, ingestionId), KEEPER);
        if (replayed) await queue?.offer(token(tenantId, ingestionId));
        return { replayed: replayed ?? 0 };
      }),

      cancel: action(contracts.cancelIngestion, async ctx => {
        const { ingestionId } = ctx.params;
        await own(ctx.meta, ingestionId);
        return {
          cancelled: await database.withTenant(
            ctx.meta.tenantId!,
            tx => sql.cancelItems(tx, ingestionId),
            KEEPER,
          ),
        };
      }),
    },
  };
}

function callerOf({ scopes, role, customerId }: Meta): Caller {
  return { ...(scopes ? { scopes } : {}), ...(role ? { role } : {}), ...(customerId ? { customerId } : {}) };
}

function headOf(row: ProgressRow) {
  const { waiting, running, done, unchanged, gone, failed } = row;
  const working = waiting + running > 0;
  const state = row.cancelled ? 'cancelled' : working ? 'working' : failed > 0 ? 'failed' : 'done';
  return {
    ingestionId: row.ingestion_id,
    kind: row.kind,
    label: row.label,
    state: state as 'working' | 'done' | 'failed' | 'cancelled',
    counts: { waiting, running, done, unchanged, gone, failed },
    createdAt: row.created_at.toISOString(),
    finishedAt: working ? null : (row.finished_at?.toISOString() ?? null),
  };
}
