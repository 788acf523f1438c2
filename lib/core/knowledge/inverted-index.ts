/**
 * An inverted index in memory: for the embedded offline mode and for the evaluation. Documents are added and
 * removed one by one; statistics follow at once. About 1 KB for each hundred distinct terms of a chunk.
 */
import { analyze } from './analyze.ts';
import type { Ranked } from './fuse.ts';
import { queryTerms } from './query.ts';
import {
  type CorpusStatistics,
  type FieldCounts,
  inverseDocumentFrequency,
  type QueryTerm,
  SCORE_PARAMETERS,
  type ScoreParameters,
  termFrequencyWeight,
} from './score.ts';

export interface IndexedText {
  readonly id: string;
  readonly title: string;
  readonly body: string;
}

export interface TermVector {
  readonly length: FieldCounts;
  readonly counts: ReadonlyMap<string, FieldCounts>;
}

/** What storage keeps for a chunk: the counts of its terms by field and the lengths. */
export function termVector(title: string, body: string): TermVector {
  const counts = new Map<string, { title: number; body: number }>();
  const count = (text: string, field: 'title' | 'body') => {
    let length = 0;
    for (const term of analyze(text)) {
      const entry = counts.get(term.text) ?? { title: 0, body: 0 };
      entry[field]++;
      counts.set(term.text, entry);
      if (term.primary) length++;
    }
    return length;
  };
  return { length: { title: count(title, 'title'), body: count(body, 'body') }, counts };
}

export class InvertedIndex {
  readonly #documents = new Map<string, TermVector>();
  readonly #postings = new Map<string, Map<string, FieldCounts>>();
  readonly #parameters: ScoreParameters;
  #totalTitle = 0;
  #totalBody = 0;

  constructor(parameters: ScoreParameters = SCORE_PARAMETERS) {
    this.#parameters = parameters;
  }

  get size(): number {
    return this.#documents.size;
  }

  get statistics(): CorpusStatistics {
    const count = this.#documents.size;
    const divisor = Math.max(1, count);
    return { count, averageLength: { title: this.#totalTitle / divisor, body: this.#totalBody / divisor } };
  }

  documentFrequency(term: string): number {
    return this.#postings.get(term)?.size ?? 0;
  }

  vector(id: string): TermVector | undefined {
    return this.#documents.get(id);
  }

  /** Adds a document, or replaces the one of the same id. */
  add({ id, title, body }: IndexedText): void {
    this.remove(id);
    const vector = termVector(title, body);
    this.#documents.set(id, vector);
    this.#totalTitle += vector.length.title;
    this.#totalBody += vector.length.body;
    for (const [term, counts] of vector.counts) {
      const postings = this.#postings.get(term) ?? new Map<string, FieldCounts>();
      postings.set(id, counts);
      this.#postings.set(term, postings);
    }
  }

  /** Removes a document and all traces of it in the statistics; false when it was not there. */
  remove(id: string): boolean {
    const vector = this.#documents.get(id);
    if (!vector) return false;
    this.#documents.delete(id);
    this.#totalTitle -= vector.length.title;
    this.#totalBody -= vector.length.body;
    for (const term of vector.counts.keys()) {
      const postings = this.#postings.get(term);
      postings?.delete(id);
      if (postings?.size === 0) this.#postings.delete(term);
    }
    return true;
  }

  /** The best documents for a question or for weighted terms, best first. */
  search(query: string | readonly QueryTerm[], limit = 10): Ranked<string>[] {
    const terms = typeof query === 'string' ? queryTerms(query) : query;
    const scores = new Map<string, number>();
    const { statistics } = this;
    for (const term of terms) {
      const postings = this.#postings.get(term.text);
      if (!postings) continue;
      const weight = term.weight * inverseDocumentFrequency(postings.size, statistics.count);
      for (const [id, counts] of postings) {
        const length = this.#documents.get(id)!.length;
        const part = weight * termFrequencyWeight(counts, length, statistics, this.#parameters);
        scores.set(id, (scores.get(id) ?? 0) + part);
      }
    }
    return Array.from(scores, ([id, score]) => ({ id, score }))
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }
}
