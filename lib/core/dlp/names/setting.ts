/**
 * What a stretch of text is like as a whole, and which runs deserve no trust in it. In German every noun has a capital,
 * in Vietnamese most words are unknown to the lists, in a text in capitals all words look like names.
 */
import type { Run } from './runs.ts';
import type { Token } from './tokens.ts';
import { FOREIGN, VIETNAMESE_LETTERS } from './words.ts';

export interface Setting {
  /** Written in another language than English, as two of its everyday words show. */
  readonly foreign: boolean;
  readonly vietnamese: boolean;
  /** All in capitals. */
  readonly shouted: boolean;
}

const ENOUGH = 2;
const SHOUTED = 3;

/** `marks` are those of all the words. */
export function settingOf(tokens: readonly Token[], marks: number): Setting {
  let foreign = 0;
  let vietnamese = 0;
  let upper = 0;
  let others = 0;
  for (const { word, kind, shape } of tokens) {
    if (kind !== 'word' || word.text.length < 2) continue;
    if ((word.marks & FOREIGN) !== 0) foreign++;
    if (shape === 'lower' && (word.marks & VIETNAMESE_LETTERS) !== 0) vietnamese++;
    if (shape === 'upper') upper++;
    else others++;
  }
  return {
    foreign: (marks & FOREIGN) !== 0 && foreign >= ENOUGH,
    vietnamese: vietnamese >= ENOUGH,
    shouted: upper > SHOUTED && upper > SHOUTED * others,
  };
}

/** Whether what a run looks like may count, given what is around it. */
export function isTrusted(tokens: readonly Token[], run: Run, setting: Setting): boolean {
  const { foreign, vietnamese, shouted } = setting;
  if (!(foreign || vietnamese || shouted)) return true;
  if (run.lower) return !(foreign || vietnamese);
  const words = tokens.slice(run.first, run.next).filter(token => token.kind === 'word');
  if (shouted) return words.some(({ word }) => !word.common) || (words.length > 1 && words[0]!.word.first);
  if (vietnamese) return words.length > 1 || (words[0]!.word.marks & VIETNAMESE_LETTERS) === 0;
  const listed = words.filter(({ word }) => word.first || word.last || word.town).length;
  const compound = words.some(({ text }) => /[A-Z]/.test(text.slice(1)));
  return listed > 0 || compound || words.length > 2;
}

const CALLS = new Set("its it's i'm im named called attn attention mr mrs ms dr regards".split(' '));
const NAME_WORDS = new Set(['name', 'this', 'nickname']);
const GOES = new Set(['in', 'from', 'to', 'near', 'visiting', 'leaving']);

/** Whether a word before says that a name in lower case comes: "its tom", "stuck in bangkok". */
export function isAnnounced(tokens: readonly Token[], i: number): boolean {
  const before = tokens[i - 1];
  if (before?.kind !== 'word') return false;
  if (isGlued(tokens, i)) return false;
  const { first, town, common } = tokens[i]!.word;
  if (town && !common && GOES.has(before.norm)) return true;
  if (!first) return false;
  return CALLS.has(before.norm) || (before.norm === 'is' && NAME_WORDS.has(tokens[i - 2]?.norm ?? ''));
}

/** Whether something follows without a space, as in a mail address or the name of a file. */
function isGlued(tokens: readonly Token[], i: number): boolean {
  const next = tokens[i + 1];
  return next?.kind === 'punctuation' && next.start === tokens[i]!.end && tokens[i + 2]?.start === next.end;
}
