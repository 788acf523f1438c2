/** Words, numbers and punctuation of a stretch of text, with what the lexicon says about each word. */
import { AMBIGUOUS, COMMON, FIRST_NAME, inList, LAST_NAME, letterOdds, normalize, TOWN } from './lexicon.ts';

export type Shape = 'lower' | 'title' | 'upper' | 'mixed' | 'none';

export interface WordInfo {
  readonly first: boolean;
  readonly last: boolean;
  readonly town: boolean;
  readonly common: boolean;
  /** A word of English as well as a name ('mark', 'rose'). */
  readonly ambiguous: boolean;
  /** Log odds of name and of place against word, by letters. */
  readonly name: number;
  readonly place: number;
}

export interface Token {
  readonly kind: 'word' | 'number' | 'punctuation' | 'line';
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Lower case without accents, possessive ending removed. */
  readonly norm: string;
  readonly shape: Shape;
}

const TOKEN =
  /(?:\p{Lu}\.){2,8}|\p{L}[\p{L}\p{M}\p{N}]{0,60}(?:[-'’][\p{L}][\p{L}\p{M}\p{N}]{0,60}){0,6}|\d[\p{L}\p{N}]{0,40}(?:[.,:/-]\d{1,20}){0,6}|\n|[^\s]/gu;
const MAX_KNOWN = 20_000;
const known = new Map<string, WordInfo>();

/** What lists and letters say about a normalised word; remembers the last 20,000. */
export function wordInfo(norm: string): WordInfo {
  const remembered = known.get(norm);
  if (remembered) return remembered;
  const [name, place] = letterOdds(norm);
  const info: WordInfo = {
    first: inList(FIRST_NAME, norm),
    last: inList(LAST_NAME, norm),
    town: inList(TOWN, norm),
    common: isCommon(norm),
    ambiguous: inList(AMBIGUOUS, norm),
    name,
    place,
  };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(norm, info);
  return info;
}

const ENDINGS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/'.*$/, ['']],
  [/ies$/, ['y']],
  [/s$/, ['']],
  [/es$/, ['']],
  [/e[dr]$/, ['', 'e']],
  [/ing$/, ['', 'e']],
  [/ly$/, ['']],
];

/** A common word, or a form of one that the list has not. */
function isCommon(norm: string): boolean {
  if (inList(COMMON, norm)) return true;
  if (norm.length < 5) return false;
  return ENDINGS.some(([ending, stems]) => {
    const match = ending.exec(norm);
    return (
      match !== null &&
      stems.some(stem => match.index > 2 && inList(COMMON, norm.slice(0, match.index) + stem))
    );
  });
}

export function isTown(phrase: string): boolean {
  return inList(TOWN, phrase);
}

function shapeOf(text: string): Shape {
  const lower = text.toLowerCase();
  if (lower === text) return text.toUpperCase() === text ? 'none' : 'lower';
  if (text.length > 1 && text.toUpperCase() === text) return 'upper';
  const first = text[0]!;
  if (first.toLowerCase() === first) return 'mixed';
  const rest = text.slice(1);
  return rest.toLowerCase() === rest || /['’-]/.test(rest) ? 'title' : 'mixed';
}

/** Tokens of a text in order; a possessive `'s` is no part of its word's token. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    let value = match[0];
    const start = match.index;
    const code = value.codePointAt(0)!;
    if (value === '\n') {
      tokens.push({ kind: 'line', start, end: start + 1, text: value, norm: value, shape: 'none' });
    } else if (code >= 48 && code <= 57) {
      tokens.push({
        kind: 'number',
        start,
        end: start + value.length,
        text: value,
        norm: value,
        shape: 'none',
      });
    } else if (/\p{L}/u.test(value)) {
      const possessive = /['’][sS]$/.exec(value);
      if (possessive && value.length > 3) {
        value = value.slice(0, -2);
        TOKEN.lastIndex = start + value.length;
        TOKEN.lastIndex += 2;
      }
      const end = start + value.length;
      tokens.push({ kind: 'word', start, end, text: value, norm: normalize(value), shape: shapeOf(value) });
      if (possessive && match[0].length > 3) {
        tokens.push({ kind: 'punctuation', start: end, end: end + 2, text: "'s", norm: "'s", shape: 'none' });
      }
    } else {
      tokens.push({
        kind: 'punctuation',
        start,
        end: start + value.length,
        text: value,
        norm: value,
        shape: 'none',
      });
    }
  }
  return tokens;
}
