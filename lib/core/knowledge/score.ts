/**
 * The lexical scorer, shared by the in-memory index and the SQL path.
 *
 * What storage keeps for each chunk, so that candidates found by SQL under row-level security can be scored here:
 * - per (chunk, term): `titleCount`, `bodyCount` (how often the term occurs in the title with the headings, and
 *   in the body), terms as `analyze` gives them, or their `hashTerm` ids;
 * - per chunk: `titleLength`, `bodyLength` (number of primary terms);
 * - per tenant: number of chunks, sums of both lengths (their averages), and per term the number of chunks that
 *   hold it (counted from the postings, or kept).
 * The SQL path fetches the postings of the query's terms joined with the chunk's lengths and calls
 * `scoreCandidate` for each chunk.
 *
 * BM25F (Robertson, Zaragoza, Taylor 2004; Robertson & Zaragoza 2009): counts are normalised per field, weighted,
 * added, and saturated once.
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
}

/** k1 and b of the body as in Robertson & Zaragoza 2009; titles are short and count double. */
export const SCORE_PARAMETERS: ScoreParameters = {
  k1: 1.2,
  b: { title: 0.3, body: 0.75 },
  weight: { title: 2, body: 1 },
};

export interface QueryTerm {
  readonly text: string;
  /** Weight in the query: occurrences, or less than 1 for an additional form or an expansion. */
  readonly weight: number;
}

export interface ScoredTerm extends QueryTerm {
  /** Number of chunks that hold the term. */
  readonly documentFrequency: number;
}

export interface Candidate {
  readonly length: FieldCounts;
  /** Occurrences of each query term, in the order of the query; undefined where there are none. */
  readonly counts: readonly (FieldCounts | undefined)[];
}

/** ln(1 + (N - df + 0.5) / (df + 0.5)): never negative (as Lucene computes it). */
export function inverseDocumentFrequency(documentFrequency: number, count: number): number {
  return Math.log(1 + Math.max(0, count - documentFrequency + 0.5) / (documentFrequency + 0.5));
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

/** BM25F score of a chunk; 0 when no term occurs. */
export function scoreCandidate(
  terms: readonly ScoredTerm[],
  candidate: Candidate,
  statistics: CorpusStatistics,
  parameters: ScoreParameters = SCORE_PARAMETERS,
): number {
  let score = 0;
  for (const [i, term] of terms.entries()) {
    const counts = candidate.counts[i];
    if (!counts) continue;
    const idf = inverseDocumentFrequency(term.documentFrequency, statistics.count);
    score += term.weight * idf * termFrequencyWeight(counts, candidate.length, statistics, parameters);
  }
  return score;
}
