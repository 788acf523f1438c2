/** Takes a document in: its passages and postings in one transaction, once for the same content, anew for a changed source. */
import { createHash } from 'node:crypto';
import type { ParamsOf } from '../../lib/contracts/contract.ts';
import type { ingestDocument } from '../../lib/contracts/knowledge.contracts.ts';
import { KEEPER, readerOf } from '../../lib/core/knowledge/access.ts';
import { indexChunks } from '../../lib/core/knowledge/index-chunks.ts';
import type { Database, Transaction } from '../../lib/io/database.ts';
import * as sql from '../../lib/io/sql/knowledge.ts';
import * as documents from '../../lib/io/sql/knowledge-access.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import type { Meta } from '../../lib/moleculer/action.ts';

/** Removed with each ingestion, so that what has expired does not stay. */
const EXPIRED_AT_ONCE = 20;

/** `known`: a document of this content was there. Throws `validation-failed`, `conflict` for a source that is not the caller's to replace. */
export async function takeIn(
  database: Database,
  meta: Meta,
  { title, text, metadata = {}, source, format }: ParamsOf<typeof ingestDocument>,
  access: documents.AccessChange,
): Promise<{ id: string; chunks: number; unchanged: boolean; known: boolean }> {
  if (text === undefined)
    throw new TroupeError('validation-failed', 'A document has a text; files are read at the gateway');
  const tenantId = meta.tenantId!;
  const digest = createHash('sha256').update(`${title}\n${text}`).digest();
  const chunks = indexChunks(title, text);
  const mayReplace = async (id: string) =>
    (await database.withTenant(tenantId, tx => documents.readAccess(tx, id), {
      ...readerOf(meta),
      expired: true,
    })) !== undefined;
  const before =
    source === undefined
      ? undefined
      : await database.withTenant(tenantId, tx => documents.findBySource(tx, source), KEEPER);
  if (before && !(await mayReplace(before.document_id)))
    throw new TroupeError('conflict', 'The document of that source is not yours to replace');
  const work = async (tx: Transaction) => {
    for (const id of await documents.expiredDocuments(tx, EXPIRED_AT_ONCE))
      await sql.deleteDocument(tx, tenantId, id);
    const old = source === undefined ? undefined : await documents.findBySource(tx, source);
    const changed = old && Buffer.compare(old.digest, digest) !== 0;
    if (changed) {
      if (old.legal_hold)
        throw new TroupeError('conflict', 'The document of that source is under legal hold');
      await sql.deleteDocument(tx, tenantId, old.document_id);
    }
    const documentId = old?.document_id ?? newId('document');
    const kept = old ? documents.accessOf(old) : {};
    const present = await sql.insertDocument(tx, {
      tenantId,
      documentId,
      title,
      body: text,
      digest,
      metadata,
      access: { ...kept, ...access },
      source,
      format,
    });
    if (present) return { id: present.documentId, chunks: present.chunks, unchanged: true, known: true };
    await sql.insertChunks(tx, tenantId, documentId, chunks);
    return { id: documentId, chunks: chunks.length, unchanged: false, known: false };
  };
  return await database.withTenant(tenantId, work, KEEPER);
}
