/**
 * Misspelt words: a term that no text holds is read as the terms one edit away (Damerau 1964: a letter missing,
 * added, changed, or two swapped, which makes four fifths of misspellings). Only unknown terms are corrected: a
 * known one is taken at its word.
 */

/** Shorter terms have too many neighbours, most of them other words. */
export const MIN_CORRECTED_CHARS = 5;
/** A correction is a guess: it weighs less than a word that was written. */
export const CORRECTION_WEIGHT = 0.7;
export const MAX_CORRECTIONS = 3;
/** Terms of the vocabulary looked at for one unknown term; 43,000 take up to 10 ms. */
const MAX_SCANNED = 100_000;

/** True when the terms differ by exactly one edit. Linear in their length. */
export function isOneEditApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  const room = Math.min(a.length, b.length) - start;
  while (end < room && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const restA = a.length - start - end;
  const restB = b.length - start - end;
  if (Math.max(restA, restB) <= 1) return true;
  return restA === 2 && restB === 2 && a[start] === b[start + 1] && a[start + 1] === b[start];
}

/** The terms of a vocabulary that an unknown term may stand for, the commonest first. */
export function corrections(
  term: string,
  vocabulary: Iterable<string>,
  frequency: (term: string) => number,
): string[] {
  if (term.length < MIN_CORRECTED_CHARS || !/^\p{L}+$/u.test(term)) return [];
  const near: string[] = [];
  let scanned = 0;
  for (const candidate of vocabulary) {
    if (++scanned > MAX_SCANNED) break;
    if (Math.abs(candidate.length - term.length) > 1) continue;
    if (candidate[0] !== term[0] && candidate.at(-1) !== term.at(-1)) continue;
    if (isOneEditApart(candidate, term)) near.push(candidate);
  }
  return near.sort((a, b) => frequency(b) - frequency(a)).slice(0, MAX_CORRECTIONS);
}
