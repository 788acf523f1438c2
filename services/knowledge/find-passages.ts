/**
 * Finds passages for a question: words (BM25F over the postings) and vectors, fused, in one transaction as the reader
 * that the caller is. Row-level security is part of each statement, so that what may not be read is not ranked.
 */
import type { Reader } from '../../lib/core/knowledge/access.ts';
import { takenApart } from '../../lib/core/knowledge/follow-up.ts';
import { freshness } from '../../lib/core/knowledge/freshness.ts';
import type { Ranked } from '../../lib/core/knowledge/fuse.ts';
import { FUSION_DEPTH, type Fused, fuseHybrid } from '../../lib/core/knowledge/hybrid.ts';
import { termId } from '../../lib/core/knowledge/index-chunks.ts';
import { queryParts } from '../../lib/core/knowledge/long-query.ts';
import { queryTerms, queryTermsWith } from '../../lib/core/knowledge/query.ts';
import { frequenciesOf, rankParts, type StoredTerm } from '../../lib/core/knowledge/rank.ts';
import { inverseDocumentFrequency } from '../../lib/core/knowledge/score.ts';
import { chooseScan, type VectorScan } from '../../lib/core/knowledge/vector-scan.ts';
import type { Database, Transaction } from '../../lib/io/database.ts';
import type { Embedder } from '../../lib/io/embeddings.ts';
import type { Reranker } from '../../lib/io/reranker.ts';
import * as sql from '../../lib/io/sql/knowledge.ts';
import { nearestPassages, readStore, type VectorStore } from '../../lib/io/sql/knowledge-vectors.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import { embeddedText } from './embed-passages.ts';

/** Passages that a reranker reads beside the question. */
const RERANKED = 40;
/** What the database offers is asked anew after so long. */
const STORE_KNOWN_MS = 60_000;

export interface FinderPorts {
  /** Puts what was found into another order. */
  readonly reranker?: Reranker | undefined;
  readonly database: Database;
  readonly embedder: Embedder;
  readonly log: Log;
}

export interface FoundPassage extends Fused<number> {
  readonly documentId: string;
  readonly title: string;
  readonly sensitivity: number;
  readonly text: string;
  readonly context: string;
  readonly headings: readonly string[];
  readonly start: number;
  readonly end: number;
  readonly version: number;
  readonly updatedAt: string;
  readonly freshness: number;
}

export interface Found {
  readonly passages: readonly FoundPassage[];
  readonly terms: readonly StoredTerm[];
  readonly postings: readonly sql.PostingRow[];
  readonly vectors: readonly Ranked<number>[];
  readonly scan: VectorScan;
  readonly chunks: number;
  readonly frequencies: Readonly<Record<string, number>>;
}

export type FindPassages = (
  tenantId: string,
  question: string,
  limit: number,
  reader: Reader,
  /** What the question goes on from. */
  before?: string,
) => Promise<Found>;

export function passageFinder({ database, embedder, reranker, log }: FinderPorts): FindPassages {
  let store: VectorStore | undefined;
  let askedAt = 0;

  async function storeOf(tx: Transaction, space: string): Promise<VectorStore> {
    const now = performance.now();
    if (!store || now - askedAt > STORE_KNOWN_MS) {
      store = await readStore(tx, space);
      askedAt = now;
    }
    return store;
  }

  /** The question's vector from a model elsewhere; without one the words answer alone. */
  async function ask(question: string, tenantId: string): Promise<Float32Array | undefined> {
    if (embedder.local) return undefined;
    return await embedder
      .question(question, () => 1, tenantId)
      .catch((error: unknown) => {
        log.warn('knowledge.question-not-embedded', describeError(error));
        return undefined;
      });
  }

  return async (tenantId, given, limit, reader, brought = '') => {
    const { question: own, before } =
      brought === '' ? takenApart(given) : { question: given, before: brought };
    const question = before === '' ? given : `${own} ${before}`;
    const parts = (before === '' ? queryParts(question).map(queryTerms) : [queryTermsWith(own, before)]).map(
      part => part.map(term => ({ ...term, id: termId(term.text) })),
    );
    const terms = parts.flat();
    const asked = await ask(question, tenantId);
    const work = async (tx: Transaction): Promise<Found> => {
      const statistics = await sql.readStatistics(tx);
      const postings = await sql.findPostings(tx, [...new Set(terms.map(term => term.id))]);
      const lexical = rankParts(parts, postings, statistics, Math.max(limit, FUSION_DEPTH));
      const frequencies = frequenciesOf(terms, postings);
      const rarity = (term: string) => inverseDocumentFrequency(frequencies[term] ?? 0, statistics.chunks);
      // A long question is many things: one vector of all its letters says nothing (docs/decisions/0060).
      const told = embedder.local && parts.length === 1;
      const vector = told ? await embedder.question(question, rarity, tenantId) : asked;
      const { native, graph, all } = await storeOf(tx, embedder.space);
      const scan = vector?.some(value => value !== 0) ? chooseScan(statistics.chunks, all, graph) : 'none';
      const query = { tenantId, space: embedder.space, limit: FUSION_DEPTH };
      const vectors = vector ? await nearestPassages(tx, { ...query, vector }, scan, native) : [];
      const fused = fuseHybrid(lexical, vectors, embedder.fusion, Math.max(limit, reranker ? RERANKED : 0));
      const rows = await sql.readPassages(
        tx,
        fused.map(({ id }) => id),
      );
      const byId = new Map(rows.map(row => [row.chunk_id, row]));
      const passages = fused.flatMap(each => {
        const row = byId.get(each.id);
        return row ? [{ ...each, ...passageOf(row) }] : [];
      });
      return { passages, terms, postings, vectors, scan, chunks: statistics.chunks, frequencies };
    };
    const found = await database.withTenant(tenantId, work, reader);
    return { ...found, passages: (await reranked(question, found.passages)).slice(0, limit) };
  };

  /** In the order of the reranker, with the scores of the places that they come to; as they were when it fails. */
  async function reranked(
    question: string,
    passages: readonly FoundPassage[],
  ): Promise<readonly FoundPassage[]> {
    if (!reranker || passages.length < 2) return passages;
    try {
      const scores = await reranker.rank(question, passages.map(embeddedBody));
      const order = passages.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
      return order.map((from, to) => ({ ...passages[from]!, score: passages[to]!.score }));
    } catch (error) {
      log.warn('knowledge.not-reranked', describeError(error));
      return passages;
    }
  }
}

const embeddedBody = ({ title, headings, context, text }: FoundPassage) =>
  embeddedText({ title, headings, context, body: text });

function passageOf(row: sql.PassageRow): Omit<FoundPassage, keyof Fused<number>> {
  return {
    documentId: row.document_id,
    title: row.title,
    sensitivity: row.sensitivity,
    text: row.body.slice(row.starts_at, row.ends_at),
    context: row.context,
    headings: row.headings === '' ? [] : row.headings.split(' > '),
    start: row.starts_at,
    end: row.ends_at,
    version: row.version,
    updatedAt: row.changed_at.toISOString(),
    freshness: freshness(row.age_ms),
  };
}
