/** Runs of words that may be a name, a place or an organisation, and what speaks for which. */

import { isAnnounced } from './setting.ts';
import type { Token } from './tokens.ts';
import { CAPITAL, LOWER_NAME, MAYBE_NAME, VIETNAMESE_LETTERS } from './words.ts';

export interface Run {
  /** Index of the first token and after the last. */
  readonly first: number;
  readonly next: number;
  /** Written in lower case, found by the lists alone. */
  readonly lower: boolean;
}

const MAX_RUN = 7;
const OPENING = `"'“”‘’>([*-`;
const ENDING = '.!?';

/** Whether case says nothing in a stretch: three words or more, and none with a capital. */
export function isLowerCase(tokens: readonly Token[]): boolean {
  let lower = 0;
  for (const { kind, shape, end, start } of tokens) {
    if (kind !== 'word' || end - start < 2) continue;
    if (shape !== 'lower') return false;
    lower++;
  }
  return lower > 2;
}

export function startsSentence(tokens: readonly Token[], i: number): boolean {
  let k = i - 1;
  while (k >= 0 && tokens[k]!.kind === 'punctuation' && OPENING.includes(tokens[k]!.text)) k--;
  if (k < 0) return true;
  const before = tokens[k]!;
  if (before.kind === 'line') return true;
  if (before.text === ':') return true;
  if (before.kind !== 'punctuation' || !ENDING.includes(before.text)) return false;
  return !tokens[k - 1]?.word.title;
}

/** Whether a token can be a word of a name: capitalised, and not a word that only its place capitalises. */
function isNamey(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  if (token === undefined || (token.word.marks & CAPITAL) === 0 || token.word.hasDigit) return false;
  if (token.word.neverName) return false;
  if (token.text.length === 1) return false;
  // "Mr. Petrov", "Ms Lee": the title is none of the name.
  if (token.word.title && (tokens[i + 1]?.text === '.' || isCapitalWord(tokens[i + 1]))) return false;
  if (startsSentence(tokens, i)) {
    const info = token.word;
    // A Vietnamese sentence begins with a capital; its names are told by their family names (vietnamese.ts).
    if ((info.marks & VIETNAMESE_LETTERS) !== 0 && !info.vietnamese && !isCapitalWord(tokens[i + 1]))
      return false;
    if (info.common) return (info.first || info.last) && isCapitalWord(tokens[i + 1]);
  }
  return true;
}

function isCapitalWord(token: Token | undefined): boolean {
  return token !== undefined && (token.word.marks & CAPITAL) !== 0 && !token.word.neverName;
}

function isInitial(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  return token?.kind === 'word' && token.text.length === 1 && token.shape === 'title' && token.norm !== 'i';
}

/** Runs that start at token `i` or later, in order; none overlap. */
export function findRuns(tokens: readonly Token[], from: number): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if ((token.word.marks & (CAPITAL | LOWER_NAME | MAYBE_NAME)) === 0 || token.start < from) continue;
    const next = isNamey(tokens, i) ? extend(tokens, i) : i;
    if (next > i) {
      runs.push({ first: i, next, lower: false });
      i = next - 1;
      continue;
    }
    const announced = (token.word.marks & MAYBE_NAME) !== 0 && isAnnounced(tokens, i);
    const lower = Math.max(lowerRun(tokens, i), announced ? i + 1 : i);
    if (lower > i) {
      runs.push({ first: i, next: lower, lower: true });
      i = lower - 1;
    }
  }
  return runs;
}

function extend(tokens: readonly Token[], i: number): number {
  let next = i + 1;
  while (next < tokens.length && next - i < MAX_RUN) {
    const token = tokens[next]!;
    if (isNamey(tokens, next)) next++;
    else if (
      isInitial(tokens, next) &&
      (tokens[next + 1]?.text === '.' ? isNamey(tokens, next + 2) : isNamey(tokens, next + 1))
    ) {
      next += tokens[next + 1]!.text === '.' ? 2 : 1;
    } else if (
      token.kind === 'word' &&
      token.word.particle &&
      token.norm !== 'y' &&
      isCapitalAt(tokens, next + 1)
    )
      next++;
    else if (
      token.kind === 'word' &&
      token.word.particle &&
      tokens[next + 1]?.word.particle &&
      isNamey(tokens, next + 2)
    )
      next += 2;
    else if ((token.text === '&' || token.text === 'O') && isNamey(tokens, next + 1)) next++;
    else break;
  }
  const dot = tokens[next];
  if (dot?.text === '.' && tokens[next - 1]!.word.legalForm && dot.start === tokens[next - 1]!.end)
    return next;
  return next;
}

function isCapitalAt(tokens: readonly Token[], i: number): boolean {
  return isNamey(tokens, i);
}

/** Lower case words that are in the lists of names or countries and no words of English. */
function lowerRun(tokens: readonly Token[], i: number): number {
  let next = i;
  while (next < tokens.length && next - i < 4) {
    const token = tokens[next]!;
    if (token.kind !== 'word' || token.shape !== 'lower' || token.norm.length < 3) {
      const initial =
        token.kind === 'word' && token.norm.length === 1 && next > i && tokens[next + 1]?.text === '.';
      if (initial && isLowerName(tokens[next + 2])) {
        next += 2;
        continue;
      }
      break;
    }
    if (!isLowerName(token)) break;
    next++;
  }
  return next;
}

function isLowerName(token: Token | undefined): boolean {
  return token !== undefined && (token.word.marks & LOWER_NAME) !== 0;
}
