/**
 * The steps of an ingestion that concern other people's sites: reading a sitemap, fetching a page, and removing the
 * document of a page that is gone (unless it is under legal hold, or not the caller's to replace).
 */
import { KEEPER } from '../../lib/core/knowledge/access.ts';
import { sourceOfPage, sourcesGone } from '../../lib/core/knowledge/page-source.ts';
import { MOST_PAGES, MOST_SITEMAPS, readSitemap } from '../../lib/core/knowledge/sitemap.ts';
import type { Transaction } from '../../lib/io/database.ts';
import { pageFetcher, sitemapText } from '../../lib/io/documents/fetch-page.ts';
import type { SafeFetch } from '../../lib/io/safe-fetch.ts';
import * as sql from '../../lib/io/sql/ingestion.ts';
import * as site from '../../lib/io/sql/ingestion-site.ts';
import { findBySource } from '../../lib/io/sql/knowledge-access.ts';
import { deleteDocument } from '../../lib/io/sql/knowledge-documents.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { hasCode, TroupeError } from '../../lib/kernel/errors.ts';
import type { Log } from '../../lib/kernel/log.ts';
import { mayReplace, type TakeInPorts } from './take-in.ts';

export interface WorkerPorts extends TakeInPorts {
  readonly outbound: SafeFetch;
  readonly clock: Clock;
  readonly log: Log;
}

interface Place {
  readonly tenantId: string;
  readonly ingestionId: string;
}
type Step = (place: Place, item: sql.TakenItem) => Promise<void>;

/** Told of a sitemap that was read only in part. */
const CUT = 'document-too-large';

export function pageSteps(ports: WorkerPorts): Readonly<Record<'sitemap' | 'fetch' | 'remove', Step>> {
  const fetchPage = pageFetcher(ports.outbound, () => ports.clock.now());
  const commit = <T>({ tenantId }: Place, work: (tx: Transaction) => Promise<T>) =>
    ports.database.withTenant(tenantId, work, KEEPER);

  return {
    async sitemap(place, { name, ordinal, label }) {
      const { tenantId, ingestionId } = place;
      const { bytes } = await fetchPage(name);
      const { pages, sitemaps, cut } = readSitemap(sitemapText(bytes), name);
      await commit(place, async tx => {
        const room = Math.max(0, MOST_PAGES + MOST_SITEMAPS - (await sql.countItems(tx, ingestionId)));
        const further = sitemaps.slice(0, Math.max(0, MOST_SITEMAPS - 1));
        await sql.addItems(tx, tenantId, ingestionId, [
          ...further.map(each => ({ name: each, step: 'sitemap' as const })),
          ...pages.slice(0, room).map(each => ({ name: each, step: 'fetch' as const })),
        ]);
        const all = !cut && pages.length <= room && sitemaps.length === further.length;
        await sql.settleItem(tx, { ingestionId, ordinal }, { state: 'done', ...(all ? {} : { code: CUT }) });
        const listed = (await site.listedPages(tx, ingestionId)) ?? [];
        const gone = sourcesGone(listed, await site.sourcesOfSite(tx, label));
        const removals = gone.map(source => ({ name: source, step: 'remove' as const }));
        await sql.addItems(tx, tenantId, ingestionId, removals);
      });
    },

    async fetch(place, { name, ordinal }) {
      const at = { ingestionId: place.ingestionId, ordinal };
      const known = () => commit(place, tx => findBySource(tx, sourceOfPage(name)));
      const page = await fetchPage(name).catch(async (error: unknown) => {
        if (hasCode(error, 'not-found') && (await known())) return undefined;
        throw error;
      });
      await commit(place, tx =>
        page
          ? sql.advanceItem(tx, at, { name, mediaType: page.type, body: page.bytes })
          : sql.turnToRemoval(tx, at),
      );
    },

    async remove(place, { name, ordinal, spec }) {
      const { tenantId, ingestionId } = place;
      const source = sourceOfPage(name);
      const known = await commit(place, tx => findBySource(tx, source));
      if (known && !(await mayReplace(ports.database, { ...spec.caller, tenantId }, known.document_id)))
        throw new TroupeError('conflict', 'The document of that page is not yours to remove');
      await commit(place, async tx => {
        const document = await findBySource(tx, source);
        if (document?.legal_hold) throw new TroupeError('conflict', 'The document is under legal hold');
        const documentId = document?.document_id;
        const same = documentId && (await site.sameElsewhere(tx, ingestionId, documentId));
        if (same) await site.giveSource(tx, documentId, sourceOfPage(same));
        else if (documentId) await deleteDocument(tx, tenantId, documentId);
        const outcome = { state: 'gone' as const, ...(documentId ? { documentId } : {}) };
        await sql.settleItem(tx, { ingestionId, ordinal }, outcome);
      });
    },
  };
}
