/**
 * Where a text may be cut so that detection can go on piece by piece: after a sentence, after a blank line, after a
 * few plain words in a row, and at the latest after `MAX_SEGMENT` characters. A boundary depends on nothing but the
 * text up to one character after it, so a stream cut anywhere gives the same segments as the whole text.
 */

import { BLOCKED_PLAIN } from './names/plain.ts';
import { wordInfo } from './names/tokens.ts';
import { CLOSE, MAX_PLACEHOLDER, OPEN } from './vault.ts';

/** Longest segment in characters: what a stream may hold back. */
export const MAX_SEGMENT = 480;
/** Characters before a segment that its detection may look at. */
export const LEFT_CONTEXT = 96;
/** So many plain words in a row end a segment. */
const PLAIN_RUN = 6;
const FORCED_SEARCH = 200;

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0;
}

/** A lower case ASCII word of everyday English that no address, name or job title holds. */
function isPlain(text: string, start: number, end: number): boolean {
  if (end - start > 14) return false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code < 97 || code > 122) return false;
  }
  const word = text.slice(start, end);
  const info = wordInfo(word);
  return info.common && !BLOCKED_PLAIN.has(word);
}

/**
 * End of the segment that starts at `from`, or -1 when more text could still move it.
 * At the end of the text the caller takes what is left.
 */
export function nextBoundary(text: string, from: number): number {
  let run = 0;
  let at = from;
  const limit = from + MAX_SEGMENT;
  while (at < text.length && at < limit) {
    const start = at;
    while (at < text.length && !isSpace(text.charCodeAt(at))) at++;
    const end = at;
    let lines = 0;
    while (at < text.length && isSpace(text.charCodeAt(at))) if (text.charCodeAt(at++) === 10) lines++;
    if (at >= text.length || at >= limit) break;
    if (lines >= 2) return at;
    let core = end;
    while (core > start && '.,;:!?"\')'.includes(text[core - 1]!)) core--;
    const plain = core > start && isPlain(text, start, core);
    const closes = core < end && /[.!?]/.test(text.slice(core, end));
    if (plain && closes && core - start > 2) return at;
    run = plain && core === end ? run + 1 : plain ? run : 0;
    if (core < end && !plain) run = 0;
    if (run >= PLAIN_RUN) return at;
  }
  return text.length > limit ? outsidePlaceholder(text, from, forcedCut(text, from, limit)) : -1;
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
