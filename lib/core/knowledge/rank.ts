/** Ranks the postings that storage found for a query's terms: the SQL side of `score.ts`. */
import type { Ranked } from './fuse.ts';
import { combineParts, PART_DEPTH } from './long-query.ts';
import { type FieldCounts, scorer } from './score.ts';

export interface Posting {
  readonly term: number;
  readonly chunk_id: number;
  readonly title_count: number;
  readonly body_count: number;
  readonly title_length: number;
  readonly body_length: number;
}

export interface StoredStatistics {
  readonly chunks: number;
  readonly titleTerms: number;
  readonly bodyTerms: number;
}

/** The best chunks, best first. `postings` hold every posting of the terms, so that they give the frequencies too. */
export function rankPostings(
  terms: readonly { readonly id: number; readonly weight: number }[],
  postings: readonly Posting[],
  { chunks, titleTerms, bodyTerms }: StoredStatistics,
  limit: number,
): { readonly chunkId: number; readonly score: number }[] {
  const positions = new Map(terms.map((term, index) => [term.id, index]));
  const found = terms.map(() => ({ documentFrequency: 0, titleFrequency: 0, occurrences: 0 }));
  const candidates = new Map<number, { length: FieldCounts; counts: (FieldCounts | undefined)[] }>();
  for (const posting of postings) {
    const position = positions.get(posting.term);
    if (position === undefined) continue;
    const statistics = found[position]!;
    statistics.documentFrequency++;
    if (posting.title_count > 0) statistics.titleFrequency++;
    statistics.occurrences += posting.title_count + posting.body_count;
    let candidate = candidates.get(posting.chunk_id);
    if (!candidate) {
      candidate = {
        length: { title: posting.title_length, body: posting.body_length },
        counts: terms.map(() => undefined),
      };
      candidates.set(posting.chunk_id, candidate);
    }
    candidate.counts[position] = { title: posting.title_count, body: posting.body_count };
  }
  const scored = terms.map((term, index) => ({
    text: String(term.id),
    weight: term.weight,
    ...found[index]!,
  }));
  const count = Math.max(1, chunks);
  const statistics = { count, averageLength: { title: titleTerms / count, body: bodyTerms / count } };
  const score = scorer(scored, statistics);
  return Array.from(candidates, ([chunkId, candidate]) => ({
    chunkId,
    score: score(candidate),
  }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.chunkId - b.chunkId)
    .slice(0, limit);
}

export interface StoredTerm {
  readonly text: string;
  readonly id: number;
  readonly weight: number;
}

/** Ranks each part of a query by itself and joins the rankings; a short question is one part. */
export function rankParts(
  parts: readonly (readonly StoredTerm[])[],
  postings: readonly Posting[],
  statistics: StoredStatistics,
  limit: number,
): Ranked<number>[] {
  const rankings = parts.map(terms =>
    rankPostings(terms, postings, statistics, parts.length === 1 ? limit : PART_DEPTH).map(
      ({ chunkId, score }) => ({ id: chunkId, score }),
    ),
  );
  return rankings.length === 1 ? rankings[0]! : combineParts(rankings, limit);
}

/** In how many chunks each term of the query stands, by its text. */
export function frequenciesOf(
  terms: readonly StoredTerm[],
  postings: readonly Posting[],
): Record<string, number> {
  const byId = new Map<number, number>();
  for (const { term } of postings) byId.set(term, (byId.get(term) ?? 0) + 1);
  return Object.fromEntries(terms.map(({ text, id }) => [text, byId.get(id) ?? 0]));
}
