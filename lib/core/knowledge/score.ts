/**
 * The lexical scorer, shared by the in-memory index and the SQL path.
 *
 * What storage keeps for each chunk, so that candidates found by SQL under row-level security can be scored here:
 * - per (chunk, term): `titleCount`, `bodyCount` (how often the term occurs in the title with the headings, and
 *   in the body), terms as `analyze` gives them, or their `hashTerm` ids;
 * - per chunk: `titleLength`, `bodyLength` (number of primary terms);
 * - per tenant: number of chunks, sums of both lengths (their averages), and per term the number of chunks that
 *   hold it (counted from the postings, or kept).
 * The SQL path fetches the postings of the query's terms joined with the chunk's lengths, adds up each term's
 * `TermStatistics` from them (or keeps them), and calls a `scorer` for each chunk. Counted from what the
 * reader may see, the statistics tell nothing about chunks that are hidden from him.
 *
 * The score is BM25F (Robertson, Zaragoza, Taylor 2004; Robertson & Zaragoza 2009): counts are normalised per
 * field, weighted, added, and saturated once. Two factors go with it:
 * - topicality: a term that texts about it repeat and put into their titles says more than one as rare that is
 *   only mentioned in passing ("dengue" against "trivial"); the idea is Harter's (1975) eliteness;
 * - coverage: the share of the question's weight that a chunk holds, so that half of the question said once
 *   beats a tenth of it repeated (the coordination level of early search engines, softened).
 */

export interface FieldCounts {
  readonly title: number;
  readonly body: number;
}

export interface CorpusStatistics {
  /** Number of chunks searched. */
  readonly count: number;
  /** Mean number of primary terms per chunk and field. */
  readonly averageLength: FieldCounts;
}

export interface ScoreParameters {
  /** Saturation of the combined term frequency. */
  readonly k1: number;
  /** Length normalisation per field, 0 (none) to 1 (full). */
  readonly b: FieldCounts;
  /** Weight of one occurrence in each field. */
  readonly weight: FieldCounts;
  /** Exponent of coverage; 0 leaves it out. */
  readonly coverage: number;
}

/**
 * k1 and b of the body as in Robertson & Zaragoza 2009; titles are short and count double. Coverage was chosen on
 * the training queries of SciFact among 0, 0.1, 0.2, 0.25 and 0.5; between 0.1 and 0.25 it makes no difference.
 */
export const SCORE_PARAMETERS: ScoreParameters = {
  k1: 1.2,
  b: { title: 0.3, body: 0.75 },
  weight: { title: 2, body: 1 },
  coverage: 0.2,
};

export interface QueryTerm {
  readonly text: string;
  /** Weight in the query: occurrences, or less than 1 for an additional form or an expansion. */
  readonly weight: number;
}

/** What the corpus says of one term. */
export interface TermStatistics {
  /** Number of chunks that hold the term. */
  readonly documentFrequency: number;
  /** Number of chunks that hold it in the title. */
  readonly titleFrequency: number;
  /** Occurrences in all chunks and both fields. */
  readonly occurrences: number;
}

export interface ScoredTerm extends QueryTerm, TermStatistics {}

export interface Candidate {
  readonly length: FieldCounts;
  /** Occurrences of each query term, in the order of the query; undefined where there are none. */
  readonly counts: readonly (FieldCounts | undefined)[];
}

/** ln(1 + (N - df + 0.5) / (df + 0.5)): never negative (as Lucene computes it). */
export function inverseDocumentFrequency(documentFrequency: number, count: number): number {
  return Math.log(1 + Math.max(0, count - documentFrequency + 0.5) / (documentFrequency + 0.5));
}

/**
 * How much a term is what texts are about, about 1.3 to 4: more when it stands in titles and is repeated where it
 * occurs. Shrunk towards a term of no distinction (in a title one time in ten, 1.8 occurrences per text), so
 * that a term seen once or twice is not judged by that.
 */
export function topicality({ documentFrequency, titleFrequency, occurrences }: TermStatistics): number {
  const inTitles = (titleFrequency + 0.5) / (documentFrequency + 5);
  const repeated = (occurrences + 3.6) / (documentFrequency + 2);
  return (1 + inTitles) * Math.sqrt(repeated);
}

/** What a term of the query is worth in a corpus of `count` chunks: its weight, rarity and topicality. */
export function termValue(term: ScoredTerm, count: number): number {
  return term.weight * inverseDocumentFrequency(term.documentFrequency, count) * topicality(term);
}

/** The saturated frequency of one term in one chunk, 0..1 (k1 + 1 is left out: it scales all alike). */
export function termFrequencyWeight(
  counts: FieldCounts,
  length: FieldCounts,
  statistics: CorpusStatistics,
  parameters: ScoreParameters = SCORE_PARAMETERS,
): number {
  const { k1, b, weight } = parameters;
  const title = normalise(counts.title, length.title, statistics.averageLength.title, b.title) * weight.title;
  const body = normalise(counts.body, length.body, statistics.averageLength.body, b.body) * weight.body;
  return (title + body) / (k1 + title + body);
}

function normalise(count: number, length: number, average: number, b: number): number {
  return count === 0 ? 0 : count / (1 - b + (b * length) / Math.max(1, average));
}

/** Score of a chunk from the sum of its terms' parts and the share of the query's value that it holds. */
export function combine(
  sum: number,
  covered: number,
  parameters: ScoreParameters = SCORE_PARAMETERS,
): number {
  return sum * Math.min(1, covered) ** parameters.coverage;
}

/** The score of a chunk for one query; 0 when no term of the query occurs in it. */
export function scorer(
  terms: readonly ScoredTerm[],
  statistics: CorpusStatistics,
  parameters: ScoreParameters = SCORE_PARAMETERS,
): (candidate: Candidate) => number {
  const values = terms.map(term => termValue(term, statistics.count));
  const total = values.reduce((sum, value) => sum + value, 0);
  return ({ length, counts }) => {
    let covered = 0;
    let sum = 0;
    for (const [i, value] of values.entries()) {
      const found = counts[i];
      if (!found) continue;
      covered += value;
      sum += value * termFrequencyWeight(found, length, statistics, parameters);
    }
    return covered === 0 ? 0 : combine(sum, covered / total, parameters);
  };
}
