/**
 * What is known of single words: whether lists of first names, last names, towns or common English words hold them
 * (Bloom filters, about 2 % false positives), and how much their letters look like a name, a place or a word
 * (a linear model over hashed character n-grams). Compiled by `scripts/dlp-lexicon.ts`.
 */
import { LEXICON } from './lexicon-data.ts';

export const FIRST_NAME = 0;
export const LAST_NAME = 1;
export const TOWN = 2;
export const COMMON = 3;
/** Words of English that are names as well. */
export const AMBIGUOUS = 4;
export const SCRIPT_CLASSES = ['name', 'place', 'word'] as const;

const HASHES = 6;
const filters = [LEXICON.firstNames, LEXICON.lastNames, LEXICON.towns, LEXICON.common, LEXICON.ambiguous].map(
  bytes,
);
const model = new Int8Array(bytes(LEXICON.letters).buffer);
const BUCKETS = model.length / SCRIPT_CLASSES.length;

function bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), char => char.charCodeAt(0));
}

/** Lower case without accents: the spelling under which words are kept. */
export function normalize(word: string): string {
  const lower = word.toLowerCase();
  for (let i = 0; i < lower.length; i++) {
    if (lower.charCodeAt(i) > 127)
      return lower
        .normalize('NFD')
        .replace(/\p{M}+/gu, '')
        .replaceAll('’', "'");
  }
  return lower;
}

/** FNV-1a of a stretch of a text. */
export function hash(text: string, from: number, to: number, seed: number): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = from; i < to; i++) {
    h ^= text.charCodeAt(i);
    h = Math.imul(h, 0x01000193);
  }
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 12;
  return h >>> 0;
}

/** Whether a list probably holds a normalised word. */
export function inList(list: number, word: string): boolean {
  return holds(filters[list]!, hash(word, 0, word.length, 1), hash(word, 0, word.length, 2) | 1);
}

/** The lists that probably hold a normalised word, as bits by their numbers. */
export function listsOf(word: string): number {
  const a = hash(word, 0, word.length, 1);
  const b = hash(word, 0, word.length, 2) | 1;
  let lists = 0;
  for (let list = 0; list < filters.length; list++) if (holds(filters[list]!, a, b)) lists |= 1 << list;
  return lists;
}

function holds(filter: Uint8Array, a: number, b: number): boolean {
  const bits = filter.length * 8;
  for (let i = 0; i < HASHES; i++) {
    const bit = ((a + Math.imul(i, b)) >>> 0) % bits;
    if ((filter[bit >> 3]! & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Calls back with the bucket of each n-gram (1 to 4 letters, with marks for start and end). */
export function eachGram(word: string, use: (bucket: number) => void, buckets: number = BUCKETS): void {
  const marked = `^${word.slice(0, 40)}$`;
  for (let n = 2; n <= 4; n++) {
    for (let i = 0; i + n <= marked.length; i++) use(hash(marked, i, i + n, n) % buckets);
  }
}

/** So many units of `letterOdds` are 1. */
export const ODDS_UNIT = 32;

/** Log odds of name and of place against common word, by letters alone, in units; roughly -4 to 4 units each. */
export function letterOdds(word: string): readonly [name: number, place: number] {
  let name = 0;
  let place = 0;
  let common = 0;
  eachGram(word, bucket => {
    name += model[bucket * 3]!;
    place += model[bucket * 3 + 1]!;
    common += model[bucket * 3 + 2]!;
  });
  return [name - common, place - common];
}
