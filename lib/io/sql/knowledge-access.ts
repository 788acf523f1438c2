/** The tenant's documents as their keepers see them, and who may read each. Everything here runs inside `withTenant`. */
import { SENSITIVITIES, type Sensitivity } from '../../contracts/document-shapes.ts';
import { levelOf } from '../../core/knowledge/access.ts';
import type { Transaction } from '../database.ts';

/** What changes; what is left out stays. `expiresAt` in RFC 3339, null for never. */
export interface AccessChange {
  readonly sensitivity?: Sensitivity;
  readonly roles?: readonly string[];
  readonly expiresAt?: string | null;
  readonly legalHold?: boolean;
}

interface AccessRow {
  readonly sensitivity: number;
  readonly roles: readonly string[];
  readonly expires_at: Date | null;
  readonly legal_hold: boolean;
}

export interface DocumentRow extends AccessRow {
  readonly document_id: string;
  readonly title: string;
  readonly characters: number;
  readonly chunks: number;
  readonly created_at: Date;
  readonly source: string | null;
  readonly format: string;
  readonly language: string | null;
  readonly version: number;
  readonly findings: Readonly<Record<string, number>>;
  readonly quality: readonly string[];
  readonly review: boolean;
}

/** Newest first; ids sort by time, so the last id is the cursor. */
export function listDocuments(
  tx: Transaction,
  before: string | undefined,
  limit: number,
): Promise<DocumentRow[]> {
  return tx.query<DocumentRow>(
    `select d.document_id, d.title, length(d.body) as characters, d.created_at,
       d.sensitivity, d.roles, d.expires_at, d.legal_hold, d.source, d.format, d.language, d.version, d.findings, d.quality,
       exists (select from document_review r where r.tenant_id = d.tenant_id and r.document_id = d.document_id and r.decided_at is null) as review,
       (select count(*)::int from chunk c where c.document_id = d.document_id) as chunks
     from document d where ($1::text is null or d.document_id < $1) order by d.document_id desc limit $2`,
    [before ?? null, limit],
  );
}

/** Undefined when there is no such document, or the transaction's reader may not read it. */
export async function readAccess(tx: Transaction, documentId: string): Promise<AccessRow | undefined> {
  const [row] = await tx.query<AccessRow>(
    'select sensitivity, roles, expires_at, legal_hold from document where document_id = $1',
    [documentId],
  );
  return row;
}

export interface SourcedRow extends AccessRow {
  readonly document_id: string;
  readonly title: string;
  readonly digest: Uint8Array;
}

/** The document of a source, locked against others who bring the same one. */
export async function findBySource(tx: Transaction, source: string): Promise<SourcedRow | undefined> {
  const [row] = await tx.query<SourcedRow>(
    `select document_id, title, digest, sensitivity, roles, expires_at, legal_hold from document where source = $1 for update`,
    [source],
  );
  return row;
}

/** The passages follow by a trigger in the same transaction. */
export async function changeAccess(tx: Transaction, documentId: string, change: AccessChange): Promise<void> {
  await tx.query(
    `update document set sensitivity = coalesce($2, sensitivity), roles = coalesce($3::text[], roles),
       expires_at = case when $4 then $5::timestamptz else expires_at end, legal_hold = coalesce($6, legal_hold)
     where document_id = $1`,
    [
      documentId,
      change.sensitivity === undefined ? null : levelOf(change.sensitivity),
      change.roles ?? null,
      change.expiresAt !== undefined,
      change.expiresAt ?? null,
      change.legalHold ?? null,
    ],
  );
}

/** Ids of documents that have expired and are not held, oldest first. For a keeper's transaction. */
export async function expiredDocuments(tx: Transaction, limit: number): Promise<string[]> {
  const rows = await tx.query<{ document_id: string }>(
    'select document_id from document where expires_at <= now() and not legal_hold order by expires_at limit $1',
    [limit],
  );
  return rows.map(row => row.document_id);
}

export function accessOf(row: AccessRow) {
  return {
    sensitivity: SENSITIVITIES[row.sensitivity]!,
    roles: row.roles,
    expiresAt: row.expires_at?.toISOString() ?? null,
    legalHold: row.legal_hold,
  };
}
