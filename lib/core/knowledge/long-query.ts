/**
 * Long questions: an e-mail or a told story asks for several things, and one ranking of all its words finds what
 * is a little about everything. Each sentence is searched by itself and the scores are added (CombSUM, Fox & Shaw
 * 1994), raised to 1.5 first so that a close match counts for more than several vague ones. The sum of scores
 * does better here than ranks (RRF): a sentence that matches nothing well says so by its scores.
 */
import type { Ranked } from './fuse.ts';
import type { InvertedIndex } from './inverted-index.ts';
import { queryTerms } from './query.ts';
import { sentences } from './sentences.ts';

/** Distinct terms from which a question is taken apart. */
export const LONG_QUERY_TERMS = 32;
/** Sentences searched of one question; the rest is dropped. */
export const MAX_QUERY_PARTS = 128;
/** Results taken of each part. */
export const PART_DEPTH = 100;
const SHARPNESS = 1.5;

/** The searches to make for a question: itself, or its sentences when it is long. */
export function queryParts(text: string): string[] {
  if (queryTerms(text).length < LONG_QUERY_TERMS) return [text];
  return sentences(text)
    .slice(0, MAX_QUERY_PARTS)
    .map(({ start, end }) => text.slice(start, end));
}

/** One ranking of several parts' rankings, best first. A single one is returned as it is. */
export function combineParts<Id>(rankings: readonly (readonly Ranked<Id>[])[], limit: number): Ranked<Id>[] {
  if (rankings.length === 1) return rankings[0]!.slice(0, limit);
  const sums = new Map<Id, number>();
  for (const ranking of rankings) {
    for (const { id, score } of ranking) sums.set(id, (sums.get(id) ?? 0) + score ** SHARPNESS);
  }
  return Array.from(sums, ([id, sum]) => ({ id, score: (sum / rankings.length) ** (1 / SHARPNESS) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
}

/** Searches an index for a question of any length. */
export function searchByParts(index: InvertedIndex, text: string, limit = 10): Ranked<string>[] {
  const depth = Math.max(limit, PART_DEPTH);
  return combineParts(
    queryParts(text).map(part => index.search(part, depth)),
    limit,
  );
}
