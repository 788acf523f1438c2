/**
 * Takes a document in: its passages, postings and vectors in one transaction, once for the same content. Of a source
 * that was there before, only the passages whose words have changed are indexed again.
 */
import { createHash } from 'node:crypto';
import type { Sensitivity } from '../../lib/contracts/document-shapes.ts';
import { type Caller, KEEPER, levelOf, readerOf } from '../../lib/core/knowledge/access.ts';
import { type IndexedChunk, indexChunks } from '../../lib/core/knowledge/index-chunks.ts';
import { ruleFor, type Verdict } from '../../lib/core/knowledge/sensitivity.ts';
import type { Database, Transaction } from '../../lib/io/database.ts';
import { type Inspection, inspectText } from '../../lib/io/documents/inspect.ts';
import type { Embedder } from '../../lib/io/embeddings.ts';
import * as sql from '../../lib/io/sql/knowledge.ts';
import * as access from '../../lib/io/sql/knowledge-access.ts';
import * as documents from '../../lib/io/sql/knowledge-documents.ts';
import { askForReview, decidedUpTo, readRules } from '../../lib/io/sql/knowledge-insight.ts';
import { insertVectors, noteEmbedded, readStore } from '../../lib/io/sql/knowledge-vectors.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { embeddedText } from './embed-passages.ts';

/** Removed with each ingestion, so that what has expired does not stay. */
const EXPIRED_AT_ONCE = 20;
/** More passages than this get their vectors afterwards, so that nobody waits for them. */
const EMBEDDED_AT_ONCE = 64;

export interface TakeInPorts {
  readonly database: Database;
  readonly embedder: Embedder;
}

export interface GivenDocument {
  readonly title: string;
  readonly text: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly source?: string | undefined;
  readonly format?: string | undefined;
  /** Characters that the file hides from its readers. */
  readonly hidden?: number | undefined;
}

export interface TakenIn {
  readonly id: string;
  readonly chunks: number;
  /** It was there already. */
  readonly unchanged: boolean;
  readonly language: string | null;
  readonly findings: Readonly<Record<string, number>>;
  readonly quality: readonly string[];
  /** Kept back until a person confirms how sensitive it is. */
  readonly review: boolean;
}

/** Throws `conflict` for a source that is not the caller's to replace, or that is under legal hold. */
export async function takeIn(
  { database, embedder }: TakeInPorts,
  caller: Caller & { readonly tenantId?: string },
  { title, text, metadata = {}, source, format, hidden = 0 }: GivenDocument,
  rules: access.AccessChange,
): Promise<TakenIn> {
  const tenantId = caller.tenantId!;
  const digest = createHash('sha256').update(`${title}\n${text}`).digest();
  const asKeeper = <T>(work: (tx: Transaction) => Promise<T>) => database.withTenant(tenantId, work, KEEPER);
  const [before, known, sensitivityRules] = await asKeeper(async tx => [
    source === undefined ? undefined : await access.findBySource(tx, source),
    await documents.findByDigest(tx, digest),
    await readRules(tx),
  ]);
  if (before && !(await mayReplace(database, caller, before.document_id)))
    throw new TroupeError('conflict', 'The document of that source is not yours to replace');
  if (known && (!before || before.document_id === known.documentId)) {
    await asKeeper(tx => documents.confirmDocument(tx, known.documentId));
    return present(known);
  }

  const chunks = indexChunks(title, text);
  const inspection = await inspectText(
    title,
    text,
    chunks.map(({ chunk }) => chunk),
    hidden,
  );
  const rule = ruleFor(sensitivityRules, { title, source, text });
  const mayDecide = rules.sensitivity !== undefined && caller.scopes?.includes('operate') === true;
  const vectors =
    embedder.local && chunks.length <= EMBEDDED_AT_ONCE
      ? await embedder.passages(
          chunks.map(({ chunk }) => embeddedText({ title, ...chunk })),
          tenantId,
        )
      : undefined;

  return await asKeeper(async tx => {
    for (const id of await access.expiredDocuments(tx, EXPIRED_AT_ONCE))
      await documents.deleteDocument(tx, tenantId, id);
    const old = source === undefined ? undefined : await access.findBySource(tx, source);
    if (old?.legal_hold && Buffer.compare(old.digest, digest) !== 0)
      throw new TroupeError('conflict', 'The document of that source is under legal hold');
    const same = await documents.findByDigest(tx, digest);
    if (same) {
      if (old && old.document_id !== same.documentId)
        await documents.deleteDocument(tx, tenantId, old.document_id);
      return present(same);
    }
    const documentId = old?.document_id ?? newId('document');
    const kept = old ? access.accessOf(old) : {};
    const given: access.AccessChange = { ...kept, ...rules };
    const seen = old ? await decidedUpTo(tx, documentId) : -1;
    const held = heldAt(given.sensitivity ?? 'public', inspection.verdict, seen, mayDecide);
    const sensitivity = rule?.sensitivity ?? held ?? given.sensitivity;
    const row = rowOf(
      { tenantId, documentId, title, text, digest, metadata, source, format, inspection },
      {
        ...given,
        ...(sensitivity ? { sensitivity } : {}),
      },
    );
    const fresh = old ? await replaced(tx, row, chunks, old.title === title) : chunks;
    if (!old && !(await documents.insertDocument(tx, row)))
      return present((await documents.findByDigest(tx, digest))!);
    const ids = await sql.insertChunks(tx, tenantId, documentId, fresh);
    if (vectors) {
      const { native } = await readStore(tx, embedder.space);
      const rows = fresh.map(({ chunk: { ordinal } }) => ({
        chunkId: ids.get(ordinal)!,
        vector: vectors[ordinal]!,
      }));
      await insertVectors(tx, { tenantId, space: embedder.space, native }, rows);
      await noteEmbedded(tx, documentId, embedder.space);
    }
    const review = rule === undefined && held !== undefined;
    if (review)
      await askForReview(tx, tenantId, documentId, given.sensitivity ?? 'public', inspection.verdict);
    const { language, findings, quality } = inspection;
    return { id: documentId, chunks: chunks.length, unchanged: false, language, findings, quality, review };
  });
}

/** Puts the new version in the old one's place; gives the passages that are to be indexed. */
async function replaced(
  tx: Transaction,
  row: documents.NewDocument,
  chunks: readonly IndexedChunk[],
  sameTitle: boolean,
): Promise<readonly IndexedChunk[]> {
  // Every passage holds the words of the title: with another one all are indexed again.
  const fresh = await documents.keepUnchanged(tx, row.tenantId, row.documentId, sameTitle ? chunks : []);
  await documents.replaceDocument(tx, row);
  return sameTitle ? fresh : chunks;
}

function rowOf(
  {
    text,
    inspection: { language, findings, quality },
    ...document
  }: Omit<documents.NewDocument, 'body' | 'access' | 'language' | 'findings' | 'quality'> & {
    readonly text: string;
    readonly inspection: Inspection;
  },
  rules: access.AccessChange,
): documents.NewDocument {
  return { ...document, body: text, access: rules, language, findings, quality };
}

/** The level at which a document waits for a person, if it must. */
function heldAt(
  given: Sensitivity,
  { sensitivity }: Verdict,
  seen: number,
  mayDecide: boolean,
): Sensitivity | undefined {
  const level = levelOf(sensitivity);
  return !mayDecide && level > levelOf(given) && level > seen ? sensitivity : undefined;
}

const present = ({ documentId, chunks, language, findings, quality }: documents.KnownDocument): TakenIn => ({
  id: documentId,
  chunks,
  unchanged: true,
  language,
  findings,
  quality,
  review: false,
});

/** Whether the caller may read the document, expired or not: only then it is his to replace or remove. */
export async function mayReplace(
  database: Database,
  caller: Caller & { readonly tenantId?: string },
  documentId: string,
): Promise<boolean> {
  const reader = { ...readerOf(caller), expired: true };
  return (
    (await database.withTenant(caller.tenantId!, tx => access.readAccess(tx, documentId), reader)) !==
    undefined
  );
}
