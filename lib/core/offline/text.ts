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

const HIDDEN_MARKUP = [
  /<!--[\s\S]*?(?:-->|$)/g,
  /<(script|style|template|noscript)\b[^<>]{0,400}>[\s\S]*?(?:<\/\1\s{0,9}>|$)/gi,
  /<([a-z][a-z0-9]{0,19})\b[^<>]{0,400}?(?:display\s?:\s?none|visibility\s?:\s?hidden|font-size\s?:\s?0|opacity\s?:\s?0|\shidden\b)[^<>]{0,400}>[\s\S]*?(?:<\/\1\s{0,9}>|$)/gi,
  /<\/?[a-z][^<>]{0,400}>/gi,
];

/** Visible characters only, and only `limit` of them. */
export function visible(text: string, limit: number = MAX_SHOWN_LENGTH): string {
  let kept = text.slice(0, limit * 4 + 4_000);
  for (const markup of HIDDEN_MARKUP) kept = kept.replace(markup, ' ');
  kept = kept
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

/** Without case, diacritics and apostrophes; `đ` is `d`. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .replace(/['’`]/g, '')
    .toLowerCase();
}

/** Tone marks of Vietnamese in decomposed form; the other marks make another letter. */
const TONES = /[\u0300\u0301\u0303\u0309\u0323]/g;

/** A lower-case word with its tone at the end, so that `hủy` and `huỷ` are one word. */
function toneLast(word: string): string {
  const decomposed = word.toLowerCase().normalize('NFD');
  return decomposed.replace(TONES, '') + (decomposed.match(TONES)?.join('') ?? '');
}

export interface Words {
  readonly count: number;
  /** Words in spaces, e.g. ` where is it `, as typed, without case. */
  readonly exact: string;
  /** The same without diacritics. */
  readonly folded: string;
  /** True when the writer sets diacritics, so that a word without them is another word. */
  readonly accented: boolean;
}

/** Runs of letters and digits. */
export function wordsOf(text: string): Words {
  const words =
    text
      .normalize('NFC')
      .replace(/['’`]/g, '')
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const accents = words.filter(word => fold(word) !== word.toLowerCase()).length;
  return {
    count: words.length,
    exact: ` ${words.map(toneLast).join(' ')} `,
    folded: ` ${words.map(fold).join(' ')} `,
    accented: accents * 10 >= words.length * 3 && accents > 0,
  };
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
