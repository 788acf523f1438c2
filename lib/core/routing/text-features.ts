/**
 * Text to sparse features: TF-IDF over words and word pairs, unordered pairs of stems near one another, and
 * character n-grams inside words. The stem pairs are worth a point on short customer questions, where the two
 * words that name the intent seldom stand side by side. Each family is scaled to unit length before they are joined, so that the many character
 * grams cannot drown the few words. The vocabulary is learnt: no hashing, so no collisions.
 */
import { fromMap, type SparseMatrix, type SparseVector, stackRows } from './sparse.ts';

export interface TextFeatureOptions {
  /** Longest text looked at, in characters: the cost of a message is bounded. */
  readonly maxChars: number;
  readonly wordGrams: number;
  /** Unordered pairs of stems at most this many words apart; 0 for none. */
  readonly pairWindow: number;
  readonly charGrams: readonly [number, number];
  /** A feature seen in fewer texts than this is left out. */
  readonly minTexts: number;
  /** Weight of the character family beside the word family's 1. */
  readonly charWeight: number;
}

export const TEXT_FEATURES: TextFeatureOptions = {
  maxChars: 2_000,
  wordGrams: 2,
  pairWindow: 8,
  charGrams: [3, 5],
  minTexts: 2,
  charWeight: 0.7,
};

export interface TextVectorizer {
  readonly options: TextFeatureOptions;
  readonly columns: Map<string, number>;
  /** Inverse document frequency by column: ln((1 + n) / (1 + df)) + 1. */
  readonly idf: Float32Array;
}

/** Lower-cased words and numbers; apostrophes are dropped (`can't` is `cant`), amounts become one token. */
export function wordsOf(text: string, maxChars = TEXT_FEATURES.maxChars): string[] {
  const clean = text.slice(0, maxChars).normalize('NFKC').toLowerCase().replace(/['’`]/g, '');
  return clean.match(/[\p{L}\p{M}]+|\p{N}+|[?$€£%]/gu) ?? [];
}

/** A word without its commonest English endings: enough to join `transfers`, `transferring`, `transferred`. */
export function stemOf(word: string): string {
  if (word.length < 4) return word;
  const bare = word.replace(/(?:ies|ied)$/, 'y').replace(/(?:sses)$/, 'ss');
  const cut = bare.replace(/(?:ingly|edly|ing|ed|es|ly|s|e)$/, '');
  const stem = cut.length >= 3 && /[aeiouy]/.test(cut) ? cut : bare;
  return stem.replace(/([b-df-hj-np-rtv-z])\1$/, '$1');
}

/** Prefix `w` marks word features, `c` character features. */
export function gramsOf(text: string, options: TextFeatureOptions): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (gram: string) => counts.set(gram, (counts.get(gram) ?? 0) + 1);
  const words = wordsOf(text, options.maxChars);
  const marked = ['^', ...words, '$'];
  for (const word of words) add(`w${word}`);
  for (let n = 2; n <= options.wordGrams; n++)
    for (let i = 0; i + n <= marked.length; i++) add(`w${marked.slice(i, i + n).join(' ')}`);
  const stems = words.map(stemOf);
  for (const stem of stems) add(`ws:${stem}`);
  for (let i = 0; i < stems.length; i++)
    for (let j = i + 1; j < stems.length && j - i <= options.pairWindow; j++)
      add(`wp:${stems[i]! < stems[j]! ? `${stems[i]} ${stems[j]}` : `${stems[j]} ${stems[i]}`}`);
  const [shortest, longest] = options.charGrams;
  for (const word of words) {
    const padded = ` ${word} `;
    for (let n = shortest; n <= longest; n++)
      for (let i = 0; i + n <= padded.length; i++) add(`c${padded.slice(i, i + n)}`);
  }
  return counts;
}

export function fitVectorizer(texts: readonly string[], options = TEXT_FEATURES): TextVectorizer {
  const textsWith = new Map<string, number>();
  for (const text of texts)
    for (const gram of gramsOf(text, options).keys()) textsWith.set(gram, (textsWith.get(gram) ?? 0) + 1);
  const columns = new Map<string, number>();
  const idf: number[] = [];
  for (const [gram, seen] of textsWith) {
    if (seen < options.minTexts) continue;
    columns.set(gram, columns.size);
    idf.push(Math.log((1 + texts.length) / (1 + seen)) + 1);
  }
  return { options, columns, idf: Float32Array.from(idf) };
}

/** Unit-length vector (all zero for a text with no known feature); term frequency is 1 + ln(count). */
export function vectorize(vectorizer: TextVectorizer, text: string): SparseVector {
  const weights = new Map<number, number>();
  let wordSquares = 0;
  let charSquares = 0;
  const chars = new Set<number>();
  for (const [gram, count] of gramsOf(text, vectorizer.options)) {
    const column = vectorizer.columns.get(gram);
    if (column === undefined) continue;
    const weight = (1 + Math.log(count)) * vectorizer.idf[column]!;
    weights.set(column, weight);
    if (gram[0] === 'c') {
      charSquares += weight * weight;
      chars.add(column);
    } else wordSquares += weight * weight;
  }
  const charScale = charSquares > 0 ? vectorizer.options.charWeight / Math.sqrt(charSquares) : 0;
  const wordScale = wordSquares > 0 ? 1 / Math.sqrt(wordSquares) : 0;
  const total = Math.hypot(charSquares > 0 ? vectorizer.options.charWeight : 0, wordSquares > 0 ? 1 : 0) || 1;
  for (const [column, weight] of weights)
    weights.set(column, (weight * (chars.has(column) ? charScale : wordScale)) / total);
  return fromMap(weights);
}

/** Share of the text's words that the vocabulary knows, 0 to 1; 0 for a text without words. */
export function knownShare(vectorizer: TextVectorizer, text: string): number {
  const words = wordsOf(text, vectorizer.options.maxChars);
  return words.filter(word => vectorizer.columns.has(`w${word}`)).length / Math.max(words.length, 1);
}

export function vectorizeAll(vectorizer: TextVectorizer, texts: readonly string[]): SparseMatrix {
  return stackRows(
    texts.map(text => vectorize(vectorizer, text)),
    vectorizer.columns.size,
  );
}
