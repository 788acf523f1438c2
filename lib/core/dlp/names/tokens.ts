/** Words, numbers and punctuation of a stretch of text, with all that lists and letters say about each word. */

import { cueBits } from '../cues.ts';
import { hintBits } from './hints.ts';
import { AMBIGUOUS, COMMON, FIRST_NAME, inList, LAST_NAME, letterOdds, normalize, TOWN } from './lexicon.ts';
import { BLOCKED_PLAIN } from './plain.ts';
import { type StreetWord, streetWord } from './streets.ts';
import { isVietnameseFamily } from './vietnamese.ts';
import {
  COUNTRY_STARTS,
  JOB_HEADS,
  NATIONS,
  NEVER_NAME,
  ORG_SUFFIX,
  PARTICLES,
  TITLES,
} from './vocabulary.ts';

export type Shape = 'lower' | 'title' | 'upper' | 'mixed' | 'none';

/** What is known of a spelling; looked up once and remembered. */
export interface Word {
  /** Lower case without accents. */
  readonly norm: string;
  readonly shape: Shape;
  readonly first: boolean;
  readonly last: boolean;
  readonly town: boolean;
  readonly common: boolean;
  /** A word of English as well as a name ('mark', 'rose'). */
  readonly ambiguous: boolean;
  /** Log odds of name and of place against word, by letters. */
  readonly name: number;
  readonly place: number;
  readonly neverName: boolean;
  readonly particle: boolean;
  readonly title: boolean;
  /** Nation, first word of a country, head of a job title or legal form: a list has something to say. */
  readonly nation: boolean;
  readonly countryStart: boolean;
  readonly job: boolean;
  readonly legalForm: boolean;
  /** One of the family names of Viet Nam. */
  readonly vietnamese: boolean;
  /** A lower case ASCII word of everyday English that no address, name or job title holds. */
  readonly plain: boolean;
  readonly hasDigit: boolean;
  readonly street: StreetWord;
  /** What the word hints at in or near a name (`hints.ts`). */
  readonly hints: number;
  /** Recognisers that need this word (`cues.ts`). */
  readonly cues: number;
}

export interface Token {
  readonly kind: 'word' | 'number' | 'punctuation' | 'line';
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly norm: string;
  readonly shape: Shape;
  readonly word: Word;
}

const MAX_KNOWN = 20_000;
const MAX_WORD = 60;
const MAX_PARTS = 6;
const known = new Map<string, Word>();

/** All about a spelling; the last 20,000 are remembered. */
export function wordInfo(text: string): Word {
  const remembered = known.get(text);
  if (remembered) return remembered;
  const norm = normalize(text);
  const [name, place] = letterOdds(norm);
  const common = isCommon(norm);
  const word: Word = {
    norm,
    shape: shapeOf(text),
    first: inList(FIRST_NAME, norm),
    last: inList(LAST_NAME, norm),
    town: inList(TOWN, norm),
    common,
    ambiguous: inList(AMBIGUOUS, norm),
    name,
    place,
    neverName: NEVER_NAME.has(norm),
    particle: PARTICLES.has(norm),
    title: TITLES.has(norm),
    nation: NATIONS.has(norm) || (norm.endsWith('s') && NATIONS.has(norm.slice(0, -1))),
    countryStart: COUNTRY_STARTS.has(norm),
    job: JOB_HEADS.has(norm),
    legalForm: ORG_SUFFIX.has(norm),
    vietnamese: isVietnameseFamily(text.toLowerCase()),
    plain: common && /^[a-z]{1,14}$/.test(text) && !BLOCKED_PLAIN.has(text),
    hasDigit: /\d/.test(text),
    street: streetWord(norm),
    hints: hintBits(norm),
    cues: cueBits(norm),
  };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, word);
  return word;
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

const OTHER = 1;
const LETTER = 2;
const MARK = 3;
const DIGIT = 4;
const SPACE = 5;
/** Class of each UTF-16 unit, filled as units are met. */
const classes = new Uint8Array(65_536);

function classOf(code: number): number {
  const remembered = classes[code]!;
  if (remembered !== 0) return remembered;
  const char = String.fromCharCode(code);
  const found = /\p{L}/u.test(char)
    ? LETTER
    : /\p{M}/u.test(char)
      ? MARK
      : /\p{N}/u.test(char)
        ? DIGIT
        : /\s/.test(char) && code !== 10
          ? SPACE
          : OTHER;
  classes[code] = found;
  return found;
}

const EMPTY = wordInfo('');

/** Tokens of a text in order; a possessive `'s` is a token of its own. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const { length } = text;
  let at = 0;
  while (at < length) {
    const code = text.charCodeAt(at);
    const kind = classOf(code);
    const start = at;
    if (kind === SPACE) {
      at++;
    } else if (kind === LETTER) {
      at = pushWord(text, start, tokens);
    } else if (code >= 48 && code <= 57) {
      at = numberEnd(text, start);
      const value = text.slice(start, at);
      tokens.push({ kind: 'number', start, end: at, text: value, norm: value, shape: 'none', word: EMPTY });
    } else {
      at = code >= 0xd800 && code <= 0xdbff && at + 1 < length ? at + 2 : at + 1;
      const value = text.slice(start, at);
      const line = code === 10;
      tokens.push({
        kind: line ? 'line' : 'punctuation',
        start,
        end: at,
        text: value,
        norm: value,
        shape: 'none',
        word: EMPTY,
      });
    }
  }
  return tokens;
}

function pushWord(text: string, start: number, tokens: Token[]): number {
  let end = initialsEnd(text, start);
  if (end < 0) end = wordEnd(text, start);
  let value = text.slice(start, end);
  const possessive = value.length > 3 && /['’][sS]$/.test(value);
  if (possessive) value = value.slice(0, -2);
  const word = wordInfo(value);
  const stop = start + value.length;
  tokens.push({ kind: 'word', start, end: stop, text: value, norm: word.norm, shape: word.shape, word });
  if (possessive) {
    tokens.push({
      kind: 'punctuation',
      start: stop,
      end,
      text: "'s",
      norm: "'s",
      shape: 'none',
      word: EMPTY,
    });
  }
  return end;
}

/** End of letters, marks and digits, joined by single hyphens or apostrophes before a letter. */
function wordEnd(text: string, start: number): number {
  let at = start + 1;
  let parts = 0;
  for (let run = 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const kind = classOf(code);
    if (kind >= LETTER && kind <= DIGIT) {
      if (++run > MAX_WORD) return at;
      continue;
    }
    const joins = code === 45 || code === 39 || code === 0x2019;
    if (!joins || parts === MAX_PARTS || at + 1 >= text.length || classOf(text.charCodeAt(at + 1)) !== LETTER)
      break;
    parts++;
    run = 0;
  }
  return at;
}

/** End of "U.S." and the like, or -1. */
function initialsEnd(text: string, start: number): number {
  let at = start;
  while (
    at - start < 16 &&
    text.charCodeAt(at + 1) === 46 &&
    classOf(text.charCodeAt(at)) === LETTER &&
    isUpper(text[at]!)
  )
    at += 2;
  return at - start >= 4 ? at : -1;
}

function isUpper(char: string): boolean {
  return char.toLowerCase() !== char;
}

/** End of a number: digits and letters, then groups of digits after single `. , : / -`. */
function numberEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && at - start < 41) {
    const kind = classOf(text.charCodeAt(at));
    if (kind !== LETTER && kind !== DIGIT) break;
    at++;
  }
  for (let groups = 0; groups < MAX_PARTS; groups++) {
    const code = text.charCodeAt(at);
    const joins = code === 46 || code === 44 || code === 58 || code === 47 || code === 45;
    let next = at + 1;
    while (joins && next - at <= 20 && text.charCodeAt(next) >= 48 && text.charCodeAt(next) <= 57) next++;
    if (!joins || next === at + 1) break;
    at = next;
  }
  return at;
}
