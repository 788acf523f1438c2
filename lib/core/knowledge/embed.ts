/**
 * A lexical embedding for when no embedding model is reachable: hashed words and character n-grams (feature
 * hashing, Weinberger et al. 2009, over the subword features of Bojanowski et al. 2017). It knows spellings, not
 * meanings: it brings "refnd" near "refund" and "hoan tien" near "hoàn tiền", never "money back" near "refund".
 *
 * Documents are embedded without idf, which changes as a corpus grows; the question carries it instead, so the
 * cosine still weighs rare words more and stored vectors stay valid.
 *
 * On the training queries of SciFact it reaches nDCG@10 0.52 alone where BM25F has 0.72, and adding it to BM25F by
 * score or by rank takes quality away, also for misspelt questions, which `spelling.ts` mends better. So it is
 * for stores that have vectors and no postings; fuse (`fuse.ts`) with the vectors of a model.
 */
import { analyze, characterNgrams, hashTerm } from './analyze.ts';

export const EMBEDDING_DIMENSIONS = 512;
export const EMBEDDING_NAME = 'lexical-hash-512-v1';
const NGRAM = 4;
/** Weight of all n-grams of a word beside the word itself. */
const NGRAM_WEIGHT = 1;
const WORD_WEIGHT = 0.5;
/** Each feature falls on two coordinates, so that a collision spoils only half of it. */
const SEEDS = [0, 0x9e3779b9];

/**
 * A unit vector (or zeros for a text without words). `weight` gives each word's weight: inverse document frequency
 * for a question, nothing for a document.
 */
export function embed(
  text: string,
  weight: (term: string) => number = () => 1,
  dimensions = EMBEDDING_DIMENSIONS,
): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const [term, count] of primaryCounts(text)) {
    const value = (weight(term) * 2 * count) / (1 + count);
    add(vector, term, value * WORD_WEIGHT);
    const ngrams = characterNgrams(term, NGRAM);
    for (const ngram of ngrams) add(vector, ngram, (value * NGRAM_WEIGHT) / Math.sqrt(ngrams.length));
  }
  return unit(vector);
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  for (let i = 0; i < a.length; i++) dot += a[i]! * b[i]!;
  return dot;
}

function primaryCounts(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const term of analyze(text)) {
    if (term.primary) counts.set(term.text, (counts.get(term.text) ?? 0) + 1);
  }
  return counts;
}

function add(vector: Float32Array, feature: string, value: number): void {
  for (const seed of SEEDS) {
    const hash = hashTerm(feature, seed);
    vector[hash % vector.length]! += hash >= 0x80000000 ? value : -value;
  }
}

/** Scaled to length 1; zeros stay. */
export function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(cosine(vector, vector));
  return length === 0 ? vector : vector.map(value => value / length);
}
