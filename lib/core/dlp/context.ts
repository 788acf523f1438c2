/**
 * Words of context, such as "passport" before a number: which of them a word of the text may begin. A segment without
 * any of a recogniser's words needs no search by it. Asking is generous: what is found is still judged by the
 * recogniser's own expression (`hasContext`).
 */
import { normalize } from './names/lexicon.ts';

const NO_IDS: readonly number[] = [];
/** Number of each key; a key is the first word of a phrase, in lower case without accents. */
const ids = new Map<string, number>();
const keysOf = new WeakMap<RegExp, readonly number[]>();
let version = 0;

/** Changes when keys are added: what is remembered of words is then out of date. */
export function contextVersion(): number {
  return version;
}

/** Keys of a phrase: its first word, and it as one word, as both may be written together or with a hyphen. */
function keys(phrase: string): string[] {
  const norm = normalize(phrase.trim());
  const first = /[\p{L}\p{N}]+/u.exec(norm)?.[0] ?? '';
  return [first, norm.replace(/[^\p{L}\p{N}]+/gu, '')];
}

function idOf(key: string): number {
  const known = ids.get(key);
  if (known !== undefined) return known;
  ids.set(key, ids.size);
  version++;
  return ids.size - 1;
}

/** Words as one case-insensitive expression that matches whole words only. */
export function words(...list: readonly string[]): RegExp {
  const body = list
    .map(word => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '[ -]?'))
    .join('|');
  const expression = new RegExp(`(?<![\\p{L}\\p{N}])(?:${body})(?![\\p{L}])`, 'iu');
  keysOf.set(expression, [...new Set(list.flatMap(keys).map(idOf))]);
  return expression;
}

/** Numbers of the keys of an expression made by `words`; undefined for any other, of which nothing is known. */
export function contextKeys(expression: RegExp): readonly number[] | undefined {
  return keysOf.get(expression);
}

/** Numbers of the keys that a word of a text holds, whole or as a part between hyphens, apostrophes and digits. */
export function contextIds(norm: string): readonly number[] {
  let found: number[] | undefined;
  const look = (part: string): void => {
    const id = ids.get(part);
    if (id === undefined) return;
    found ??= [];
    found.push(id);
  };
  look(norm);
  const parts = norm.split(/[^\p{L}\p{N}]+|(?<=\p{L})(?=\p{N})/u);
  if (parts.length > 1) {
    for (const part of parts) look(part);
    look(parts.join(''));
  }
  return found ?? NO_IDS;
}
