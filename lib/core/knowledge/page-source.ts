/** How a page's document is found again: its source is the page's address. */
import { hashTerm } from './analyze.ts';

const LONGEST = 500;

/** The address itself; of a long one the beginning and what tells it from others that begin so. */
export function sourceOfPage(address: string): string {
  if (address.length <= LONGEST) return address;
  const rest = address.slice(LONGEST / 2);
  return `${address.slice(0, LONGEST - 20)}#${hashTerm(rest, 1).toString(36)}${hashTerm(rest, 2).toString(36)}`;
}

/** Sources that a site no longer lists. None when it lists nothing: a site that is broken has not given up its pages. */
export function sourcesGone(listed: readonly string[], known: readonly string[]): string[] {
  if (listed.length === 0) return [];
  const there = new Set(listed.map(sourceOfPage));
  return known.filter(source => !there.has(source));
}
