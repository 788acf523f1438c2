/**
 * The parts of a text that can hold an identifier: words with a digit in them, joined while only short words lie
 * between, with the short words at either side ("AB 12 34 56 C", "W1A 1HQ", "HH AB 1234").
 */
export interface Window {
  readonly start: number;
  readonly end: number;
  readonly digits: number;
  /** One number without punctuation at which a match could start or end inside it. */
  readonly single: boolean;
}

export interface Outline {
  readonly windows: readonly Window[];
  readonly digits: number;
  /** Length of the longest run without white space. */
  readonly longestRun: number;
}

/** Longest word that joins to a number beside it, and how many of them do at either side. */
const SHORT = 4;
const JOINED = 2;

interface Open {
  start: number;
  end: number;
  digits: number;
  single: boolean;
}

/** Outline of a text from `from` on. */
export function outline(text: string, from: number): Outline {
  const windows: Open[] = [];
  let total = 0;
  let longestRun = 0;
  let open: Open | undefined;
  const starts: number[] = [];
  let after = 0;
  let at = from;
  while (at < text.length) {
    while (at < text.length && text.charCodeAt(at) <= 32) at++;
    const start = at;
    let digits = 0;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code <= 32) break;
      if (code >= 48 && code <= 57) digits++;
    }
    const length = at - start;
    if (length === 0) break;
    if (length > longestRun) longestRun = length;
    if (digits > 0) {
      total += digits;
      if (open === undefined) {
        open = { start: starts[0] ?? start, end: at, digits, single: isPlainNumber(text, start, at) };
        windows.push(open);
      } else {
        open.end = at;
        open.digits += digits;
        open.single = false;
      }
      after = 0;
      starts.length = 0;
    } else if (length > SHORT) {
      open = undefined;
      starts.length = 0;
    } else if (open !== undefined && after < JOINED) {
      open.end = at;
      after++;
    } else {
      open = undefined;
      starts.push(start);
      if (starts.length > JOINED) starts.shift();
    }
  }
  return { windows, digits: total, longestRun };
}

/** Letters, digits and hyphens only, but for punctuation at either end. */
function isPlainNumber(text: string, start: number, end: number): boolean {
  let from = start;
  let to = end;
  while (from < to && !isPart(text.charCodeAt(from))) from++;
  while (to > from && !isPart(text.charCodeAt(to - 1))) to--;
  for (let i = from; i < to; i++) if (!isPart(text.charCodeAt(i)) && text.charCodeAt(i) !== 45) return false;
  return true;
}

function isPart(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
