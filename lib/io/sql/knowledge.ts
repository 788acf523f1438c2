/** Passages and postings of a tenant. Everything here runs inside `withTenant`. */
import type { IndexedChunk } from '../../core/knowledge/index-chunks.ts';
import type { FieldCounts } from '../../core/knowledge/score.ts';
import type { Transaction } from '../database.ts';

const SMALLINT_MAX = 32_767;
const tooMany = (count: number) => Math.min(count, SMALLINT_MAX);

/** Gives the passages' ids by their ordinals. */
export async function insertChunks(
  tx: Transaction,
  tenantId: string,
  documentId: string,
  chunks: readonly IndexedChunk[],
): Promise<ReadonlyMap<number, number>> {
  if (chunks.length === 0) return new Map();
  const inserted = await tx.query<{ chunk_id: number; ordinal: number }>(
    `insert into chunk (tenant_id, document_id, ordinal, starts_at, ends_at, headings, context, title_length, body_length, terms, sensitivity, roles, expires_at)
     select $1, $2, r.ordinal, r.starts_at, r.ends_at, r.headings, r.context, r.title_length, r.body_length,
       string_to_array(r.terms, ',')::int[], d.sensitivity, d.roles, d.expires_at
     from unnest($3::int[], $4::int[], $5::int[], $6::text[], $7::text[], $8::int[], $9::int[], $10::text[])
       as r(ordinal, starts_at, ends_at, headings, context, title_length, body_length, terms)
     join document d on d.document_id = $2
     returning chunk_id, ordinal`,
    [
      tenantId,
      documentId,
      chunks.map(c => c.chunk.ordinal),
      chunks.map(c => c.chunk.start),
      chunks.map(c => c.chunk.end),
      chunks.map(c => c.chunk.headings.join(' > ')),
      chunks.map(c => c.chunk.context),
      chunks.map(c => c.length.title),
      chunks.map(c => c.length.body),
      chunks.map(c => c.terms.map(t => t.id).join(',')),
    ],
  );
  const idOf = new Map(inserted.map(row => [row.ordinal, row.chunk_id]));
  const terms: number[] = [];
  const ids: number[] = [];
  const titles: number[] = [];
  const bodies: number[] = [];
  for (const { chunk, terms: counted } of chunks) {
    for (const { id, counts } of counted) {
      terms.push(id);
      ids.push(idOf.get(chunk.ordinal)!);
      titles.push(tooMany(counts.title));
      bodies.push(tooMany(counts.body));
    }
  }
  await tx.query(
    `insert into posting (tenant_id, term, chunk_id, title_count, body_count)
     select $1, * from unnest($2::int[], $3::bigint[], $4::smallint[], $5::smallint[])`,
    [tenantId, terms, ids, titles, bodies],
  );
  await addStatistics(tx, tenantId, chunks.length, sum(chunks, 'title'), sum(chunks, 'body'));
  return idOf;
}

function sum(chunks: readonly IndexedChunk[], field: keyof FieldCounts): number {
  return chunks.reduce((total, chunk) => total + chunk.length[field], 0);
}

async function addStatistics(
  tx: Transaction,
  tenantId: string,
  chunks: number,
  titleTerms: number,
  bodyTerms: number,
): Promise<void> {
  await tx.query(
    `insert into knowledge_statistics as s (tenant_id, chunks, title_terms, body_terms) values ($1, $2, $3, $4)
     on conflict (tenant_id) do update set chunks = s.chunks + excluded.chunks,
       title_terms = s.title_terms + excluded.title_terms, body_terms = s.body_terms + excluded.body_terms`,
    [tenantId, chunks, titleTerms, bodyTerms],
  );
}

interface RemovedChunk {
  readonly title_length: number;
  readonly body_length: number;
}

/** Removes passages with their postings and vectors; the statistics follow. */
export async function deleteChunks(
  tx: Transaction,
  tenantId: string,
  chunkIds: readonly number[],
): Promise<void> {
  if (chunkIds.length === 0) return;
  await tx.query(
    `delete from posting p using (select unnest(terms) as term, chunk_id from chunk where chunk_id = any ($1::bigint[])) t
     where p.term = t.term and p.chunk_id = t.chunk_id`,
    [chunkIds],
  );
  const gone = await tx.query<RemovedChunk>(
    'delete from chunk where chunk_id = any ($1::bigint[]) returning title_length, body_length',
    [chunkIds],
  );
  const total = (of: (row: RemovedChunk) => number) => gone.reduce((all, row) => all + of(row), 0);
  await addStatistics(
    tx,
    tenantId,
    -gone.length,
    -total(row => row.title_length),
    -total(row => row.body_length),
  );
}

export interface PostingRow {
  readonly term: number;
  readonly chunk_id: number;
  readonly title_count: number;
  readonly body_count: number;
  readonly title_length: number;
  readonly body_length: number;
}

/** Every posting of the terms with the lengths of its chunk. */
export function findPostings(tx: Transaction, terms: readonly number[]): Promise<PostingRow[]> {
  return tx.query<PostingRow>(
    `select p.term, p.chunk_id, p.title_count, p.body_count, c.title_length, c.body_length
     from posting p join chunk c on c.chunk_id = p.chunk_id and c.tenant_id = p.tenant_id where p.term = any ($1::int[])`,
    [terms],
  );
}

export async function readStatistics(
  tx: Transaction,
): Promise<{ chunks: number; titleTerms: number; bodyTerms: number }> {
  const [row] = await tx.query<{ chunks: number; title_terms: number; body_terms: number }>(
    'select chunks, title_terms, body_terms from knowledge_statistics',
    [],
  );
  return { chunks: row?.chunks ?? 0, titleTerms: row?.title_terms ?? 0, bodyTerms: row?.body_terms ?? 0 };
}

export interface PassageRow {
  readonly chunk_id: number;
  readonly document_id: string;
  readonly title: string;
  readonly version: number;
  readonly changed_at: Date;
  /** Since its source was last seen to say so. */
  readonly age_ms: number;
  readonly sensitivity: number;
  readonly starts_at: number;
  readonly ends_at: number;
  readonly context: string;
  readonly headings: string;
  /** The whole document: the places are UTF-16 units, which PostgreSQL does not count in. */
  readonly body: string;
}

type DocumentOfPassage = Pick<PassageRow, 'title' | 'body' | 'version' | 'changed_at' | 'age_ms'>;

export async function readPassages(tx: Transaction, chunkIds: readonly number[]): Promise<PassageRow[]> {
  const rows = await tx.query<Omit<PassageRow, keyof DocumentOfPassage>>(
    `select chunk_id, document_id, sensitivity, starts_at, ends_at, context, headings from chunk where chunk_id = any ($1::bigint[])`,
    [chunkIds],
  );
  const documents = await tx.query<DocumentOfPassage & { document_id: string }>(
    `select document_id, title, body, version, coalesce(changed_at, created_at) as changed_at,
       (extract(epoch from now() - coalesce(confirmed_at, changed_at, created_at)) * 1000)::float8 as age_ms
     from document where document_id = any ($1::text[])`,
    [[...new Set(rows.map(row => row.document_id))]],
  );
  const byId = new Map(documents.map(each => [each.document_id, each]));
  return rows.flatMap(row => {
    const document = byId.get(row.document_id);
    return document ? [{ ...document, ...row }] : [];
  });
}
