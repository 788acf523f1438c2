/**
 * Text as the offline provider reads and shows it.
 * Reading: bounded, without case and diacritics. Showing: without anything that a person could not see, since
 * documents and tool results may carry hidden text.
 */

/** Of a longer message only the beginning is read. Characters. */
export const MAX_READ_LENGTH = 4_000;
/** A value in a sentence is never longer. Characters. */
export const MAX_SHOWN_LENGTH = 300;

/** Controls, zero-width and bidirectional marks, tag characters, private use; line breaks and tabs stay. */
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}]|\u115F|\u1160|\u3164|\uFFA0|\u034F|\u17B4|\u17B5|\p{Variation_Selector}/gu;

const HTML_COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
const HTML_TAG = /<\/?[a-zA-Z][^<>]{0,400}>/g;

/** Visible characters only, and only `limit` of them. */
export function visible(text: string, limit: number = MAX_SHOWN_LENGTH): string {
  const kept = text
    .slice(0, limit * 4 + 4_000)
    .replace(HTML_COMMENT, ' ')
    .replace(HTML_TAG, ' ')
    .replace(INVISIBLE, character => (character === '\n' || character === '\t' ? character : ''))
    .trim();
  if (kept.length <= limit) return kept;
  const cut = kept.slice(0, limit);
  return `${cut.slice(0, /[\uD800-\uDBFF]$/.test(cut) ? -1 : undefined)}…`;
}

/** The part of a message that is read, in composed form and without invisible characters. */
export function readable(text: string): string {
  return text
    .slice(0, MAX_READ_LENGTH)
    .normalize('NFC')
    .replace(INVISIBLE, character => (character === '\n' || character === '\t' ? ' ' : ''))
    .trim();
}

/** Without case, diacritics, apostrophes; `đ` is `d`. Of the same words in any spelling, one form. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .replace(/['’`]/g, '')
    .toLowerCase();
}

/** Folded words: runs of letters and digits. */
export function foldedWords(text: string): readonly string[] {
  return fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** True when two words differ by one inserted, missing, changed or swapped character (OSA distance 1). */
export function isOneTypoApart(a: string, b: string): boolean {
  if (a === b) return true;
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const restA = a.slice(start, endA);
  const restB = b.slice(start, endB);
  if (restA.length <= 1 && restB.length <= 1) return true;
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
}
