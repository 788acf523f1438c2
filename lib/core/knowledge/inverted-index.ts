/**
 * An inverted index in memory: for the embedded offline mode and for the evaluation. Documents are added and
 * removed one by one; statistics follow at once. It scores as `scorer` does, term by term.
 * Memory: about 200 bytes for each distinct term of a document (100 MB for 5,183 abstracts).
 */
import { analyze } from './analyze.ts';
import type { Ranked } from './fuse.ts';
import { queryTerms } from './query.ts';
import {
  type CorpusStatistics,
  combine,
  type FieldCounts,
  type QueryTerm,
  SCORE_PARAMETERS,
  type ScoreParameters,
  type TermStatistics,
  termFrequencyWeight,
  termValue,
} from './score.ts';
import { CORRECTION_WEIGHT, corrections } from './spelling.ts';

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

interface Posting {
  readonly counts: Map<number, FieldCounts>;
  titles: number;
  occurrences: number;
}

interface Entry {
  readonly id: string;
  readonly vector: TermVector;
}

export class InvertedIndex {
  /** By slot; a removed document leaves a hole that the next one fills. */
  readonly #entries: (Entry | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #slots = new Map<string, number>();
  readonly #postings = new Map<string, Posting>();
  readonly #parameters: ScoreParameters;
  #totalTitle = 0;
  #totalBody = 0;

  constructor(parameters: ScoreParameters = SCORE_PARAMETERS) {
    this.#parameters = parameters;
  }

  get size(): number {
    return this.#slots.size;
  }

  get statistics(): CorpusStatistics {
    const count = this.size;
    const divisor = Math.max(1, count);
    return { count, averageLength: { title: this.#totalTitle / divisor, body: this.#totalBody / divisor } };
  }

  documentFrequency(term: string): number {
    return this.#postings.get(term)?.counts.size ?? 0;
  }

  termStatistics(term: string): TermStatistics {
    const posting = this.#postings.get(term);
    return {
      documentFrequency: posting?.counts.size ?? 0,
      titleFrequency: posting?.titles ?? 0,
      occurrences: posting?.occurrences ?? 0,
    };
  }

  vector(id: string): TermVector | undefined {
    const slot = this.#slots.get(id);
    return slot === undefined ? undefined : this.#entries[slot]?.vector;
  }

  /** Adds a document, or replaces the one of the same id. */
  add({ id, title, body }: IndexedText): void {
    this.remove(id);
    const vector = termVector(title, body);
    const slot = this.#free.pop() ?? this.#entries.length;
    this.#entries[slot] = { id, vector };
    this.#slots.set(id, slot);
    this.#count(vector, 1);
    for (const [term, counts] of vector.counts) {
      const posting = this.#postings.get(term) ?? { counts: new Map(), titles: 0, occurrences: 0 };
      posting.counts.set(slot, counts);
      if (counts.title > 0) posting.titles++;
      posting.occurrences += counts.title + counts.body;
      this.#postings.set(term, posting);
    }
  }

  /** Removes a document and all traces of it in the statistics; false when it was not there. */
  remove(id: string): boolean {
    const slot = this.#slots.get(id);
    const entry = slot === undefined ? undefined : this.#entries[slot];
    if (slot === undefined || !entry) return false;
    this.#slots.delete(id);
    this.#entries[slot] = undefined;
    this.#free.push(slot);
    this.#count(entry.vector, -1);
    for (const [term, counts] of entry.vector.counts) {
      const posting = this.#postings.get(term);
      if (!posting) continue;
      posting.counts.delete(slot);
      if (counts.title > 0) posting.titles--;
      posting.occurrences -= counts.title + counts.body;
      if (posting.counts.size === 0) this.#postings.delete(term);
    }
    return true;
  }

  /**
   * The best documents, best first; equal scores in the order of ids. A question's unknown words are corrected,
   * weighted terms are taken as they are.
   */
  search(query: string | readonly QueryTerm[], limit = 10): Ranked<string>[] {
    const { statistics } = this;
    const sums = new Float64Array(this.#entries.length);
    const covered = new Float64Array(this.#entries.length);
    let total = 0;
    for (const term of typeof query === 'string' ? this.#spelt(queryTerms(query)) : query) {
      const value = termValue({ ...term, ...this.termStatistics(term.text) }, statistics.count);
      total += value;
      for (const [slot, counts] of this.#postings.get(term.text)?.counts ?? []) {
        const { length } = this.#entries[slot]!.vector;
        sums[slot]! += value * termFrequencyWeight(counts, length, statistics, this.#parameters);
        covered[slot]! += value;
      }
    }
    const found: Ranked<string>[] = [];
    for (const [slot, entry] of this.#entries.entries()) {
      if (!entry || covered[slot] === 0) continue;
      found.push({ id: entry.id, score: combine(sums[slot]!, covered[slot]! / total, this.#parameters) });
    }
    return found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, limit);
  }

  /** The terms with those that are unknown replaced by what they may stand for, if anything. */
  #spelt(terms: readonly QueryTerm[]): QueryTerm[] {
    return terms.flatMap(term => {
      if (this.#postings.has(term.text)) return term;
      const found = corrections(term.text, this.#postings.keys(), each => this.documentFrequency(each));
      return found.length === 0
        ? term
        : found.map(text => ({ text, weight: (term.weight * CORRECTION_WEIGHT) / found.length }));
    });
  }

  #count({ length }: TermVector, sign: 1 | -1): void {
    this.#totalTitle += sign * length.title;
    this.#totalBody += sign * length.body;
  }
}
