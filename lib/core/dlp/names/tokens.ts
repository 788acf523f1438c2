/** Words, numbers and punctuation of a stretch of text. */
import { classOf, DIGIT, LETTER, LINE, SPACE } from './characters.ts';
import { CHECK, checkDigest, DIGEST, digest, wordAt, wordInfo } from './spellings.ts';
import type { Shape, Word } from './words.ts';

export interface Token {
  readonly kind: 'word' | 'number' | 'punctuation' | 'line';
  /** Moved when the text before it is dropped (`reader.ts`). */
  start: number;
  end: number;
  readonly text: string;
  readonly norm: string;
  readonly shape: Shape;
  readonly word: Word;
}

/** Longest part of a word, and most parts that hyphens and apostrophes join. */
const MAX_WORD = 60;
const MAX_PARTS = 6;

const EMPTY = wordInfo('');

function token(kind: Token['kind'], start: number, end: number, text: string): Token {
  return { kind, start, end, text, norm: text, shape: 'none', word: EMPTY };
}

/** Tokens of a text in order; a possessive `'s` is a token of its own. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const kind = classOf(code);
    at = kind === SPACE ? at + 1 : readToken(text, at, code, kind, 0, tokens);
  }
  return tokens;
}

/**
 * Adds the token that begins at `at`, its place raised by `shift`, and gives the index after it.
 * `code` and `kind` are those of its first character.
 */
export function readToken(
  text: string,
  at: number,
  code: number,
  kind: number,
  shift: number,
  tokens: Token[],
): number {
  if (kind === LETTER) return readWord(text, at, code, shift, tokens);
  let end = at + 1;
  if (code >= 48 && code <= 57) {
    end = numberEnd(text, at);
    tokens.push(token('number', at + shift, end + shift, text.slice(at, end)));
  } else {
    if (code >= 0xd800 && code <= 0xdbff && end < text.length) end++;
    tokens.push(token(kind === LINE ? 'line' : 'punctuation', at + shift, end + shift, text.slice(at, end)));
  }
  return end;
}

function readWord(text: string, start: number, initial: number, shift: number, tokens: Token[]): number {
  const { length } = text;
  const initials = text.charCodeAt(start + 1) === 46 ? initialsEnd(text, start) : -1;
  let end = initials;
  let hash = digest(DIGEST, initial);
  let check = checkDigest(CHECK, initial);
  if (initials < 0) {
    end = start + 1;
    let parts = 0;
    for (let run = 1; end < length; end++) {
      const code = text.charCodeAt(end);
      const kind = classOf(code);
      if (kind >= LETTER && kind <= DIGIT) {
        if (++run > MAX_WORD) break;
      } else {
        // Single hyphens and apostrophes join before a letter.
        const joins = code === 45 || code === 39 || code === 0x2019;
        if (!joins || parts === MAX_PARTS || end + 1 >= length) break;
        if (classOf(text.charCodeAt(end + 1)) !== LETTER) break;
        parts++;
        run = 0;
      }
      hash = digest(hash, code);
      check = checkDigest(check, code);
    }
  }
  const possessive = isPossessive(text, start, end);
  const stop = possessive ? end - 2 : end;
  const direct = !possessive && initials < 0;
  const word = direct ? wordAt(text, start, end, hash, check) : wordInfo(text.slice(start, stop));
  const { norm, shape } = word;
  tokens.push({ kind: 'word', start: start + shift, end: stop + shift, text: word.text, norm, shape, word });
  if (possessive) tokens.push(token('punctuation', stop + shift, end + shift, "'s"));
  return end;
}

function isPossessive(text: string, start: number, end: number): boolean {
  if (end - start <= 3) return false;
  const last = text.charCodeAt(end - 1);
  if (last !== 115 && last !== 83) return false;
  const mark = text.charCodeAt(end - 2);
  return mark === 39 || mark === 0x2019;
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
