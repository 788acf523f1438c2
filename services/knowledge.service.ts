/**
 * Owns a tenant's documents: cuts them into passages, keeps their postings and vectors, finds passages for a question.
 * Every statement runs as the tenant under row-level security, and what is read, as the reader that the caller is: the
 * ranking sees nothing else. Taking in and removing is done as the keeper, who shows nothing to anybody.
 */
import type { ServiceSchema } from 'moleculer';
import {
  deleteDocument,
  ingestDocument,
  listDocuments,
  searchKnowledge,
  setDocumentAccess,
} from '../lib/contracts/knowledge.contracts.ts';
import { KEEPER, readerOf } from '../lib/core/knowledge/access.ts';
import { ANSWERABLE_FROM } from '../lib/core/knowledge/answer.ts';
import { broughtAlong, standalone } from '../lib/core/knowledge/follow-up.ts';
import type { Database } from '../lib/io/database.ts';
import type { Embedder } from '../lib/io/embeddings.ts';
import { openReranker } from '../lib/io/reranker.ts';
import { takeUploadedText } from '../lib/io/sql/ingestion-upload.ts';
import * as documents from '../lib/io/sql/knowledge-access.ts';
import { deleteDocument as removeDocument } from '../lib/io/sql/knowledge-documents.ts';
import type { Config } from '../lib/kernel/config.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { describeError, type Log } from '../lib/kernel/log.ts';
import { action } from '../lib/moleculer/action.ts';
import { changeAccess, checkAccess, given, managed } from './knowledge/document-access.ts';
import { passageFinder } from './knowledge/find-passages.ts';
import { answerOf, insightActions, noteGap } from './knowledge/insight-actions.ts';
import { takeIn } from './knowledge/take-in.ts';

const DEFAULT_LIMIT = 8;

export interface KnowledgePorts {
  readonly database: Database;
  readonly embedder: Embedder;
  readonly config: Config;
  readonly log: Log;
}

export function knowledgeService(ports: KnowledgePorts): ServiceSchema {
  const { database, log } = ports;
  const find = passageFinder({ ...ports, reranker: openReranker(ports.config) });
  return {
    name: 'knowledge',
    actions: {
      ...insightActions(ports, find),

      ingest: action(ingestDocument, async ctx => {
        const { roles, sensitivity, expiresAt, legalHold, upload, ...document } = ctx.params;
        const access = given({ roles, sensitivity, expiresAt, legalHold });
        checkAccess(ctx.meta, access);
        const text = document.text ?? (upload && (await uploaded(database, ctx.meta.tenantId!, upload)));
        if (text === undefined)
          throw new TroupeError('validation-failed', 'A document has a text; files are read at the gateway');
        const result = await takeIn(ports, ctx.meta, { ...document, text }, access);
        // What was there already keeps its rules, unless one who may read it says otherwise.
        if (result.unchanged && Object.keys(access).length > 0)
          await changeAccess(database, ctx.meta, result.id, access);
        return result;
      }),

      setAccess: action(setDocumentAccess, async ctx => {
        const { documentId, ...change } = ctx.params;
        checkAccess(ctx.meta, change);
        const changed = await changeAccess(database, ctx.meta, documentId, change);
        if (!changed) throw notFound();
        return documents.accessOf(changed);
      }),

      search: action(searchKnowledge, async ctx => {
        const { limit = DEFAULT_LIMIT, audience, noteGap: note } = ctx.params;
        const before = broughtAlong(ctx.params.query, ctx.params.earlier ?? []);
        const query = standalone(ctx.params.query, ctx.params.earlier ?? []);
        const tenantId = ctx.meta.tenantId!;
        const found = await find(tenantId, ctx.params.query, limit, readerOf(ctx.meta, audience), before);
        // Beside the answer, which does not wait for it: a gap that is missed is asked again.
        const { answerability } = answerOf(query, found);
        if (note)
          void noteGap(ports, tenantId, query, answerability).catch((error: unknown) =>
            log.warn('knowledge.gap-not-noted', describeError(error)),
          );
        const results = found.passages.map(passage => {
          const { documentId, title, text, score, start, end, version, updatedAt, freshness } = passage;
          return { documentId, title, text, score, start, end, version, updatedAt, freshness };
        });
        const answerable = answerability >= ANSWERABLE_FROM;
        const corpus = { chunks: found.chunks, frequencies: found.frequencies };
        return { results, answerability, answerable, searched: query, corpus };
      }),

      list: action(listDocuments, async ctx => {
        const limit = ctx.params.limit ?? 50;
        const rows = await database.withTenant(
          ctx.meta.tenantId!,
          tx => documents.listDocuments(tx, ctx.params.cursor, limit),
          { ...readerOf(ctx.meta), expired: ctx.params.expired === true },
        );
        const page = rows.map(row => ({
          id: row.document_id,
          title: row.title,
          characters: row.characters,
          chunks: row.chunks,
          createdAt: row.created_at.toISOString(),
          source: row.source,
          format: row.format,
          version: row.version,
          language: row.language,
          findings: row.findings,
          quality: row.quality,
          review: row.review,
          ...documents.accessOf(row),
        }));
        return { documents: page, next: rows.length === limit ? (rows.at(-1)?.document_id ?? null) : null };
      }),

      delete: action(deleteDocument, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        const { documentId } = ctx.params;
        const row = await managed(database, ctx.meta, documentId);
        if (!row) throw notFound();
        if (row.legal_hold) throw new TroupeError('conflict', 'The document is under legal hold');
        const deleted = await database.withTenant(
          tenantId,
          tx => removeDocument(tx, tenantId, documentId),
          KEEPER,
        );
        if (!deleted) throw notFound();
        return { deleted };
      }),
    },
  };
}

const uploaded = (database: Database, tenantId: string, upload: string) =>
  database.withTenant(tenantId, tx => takeUploadedText(tx, upload), KEEPER);

const notFound = () => new TroupeError('not-found', 'There is no document of that id');
