/** Runs of words that may be a name, a place or an organisation, and what speaks for which. */
import type { Token } from './tokens.ts';
import { COUNTRIES, STATES } from './vocabulary.ts';

export interface Run {
  /** Index of the first token and after the last. */
  readonly first: number;
  readonly next: number;
  /** Written in lower case, found by the lists alone. */
  readonly lower: boolean;
}

const MAX_RUN = 7;
/** Letters that Vietnamese has and other languages in Latin script hardly use. */
const VIETNAMESE = /[ìĩũđĐơƠưƯăĂạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/u;
const OPENING: ReadonlySet<string> = new Set(`"'“”‘’>([*-`);
const ENDING: ReadonlySet<string> = new Set('.!?');

/** Whether case says nothing in this stretch: no capital after the first letter, or nothing but capitals. */
export function caseless(tokens: readonly Token[]): 'lower' | 'upper' | undefined {
  let lower = 0;
  let upper = 0;
  let title = 0;
  for (const token of tokens) {
    if (token.kind !== 'word' || token.text.length < 2) continue;
    if (token.shape === 'lower') lower++;
    else if (token.shape === 'upper') upper++;
    else title++;
  }
  if (upper > 3 && upper > 3 * (lower + title)) return 'upper';
  return lower > 2 && title + upper === 0 ? 'lower' : undefined;
}

export function startsSentence(tokens: readonly Token[], i: number): boolean {
  let k = i - 1;
  while (k >= 0 && OPENING.has(tokens[k]!.text)) k--;
  if (k < 0) return true;
  const before = tokens[k]!;
  if (before.kind === 'line') return true;
  if (before.text === ':') return true;
  return ENDING.has(before.text) && !(tokens[k - 1] && tokens[k - 1]!.word.title);
}

/** Whether a token can be a word of a name: capitalised, and not a word that only its place capitalises. */
function isNamey(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  if (token?.kind !== 'word') return false;
  if (token.shape === 'lower') return false;
  if (token.shape === 'none' || token.word.hasDigit) return false;
  if (token.word.neverName) return false;
  if (token.text.length === 1) return false;
  if (token.word.title && tokens[i + 1]?.text === '.') return false;
  if (startsSentence(tokens, i)) {
    const info = token.word;
    // A Vietnamese sentence begins with a capital; its names are told by their family names (vietnamese.ts).
    if (VIETNAMESE.test(token.text) && !info.vietnamese && !isCapitalWord(tokens[i + 1])) return false;
    if (info.common) return (info.first || info.last) && isCapitalWord(tokens[i + 1]);
  }
  return true;
}

function isCapitalWord(token: Token | undefined): boolean {
  return token?.kind === 'word' && token.shape !== 'lower' && token.shape !== 'none' && !token.word.neverName;
}

function isInitial(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  return token?.kind === 'word' && token.text.length === 1 && token.shape === 'title' && token.norm !== 'i';
}

/** Runs that start at token `i` or later, in order; none overlap. */
export function findRuns(tokens: readonly Token[], from: number): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i]!.start < from) continue;
    const next = isNamey(tokens, i) ? extend(tokens, i) : i;
    if (next > i) {
      runs.push({ first: i, next, lower: false });
      i = next - 1;
      continue;
    }
    const lower = lowerRun(tokens, i);
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
  if (token?.kind !== 'word' || token.shape !== 'lower' || token.norm.length < 3) return false;
  if (VIETNAMESE.test(token.text)) return false;
  if (token.word.neverName || COUNTRIES.has(token.norm) || STATES.has(token.norm)) return false;
  const info = token.word;
  return !info.common && !info.ambiguous && (info.first || info.last || (info.town && info.name > 1));
}
