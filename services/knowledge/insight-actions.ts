/** Actions on what the knowledge lacks and hides: gaps, the review of sensitivity, why a search finds what it finds. */
import type { ActionSchema } from 'moleculer';
import { SENSITIVITIES } from '../../lib/contracts/document-shapes.ts';
import * as contracts from '../../lib/contracts/knowledge-insight.contracts.ts';
import { KEEPER, readerOf } from '../../lib/core/knowledge/access.ts';
import { ANSWERABLE_FROM, type ExtractiveAnswer, extractAnswer } from '../../lib/core/knowledge/answer.ts';
import { embed } from '../../lib/core/knowledge/embed.ts';
import { broughtAlong, standalone } from '../../lib/core/knowledge/follow-up.ts';
import { closestGap, MOST_QUESTION, redactQuestion } from '../../lib/core/knowledge/gaps.ts';
import { inverseDocumentFrequency } from '../../lib/core/knowledge/score.ts';
import type { Embedder } from '../../lib/io/embeddings.ts';
import { accessOf } from '../../lib/io/sql/knowledge-access.ts';
import { versionsOf } from '../../lib/io/sql/knowledge-documents.ts';
import * as sql from '../../lib/io/sql/knowledge-insight.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { action } from '../../lib/moleculer/action.ts';
import { changeAccess, managed } from './document-access.ts';
import type { FinderPorts, FindPassages, Found } from './find-passages.ts';

const DEFAULT_LIMIT = 50;
const DEFAULT_RESULTS = 8;

/** What of the passages answers, and how far. */
export function answerOf(question: string, { passages, chunks, frequencies }: Found): ExtractiveAnswer {
  return extractAnswer(question, passages, {
    frequencies: { count: chunks, documentFrequency: term => frequencies[term] ?? 0 },
  });
}

/** Notes a question that nothing found answers, without what is personal in it; with those like it, if there are. */
export async function noteGap(
  { database }: Pick<FinderPorts, 'database'>,
  tenantId: string,
  asked: string,
  answerability: number,
): Promise<void> {
  if (answerability >= ANSWERABLE_FROM) return;
  const question = redactQuestion(asked.slice(0, MOST_QUESTION));
  const embedding = embed(question);
  if (embedding.every(value => value === 0)) return;
  await database.withTenant(tenantId, async tx => {
    const known = closestGap(embedding, await sql.gapsForAdding(tx, tenantId));
    if (known) await sql.repeatGap(tx, known.gap_id, question, answerability);
    else await sql.insertGap(tx, { tenantId, gapId: newId('gap'), question, answerability, embedding });
  });
}

export function insightActions(
  { database, embedder }: FinderPorts & { readonly embedder: Embedder },
  find: FindPassages,
): Record<string, ActionSchema> {
  return {
    playground: action(contracts.tryKnowledge, async ctx => {
      const { limit = DEFAULT_RESULTS, audience } = ctx.params;
      const before = broughtAlong(ctx.params.query, ctx.params.earlier ?? []);
      const query = standalone(ctx.params.query, ctx.params.earlier ?? []);
      const began = performance.now();
      const found = await find(
        ctx.meta.tenantId!,
        ctx.params.query,
        limit,
        readerOf(ctx.meta, audience),
        before,
      );
      const tookMs = Math.round((performance.now() - began) * 10) / 10;
      const { text, citations, answerability } = answerOf(query, found);
      const quotes = citations.map(({ documentId, title, quote, span }) => ({
        documentId,
        title,
        quote,
        ...span,
      }));
      return {
        results: found.passages.map(passage => explained(found, passage)),
        answer: {
          text,
          citations: quotes.slice(0, 20),
          answerability,
          answerable: answerability >= ANSWERABLE_FROM,
        },
        embedder: embedder.space,
        scan: found.scan,
        corpus: { chunks: found.chunks },
        tookMs,
      };
    }),

    gaps: action(contracts.listGaps, async ctx => {
      const { state, limit = DEFAULT_LIMIT } = ctx.params;
      const rows = await database.withTenant(ctx.meta.tenantId!, tx => sql.listGaps(tx, state, limit));
      return { gaps: rows.map(gapOf) };
    }),

    settleGap: action(contracts.settleGap, async ctx => {
      const { gapId, state, note } = ctx.params;
      const row = await database.withTenant(ctx.meta.tenantId!, tx => sql.changeGap(tx, gapId, state, note));
      if (!row) throw new TroupeError('not-found', 'There is no gap of that id');
      return gapOf(row);
    }),

    reviews: action(contracts.listReviews, async ctx => {
      const reader = readerOf(ctx.meta);
      const { limit = DEFAULT_LIMIT } = ctx.params;
      return {
        reviews: await database.withTenant(ctx.meta.tenantId!, tx => sql.openReviews(tx, limit), reader),
      };
    }),

    decideReview: action(contracts.decideReview, async ctx => {
      const { documentId, sensitivity } = ctx.params;
      const changed = await changeAccess(database, ctx.meta, documentId, { sensitivity }, tx =>
        sql.decideReview(tx, documentId),
      );
      if (!changed) throw new TroupeError('not-found', 'There is no document of that id');
      return { documentId, sensitivity: accessOf(changed).sensitivity };
    }),

    rules: action(contracts.readSensitivityRules, async ctx => ({
      rules: await database.withTenant(ctx.meta.tenantId!, sql.readRules),
    })),

    setRules: action(contracts.writeSensitivityRules, async ctx => {
      const tenantId = ctx.meta.tenantId!;
      await database.withTenant(tenantId, tx => sql.writeRules(tx, tenantId, ctx.params.rules));
      return { rules: ctx.params.rules };
    }),

    versions: action(contracts.listVersions, async ctx => {
      const { documentId } = ctx.params;
      if (!(await managed(database, ctx.meta, documentId)))
        throw new TroupeError('not-found', 'There is no document of that id');
      const rows = await database.withTenant(ctx.meta.tenantId!, tx => versionsOf(tx, documentId), KEEPER);
      return {
        versions: rows.map(({ version, characters, replaced_at }) => ({
          version,
          characters,
          replacedAt: replaced_at.toISOString(),
        })),
      };
    }),
  };
}

function gapOf(row: sql.GapRow) {
  return {
    gapId: row.gap_id,
    question: row.question,
    examples: row.examples,
    count: row.asked,
    state: row.state,
    note: row.note,
    answerability: Math.min(1, Math.max(0, row.answerability)),
    firstAt: row.first_at.toISOString(),
    lastAt: row.last_at.toISOString(),
  };
}

/** Why a passage was found. */
function explained(
  { terms, postings, vectors, chunks, frequencies }: Found,
  passage: Found['passages'][number],
) {
  const { id, documentId, title, text, start, end, score, lexicalRank, vectorRank } = passage;
  const byTerm = new Map(postings.filter(row => row.chunk_id === id).map(row => [row.term, row]));
  const held = new Map(terms.map(term => [term.text, byTerm.get(term.id)]));
  return {
    documentId,
    title,
    text,
    start,
    end,
    score,
    sensitivity: SENSITIVITIES[passage.sensitivity]!,
    lexical:
      lexicalRank === undefined
        ? null
        : {
            rank: lexicalRank,
            terms: [...held].flatMap(([term, row]) =>
              row
                ? [
                    {
                      term,
                      rarity: inverseDocumentFrequency(frequencies[term] ?? 0, chunks),
                      inTitle: row.title_count,
                      inBody: row.body_count,
                    },
                  ]
                : [],
            ),
          },
    vector:
      vectorRank === undefined ? null : { rank: vectorRank, similarity: vectors[vectorRank - 1]!.score },
  };
}
