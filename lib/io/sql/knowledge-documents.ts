/** Documents as they are taken in, replaced and removed. Everything here runs inside `withTenant` as the keeper. */
import { levelOf } from '../../core/knowledge/access.ts';
import type { IndexedChunk } from '../../core/knowledge/index-chunks.ts';
import type { Transaction } from '../database.ts';
import { deleteChunks } from './knowledge.ts';
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
  readonly language: string | null;
  readonly findings: Readonly<Record<string, number>>;
  readonly quality: readonly string[];
}

const valuesOf = (document: NewDocument) => [
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
  document.format ?? null,
  document.language,
  JSON.stringify(document.findings),
  document.quality,
  document.source ?? null,
];

/** False when the tenant has this content already. */
export async function insertDocument(tx: Transaction, document: NewDocument): Promise<boolean> {
  const rows = await tx.query(
    `insert into document (tenant_id, document_id, title, body, digest, metadata, sensitivity, roles, expires_at, legal_hold,
       format, language, findings, quality, source)
     values ($1, $2, $3, $4, $5, $6, coalesce($7, 0), coalesce($8::text[], '{}'), $9, coalesce($10, false),
       coalesce($11, 'text'), $12, $13, $14::text[], $15)
     on conflict (tenant_id, digest) do nothing returning document_id`,
    valuesOf(document),
  );
  return rows.length > 0;
}

/** A new version in the place of the one before, whose passages are the caller's to settle. */
export async function replaceDocument(tx: Transaction, document: NewDocument): Promise<void> {
  await tx.query(
    `insert into document_version (tenant_id, document_id, version, digest, characters)
     select tenant_id, document_id, version, digest, length(body) from document where document_id = $1`,
    [document.documentId],
  );
  await tx.query(
    `delete from document_version where document_id = $1 and version <= (select version - $2 from document where document_id = $1)`,
    [document.documentId, MOST_VERSIONS],
  );
  await tx.query(
    `update document set title = $3, body = $4, digest = $5, metadata = $6, sensitivity = coalesce($7, 0),
       roles = coalesce($8::text[], '{}'), expires_at = $9, legal_hold = coalesce($10, false), format = coalesce($11, 'text'),
       language = $12, findings = $13, quality = $14::text[], source = $15, version = version + 1,
       changed_at = now(), confirmed_at = null, vector_space = null, vector_due_at = now(), vector_attempts = 0
     where tenant_id = $1 and document_id = $2`,
    valuesOf(document),
  );
}

/** Versions before the present one of which is noted when they were replaced. */
const MOST_VERSIONS = 50;

/** Its source was read, and says the same. */
export async function confirmDocument(tx: Transaction, documentId: string): Promise<void> {
  await tx.query('update document set confirmed_at = now() where document_id = $1', [documentId]);
}

export interface KnownDocument {
  readonly documentId: string;
  readonly source: string | null;
  readonly chunks: number;
  readonly language: string | null;
  readonly findings: Readonly<Record<string, number>>;
  readonly quality: readonly string[];
}

export async function findByDigest(tx: Transaction, digest: Uint8Array): Promise<KnownDocument | undefined> {
  const [row] = await tx.query<KnownDocument>(
    `select document_id as "documentId", source, language, findings, quality,
       (select count(*)::int from chunk c where c.document_id = d.document_id) as chunks from document d where digest = $1`,
    [digest],
  );
  return row;
}

interface KeptChunk {
  readonly chunk_id: number;
  readonly starts_at: number;
  readonly ends_at: number;
  readonly headings: string;
  readonly context: string;
}

const contentOf = (headings: string, context: string, body: string) =>
  `${headings}\u0000${context}\u0000${body}`;

/**
 * Settles the passages of a document before it gets a new text under the same title: those whose words stay only move,
 * those that are gone are removed. Gives the ones that are new.
 */
export async function keepUnchanged(
  tx: Transaction,
  tenantId: string,
  documentId: string,
  chunks: readonly IndexedChunk[],
): Promise<IndexedChunk[]> {
  const [document] = await tx.query<{ body: string }>('select body from document where document_id = $1', [
    documentId,
  ]);
  const rows = await tx.query<KeptChunk>(
    'select chunk_id, starts_at, ends_at, headings, context from chunk where document_id = $1 order by ordinal',
    [documentId],
  );
  const old = new Map<string, KeptChunk[]>();
  for (const row of rows) {
    const key = contentOf(row.headings, row.context, document!.body.slice(row.starts_at, row.ends_at));
    old.set(key, [...(old.get(key) ?? []), row]);
  }
  const moved: { id: number; chunk: IndexedChunk['chunk'] }[] = [];
  const fresh = chunks.filter(({ chunk }) => {
    const same = old.get(contentOf(chunk.headings.join(' > '), chunk.context, chunk.body))?.shift();
    if (same) moved.push({ id: same.chunk_id, chunk });
    return same === undefined;
  });
  const kept = new Set(moved.map(({ id }) => id));
  await deleteChunks(
    tx,
    tenantId,
    rows.filter(({ chunk_id }) => !kept.has(chunk_id)).map(({ chunk_id }) => chunk_id),
  );
  // By way of places that none has: ordinals are unique at each row.
  await tx.query('update chunk set ordinal = -1 - ordinal where document_id = $1', [documentId]);
  await tx.query(
    `update chunk c set ordinal = r.ordinal, starts_at = r.starts_at, ends_at = r.ends_at
     from unnest($1::bigint[], $2::int[], $3::int[], $4::int[]) as r(chunk_id, ordinal, starts_at, ends_at)
     where c.chunk_id = r.chunk_id`,
    [
      moved.map(({ id }) => id),
      moved.map(({ chunk }) => chunk.ordinal),
      moved.map(({ chunk }) => chunk.start),
      moved.map(({ chunk }) => chunk.end),
    ],
  );
  return fresh;
}

/**
 * With everything that came of it: passages, postings, vectors, versions, its place in the review; and answers that are
 * kept, which may quote it: whoever could read it would not find them again, and so none is of use.
 */
export async function deleteDocument(
  tx: Transaction,
  tenantId: string,
  documentId: string,
): Promise<boolean> {
  const rows = await tx.query<{ chunk_id: number }>('select chunk_id from chunk where document_id = $1', [
    documentId,
  ]);
  await deleteChunks(
    tx,
    tenantId,
    rows.map(({ chunk_id }) => chunk_id),
  );
  await tx.query('delete from cached_answer');
  const gone = await tx.query('delete from document where document_id = $1 returning document_id', [
    documentId,
  ]);
  return gone.length > 0;
}

export interface VersionRow {
  readonly version: number;
  readonly characters: number;
  readonly replaced_at: Date;
}

export function versionsOf(tx: Transaction, documentId: string): Promise<VersionRow[]> {
  return tx.query<VersionRow>(
    'select version, characters, replaced_at from document_version where document_id = $1 order by version desc',
    [documentId],
  );
}
