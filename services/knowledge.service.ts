/**
 * Owns a tenant's documents: cuts them into passages, keeps their postings, finds passages for a question.
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
import { termId } from '../lib/core/knowledge/index-chunks.ts';
import { queryParts } from '../lib/core/knowledge/long-query.ts';
import { queryTerms } from '../lib/core/knowledge/query.ts';
import { frequenciesOf, rankParts } from '../lib/core/knowledge/rank.ts';
import type { Database, Transaction } from '../lib/io/database.ts';
import * as sql from '../lib/io/sql/knowledge.ts';
import * as documents from '../lib/io/sql/knowledge-access.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { action, type Meta } from '../lib/moleculer/action.ts';
import { takeIn } from './knowledge/take-in.ts';

const DEFAULT_LIMIT = 8;

export function knowledgeService(database: Database): ServiceSchema {
  return {
    name: 'knowledge',
    actions: {
      ingest: action(ingestDocument, async ctx => {
        const { roles, sensitivity, expiresAt, legalHold } = ctx.params;
        const access = given({ roles, sensitivity, expiresAt, legalHold });
        checkAccess(ctx.meta, access);
        const { known, ...result } = await takeIn(database, ctx.meta, ctx.params, access);
        // What was there already keeps its rules, unless one who may read it says otherwise.
        if (known && Object.keys(access).length > 0)
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
        const { query, limit = DEFAULT_LIMIT, audience } = ctx.params;
        const parts = queryParts(query).map(part =>
          queryTerms(part).map(term => ({ ...term, id: termId(term.text) })),
        );
        const reader = readerOf(ctx.meta, audience);
        const work = async (tx: Transaction) => {
          const statistics = await sql.readStatistics(tx);
          const postings = await sql.findPostings(tx, [...new Set(parts.flat().map(term => term.id))]);
          const ranked = rankParts(parts, postings, statistics, limit);
          const passages = new Map(
            (
              await sql.readPassages(
                tx,
                ranked.map(r => r.id),
              )
            ).map(row => [row.chunk_id, row]),
          );
          const results = ranked.flatMap(({ id, score }) => {
            const row = passages.get(id);
            if (!row) return [];
            const text = row.passage.slice(row.starts_at, row.ends_at);
            return [
              {
                documentId: row.document_id,
                title: row.title,
                text,
                score,
                start: row.starts_at,
                end: row.ends_at,
              },
            ];
          });
          return {
            results,
            corpus: { chunks: statistics.chunks, frequencies: frequenciesOf(parts.flat(), postings) },
          };
        };
        return await database.withTenant(ctx.meta.tenantId!, work, reader);
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
          tx => sql.deleteDocument(tx, tenantId, documentId),
          KEEPER,
        );
        if (!deleted) throw notFound();
        return { deleted };
      }),
    },
  };
}

const notFound = () => new TroupeError('not-found', 'There is no document of that id');

/** The document's rules, if the caller may read it; expired or not. */
function managed(database: Database, meta: Meta, documentId: string) {
  const reader = { ...readerOf(meta), expired: true };
  return database.withTenant(meta.tenantId!, tx => documents.readAccess(tx, documentId), reader);
}

async function changeAccess(
  database: Database,
  meta: Meta,
  documentId: string,
  change: documents.AccessChange,
) {
  if (!(await managed(database, meta, documentId))) return undefined;
  const work = async (tx: Transaction) => {
    await documents.changeAccess(tx, documentId, change);
    return await documents.readAccess(tx, documentId);
  };
  return await database.withTenant(meta.tenantId!, work, KEEPER);
}

/** Throws `forbidden` or `validation-failed`. */
function checkAccess(meta: Meta, { expiresAt, legalHold }: documents.AccessChange): void {
  if (legalHold !== undefined && !meta.scopes?.includes('operate'))
    throw new TroupeError('forbidden', 'Legal hold needs the scope "operate"');
  if (typeof expiresAt === 'string' && Number.isNaN(Date.parse(expiresAt)))
    throw new TroupeError('validation-failed', '"expiresAt" is no date');
}

function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
