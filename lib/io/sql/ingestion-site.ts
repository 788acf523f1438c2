/** What a site lists, and the documents of pages that it no longer lists. Everything here runs inside `withTenant`. */
import type { Transaction } from '../database.ts';

/** Notes of a page's document which sitemap listed it; a document that came from elsewhere in the same words stays as it is. */
export async function noteSite(
  tx: Transaction,
  {
    documentId,
    source,
    site,
  }: { readonly documentId: string; readonly source: string; readonly site: string },
): Promise<void> {
  await tx.query(
    'update document set site = $3 where document_id = $1 and source = $2 and site is distinct from $3',
    [documentId, source, site],
  );
}

/** The page of this ingestion that says the same as the document, if there is one: the document is its then. */
export async function sameElsewhere(
  tx: Transaction,
  ingestionId: string,
  documentId: string,
): Promise<string | undefined> {
  const [row] = await tx.query<{ name: string }>(
    `select name from ingestion_item where ingestion_id = $1 and document_id = $2 and state in ('done', 'unchanged') limit 1`,
    [ingestionId, documentId],
  );
  return row?.name;
}

export async function giveSource(tx: Transaction, documentId: string, source: string): Promise<void> {
  await tx.query('update document set source = $2 where document_id = $1', [documentId, source]);
}

/**
 * Names of an ingestion's pages once all of its sitemaps have been read to the end; undefined while one waits, has
 * failed, or listed more than is read: then what is not among them may be there all the same.
 */
export async function listedPages(tx: Transaction, ingestionId: string): Promise<string[] | undefined> {
  const [row] = await tx.query<{ whole: boolean; names: string[] }>(
    `select not bool_or(step = 'sitemap' or (state = 'done' and code is not null)) as whole,
       coalesce(array_agg(name) filter (where step in ('fetch', 'index', 'remove') or document_id is not null or state = 'gone'), '{}') as names
     from ingestion_item where ingestion_id = $1`,
    [ingestionId],
  );
  return row?.whole ? row.names : undefined;
}

/** Sources of the documents whose pages the sitemap listed. */
export async function sourcesOfSite(tx: Transaction, site: string): Promise<string[]> {
  const rows = await tx.query<{ source: string }>(
    'select source from document where site = $1 and source is not null order by source',
    [site],
  );
  return rows.map(row => row.source);
}
