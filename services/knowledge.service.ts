/**
 * Owns a tenant's documents: cuts them into passages, keeps their postings, finds passages for a question.
 * Every statement runs as the tenant under row-level security; the ranking sees nothing else.
 */
import { createHash } from 'node:crypto';
import type { ServiceSchema } from 'moleculer';
import {
  deleteDocument,
  ingestDocument,
  listDocuments,
  searchKnowledge,
} from '../lib/contracts/platform.contracts.ts';
import { hashTerm } from '../lib/core/knowledge/analyze.ts';
import { chunkText } from '../lib/core/knowledge/chunk.ts';
import { termVector } from '../lib/core/knowledge/inverted-index.ts';
import { queryParts } from '../lib/core/knowledge/long-query.ts';
import { queryTerms } from '../lib/core/knowledge/query.ts';
import { frequenciesOf, rankParts } from '../lib/core/knowledge/rank.ts';
import type { Database } from '../lib/io/database.ts';
import * as sql from '../lib/io/sql/knowledge.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { newId } from '../lib/kernel/ids.ts';
import { action } from '../lib/moleculer/action.ts';

const DEFAULT_LIMIT = 8;

/** Term ids are 32-bit integers, as PostgreSQL's `integer` holds them. */
const termId = (term: string) => hashTerm(term) | 0;

function indexChunks(title: string, text: string): sql.IndexedChunk[] {
  return chunkText(text).map(chunk => {
    const vector = termVector([title, ...chunk.headings].join('\n'), `${chunk.context}\n${chunk.body}`);
    const merged = new Map<number, { title: number; body: number }>();
    for (const [term, counts] of vector.counts) {
      const id = termId(term);
      const same = merged.get(id);
      merged.set(
        id,
        same ? { title: same.title + counts.title, body: same.body + counts.body } : { ...counts },
      );
    }
    return { chunk, length: vector.length, terms: Array.from(merged, ([id, counts]) => ({ id, counts })) };
  });
}

export function knowledgeService(database: Database): ServiceSchema {
  return {
    name: 'knowledge',
    actions: {
      ingest: action(ingestDocument, async ctx => {
        const { title, text, metadata = {} } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const documentId = newId('document');
        const digest = createHash('sha256').update(`${title}\n${text}`).digest();
        const chunks = indexChunks(title, text);
        return await database.withTenant(tenantId, async tx => {
          const present = await sql.insertDocument(tx, {
            tenantId,
            documentId,
            title,
            body: text,
            digest,
            metadata,
          });
          if (present) return { id: present.documentId, chunks: present.chunks, unchanged: true };
          await sql.insertChunks(tx, tenantId, documentId, chunks);
          return { id: documentId, chunks: chunks.length, unchanged: false };
        });
      }),

      search: action(searchKnowledge, async ctx => {
        const { query, limit = DEFAULT_LIMIT } = ctx.params;
        const parts = queryParts(query).map(part =>
          queryTerms(part).map(term => ({ ...term, id: termId(term.text) })),
        );
        return await database.withTenant(ctx.meta.tenantId!, async tx => {
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
        });
      }),

      list: action(listDocuments, async ctx => {
        const limit = ctx.params.limit ?? 50;
        const rows = await database.withTenant(ctx.meta.tenantId!, tx =>
          sql.listDocuments(tx, ctx.params.cursor, limit),
        );
        const documents = rows.map(row => ({
          id: row.document_id,
          title: row.title,
          characters: row.characters,
          chunks: row.chunks,
          createdAt: row.created_at.toISOString(),
        }));
        return { documents, next: rows.length === limit ? (rows.at(-1)?.document_id ?? null) : null };
      }),

      delete: action(deleteDocument, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        const deleted = await database.withTenant(tenantId, tx =>
          sql.deleteDocument(tx, tenantId, ctx.params.documentId),
        );
        if (!deleted) throw new TroupeError('not-found', 'There is no document of that id');
        return { deleted };
      }),
    },
  };
}
