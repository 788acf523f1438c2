/** Documents, chunks and postings of a tenant. Everything here runs inside `withTenant`. */

import { levelOf } from '../../core/knowledge/access.ts';
import type { IndexedChunk } from '../../core/knowledge/index-chunks.ts';
import type { FieldCounts } from '../../core/knowledge/score.ts';
import type { Transaction } from '../database.ts';
import type { AccessChange } from './knowledge-access.ts';

export interface NewDocument {
  readonly tenantId: string;
  readonly documentId: string;
  readonly title: string;
  readonly body: string;
  readonly digest: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
  readonly access: AccessChange;
  readonly source?: string | undefined;
  readonly format?: string | undefined;
}

const SMALLINT_MAX = 32_767;
const tooMany = (count: number) => Math.min(count, SMALLINT_MAX);

/** Inserts the document; gives the id and chunk count of the one that has this content already, if there is one. */
export async function insertDocument(
  tx: Transaction,
  document: NewDocument,
): Promise<{ documentId: string; chunks: number } | undefined> {
  const rows = await tx.query(
    `insert into document (tenant_id, document_id, title, body, digest, metadata, sensitivity, roles, expires_at, legal_hold, source, format)
     values ($1, $2, $3, $4, $5, $6, coalesce($7, 0), coalesce($8::text[], '{}'), $9, coalesce($10, false), $11, coalesce($12, 'text'))
     on conflict (tenant_id, digest) do nothing returning document_id`,
    [
      document.tenantId,
      document.documentId,
      document.title,
      document.body,
      document.digest,
      JSON.stringify(document.metadata),
      document.access.sensitivity === undefined ? null : levelOf(document.access.sensitivity),
      document.access.roles ?? null,
      document.access.expiresAt ?? null,
      document.access.legalHold ?? null,
      document.source ?? null,
      document.format ?? null,
    ],
  );
  if (rows.length > 0) return undefined;
  const [present] = await tx.query<{ document_id: string; chunks: number }>(
    'select d.document_id, (select count(*)::int from chunk c where c.document_id = d.document_id) as chunks from document d where d.digest = $1',
    [document.digest],
  );
  return present && { documentId: present.document_id, chunks: present.chunks };
}

export async function insertChunks(
  tx: Transaction,
  tenantId: string,
  documentId: string,
  chunks: readonly IndexedChunk[],
): Promise<void> {
  if (chunks.length === 0) return;
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

export async function deleteDocument(
  tx: Transaction,
  tenantId: string,
  documentId: string,
): Promise<boolean> {
  const chunks = await tx.query<{ chunk_id: number; title_length: number; body_length: number }>(
    'select chunk_id, title_length, body_length from chunk where document_id = $1',
    [documentId],
  );
  await tx.query(
    `delete from posting p using (select unnest(terms) as term, chunk_id from chunk where document_id = $1) t
     where p.term = t.term and p.chunk_id = t.chunk_id`,
    [documentId],
  );
  const gone = await tx.query('delete from document where document_id = $1 returning document_id', [
    documentId,
  ]);
  if (gone.length === 0) return false;
  const titles = chunks.reduce((total, c) => total + c.title_length, 0);
  const bodies = chunks.reduce((total, c) => total + c.body_length, 0);
  await addStatistics(tx, tenantId, -chunks.length, -titles, -bodies);
  return true;
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
  readonly starts_at: number;
  readonly ends_at: number;
  readonly context: string;
  readonly passage: string;
}

export function readPassages(tx: Transaction, chunkIds: readonly number[]): Promise<PassageRow[]> {
  return tx.query<PassageRow>(
    `select c.chunk_id, c.document_id, d.title, c.starts_at, c.ends_at, c.context, d.body as passage
     from chunk c join document d on d.document_id = c.document_id and d.tenant_id = c.tenant_id where c.chunk_id = any ($1::bigint[])`,
    [chunkIds],
  );
}
