/**
 * Where a text may be cut so that detection can go on piece by piece: after a sentence, after a blank line, after a
 * few plain words in a row, and at the latest after `MAX_SEGMENT` characters. A boundary depends on nothing but the
 * text up to one character after it, so a stream cut anywhere gives the same segments as the whole text.
 */

import { classOf, SPACE } from './names/characters.ts';
import { wordInfo } from './names/spellings.ts';

import { CLOSE, MAX_PLACEHOLDER, OPEN } from './vault.ts';

/** Longest segment in characters: what a stream may hold back. */
export const MAX_SEGMENT = 480;
/** Characters before a segment that its detection may look at. */
export const LEFT_CONTEXT = 64;
/** So many plain words in a row end a segment. */
export const PLAIN_RUN = 8;
const FORCED_SEARCH = 200;

/** Punctuation that may follow a word: . , ; : ! ? " ' ) */
export function isClosing(code: number): boolean {
  return (
    code < 64 &&
    (code === 46 ||
      code === 44 ||
      code === 59 ||
      code === 58 ||
      code === 33 ||
      code === 63 ||
      code === 34 ||
      code === 39 ||
      code === 41)
  );
}

/** Whether a stretch is an everyday word (see `Word.plain`). */
function isPlain(text: string, start: number, end: number): boolean {
  return end - start <= 14 && wordInfo(text.slice(start, end)).plain;
}

/** A mark that ends a sentence: . ! ? */
export function isStop(code: number): boolean {
  return code === 46 || code === 33 || code === 63;
}

const isSpace = (code: number): boolean => classOf(code) >= SPACE;

/** Where a segment that begins at `from` and finds no other end within `MAX_SEGMENT` characters is cut. */
export function forcedBoundary(text: string, from: number): number {
  return outsidePlaceholder(text, from, forcedCut(text, from, from + MAX_SEGMENT));
}

/** A cut never goes through a placeholder: what is split would not be recognised as one. */
function outsidePlaceholder(text: string, from: number, cut: number): number {
  const open = text.lastIndexOf(OPEN, cut - 1);
  if (open <= from || cut - open >= MAX_PLACEHOLDER) return cut;
  const close = text.indexOf(CLOSE, open);
  return close >= 0 && close < cut ? cut : open;
}

/** Cut of an overlong stretch: after a plain word, else after a line, else after a space, else anywhere. */
function forcedCut(text: string, from: number, limit: number): number {
  let line = -1;
  let space = -1;
  for (let at = limit; at > limit - FORCED_SEARCH; at--) {
    if (!isSpace(text.charCodeAt(at - 1)) || isSpace(text.charCodeAt(at))) continue;
    let start = at - 1;
    while (start > from && isSpace(text.charCodeAt(start - 1))) start--;
    const end = start;
    while (start > from && !isSpace(text.charCodeAt(start - 1))) start--;
    if (isPlain(text, start, end)) return at;
    if (line < 0 && text.charCodeAt(at - 1) === 10) line = at;
    if (space < 0) space = at;
  }
  if (line > 0) return line;
  if (space > 0) return space;
  const low = text.charCodeAt(limit);
  return low >= 0xdc00 && low <= 0xdfff ? limit - 1 : limit;
}
