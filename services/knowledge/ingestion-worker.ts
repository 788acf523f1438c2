/**
 * Works on an ingestion, item by item. Each step is committed by itself: a page that was fetched is not fetched again
 * after a crash, a document that was taken in is the same document when it is taken in again. What fails is tried again
 * later and later, and at last laid aside with its reason and its file, for a person to replay.
 */
import { type Caller, KEEPER } from '../../lib/core/knowledge/access.ts';
import { sourceOfPage } from '../../lib/core/knowledge/page-source.ts';
import type { Transaction } from '../../lib/io/database.ts';
import { extractBytes } from '../../lib/io/documents/extract.ts';
import * as sql from '../../lib/io/sql/ingestion.ts';
import { noteSite } from '../../lib/io/sql/ingestion-site.ts';
import { fullJitter } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { describeError } from '../../lib/kernel/log.ts';
import { toTroupeError } from '../../lib/moleculer/errors.ts';
import { pageSteps, type WorkerPorts } from './page-steps.ts';
import { takeIn } from './take-in.ts';

/** What a node that died had taken comes again after so long; one that works on says so three times meanwhile. */
const LEASE_MS = 10_000;
const RENEW_MS = LEASE_MS / 3;
const ATTEMPTS = 6;
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 120_000;
const LONGEST_TITLE = 500;

/** Takes the next item that is due; answers whether there was one. */
export function ingestionWorker(ports: WorkerPorts) {
  const pages = pageSteps(ports);

  async function step(tenantId: string, ingestionId: string, item: sql.TakenItem): Promise<void> {
    const place = { ingestionId, ordinal: item.ordinal };
    const commit = (work: (tx: Transaction) => Promise<void>) =>
      ports.database.withTenant(tenantId, work, KEEPER);
    if (item.step !== 'index') return await pages[item.step]({ tenantId, ingestionId }, item);
    const outcome = await index(tenantId, item);
    await commit(async tx => {
      if (item.kind === 'sitemap' && outcome.documentId) {
        const source = sourceOfPage(item.name);
        await noteSite(tx, { documentId: outcome.documentId, source, site: item.label });
      }
      await sql.settleItem(tx, place, outcome);
    });
  }

  async function index(tenantId: string, item: sql.TakenItem): Promise<sql.ItemOutcome> {
    const { kind, name, spec } = item;
    const page = kind === 'urls' || kind === 'sitemap';
    const read = await extractBytes(new Uint8Array(item.body ?? []), { name, type: item.mediaType });
    const title = (page ? undefined : spec.title) ?? read.title ?? headingOf(read.text) ?? name;
    const caller: Caller & { tenantId: string } = { ...spec.caller, tenantId };
    const document = {
      title: title.slice(0, LONGEST_TITLE),
      text: read.text,
      metadata: spec.metadata,
      source: page ? sourceOfPage(name) : (spec.source ?? undefined),
      format: read.format,
      hidden: read.hidden,
    };
    const { id, chunks, unchanged, findings, quality, language } = await takeIn(
      ports,
      caller,
      document,
      spec.access,
    );
    return {
      state: unchanged ? 'unchanged' : 'done',
      documentId: id,
      chunks,
      findings,
      quality,
      language,
    };
  }

  async function failed(
    tenantId: string,
    ingestionId: string,
    item: sql.TakenItem,
    raw: unknown,
  ): Promise<void> {
    const { code, retryable, message } = toTroupeError(raw);
    const detail = message.slice(0, 500);
    const place = { ingestionId, ordinal: item.ordinal };
    // What nobody has foreseen may pass as well: it has its attempts, and its reason in the log.
    const passing = retryable || !(raw instanceof TroupeError);
    const dead = !passing || item.attempts >= ATTEMPTS;
    ports.log.info('ingestion.step-failed', {
      step: item.step,
      attempts: item.attempts,
      dead,
      ...describeError(raw),
    });
    await ports.database.withTenant(
      tenantId,
      tx =>
        dead
          ? sql.settleItem(tx, place, { state: 'dead', code, detail })
          : sql.retryItem(
              tx,
              place,
              { code, detail },
              fullJitter(item.attempts, RETRY_BASE_MS, RETRY_CAP_MS),
            ),
      KEEPER,
    );
  }

  return async (tenantId: string, ingestionId: string): Promise<boolean> => {
    const item = await ports.database.withTenant(
      tenantId,
      tx => sql.takeItem(tx, ingestionId, LEASE_MS),
      KEEPER,
    );
    if (!item) return false;
    const renew = () =>
      ports.database
        .withTenant(tenantId, tx => sql.renewItem(tx, ingestionId, item, LEASE_MS), KEEPER)
        .catch((error: unknown) => ports.log.warn('ingestion.renewal-failed', describeError(error)));
    const renewing = setInterval(renew, RENEW_MS);
    try {
      await step(tenantId, ingestionId, item).catch((error: unknown) =>
        failed(tenantId, ingestionId, item, error),
      );
    } finally {
      clearInterval(renewing);
    }
    return true;
  };
}

function headingOf(text: string): string | undefined {
  return /^#{1,6}\s+(\S.{0,300})$/m.exec(text.slice(0, 2_000))?.[1]?.trim();
}
