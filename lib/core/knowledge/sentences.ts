/**
 * Sentences with exact spans: `text.slice(start, end)` is the sentence. A list item, a table row and a heading
 * each count as one sentence, whatever their punctuation.
 */

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Sentences read of one text; the rest is one last span. */
const MAX_SENTENCES = 20_000;
const ABBREVIATION =
  /(?:^|[\s("'])(?:e\.g|i\.e|etc|vs|cf|approx|no|nos|fig|figs|eq|al|dr|mr|mrs|ms|prof|st|inc|ltd|co|corp|dept|est|ts|ths|tp|pgs|q|p|[A-Z])\.$/iu;
const END = /[.!?…。！？]{1,8}["'”’)\]]{0,4}(?=\s)|[。！？]/gu;
const LINE_STARTS_NEW = /^\s*(?:[-*+•]\s|\d{1,3}[.)]\s|#{1,6}\s|\||>)/;

export function sentences(text: string, within: Span = { start: 0, end: text.length }): Span[] {
  const found: Span[] = [];
  for (const unit of units(text, within)) {
    if (found.length >= MAX_SENTENCES) break;
    splitUnit(text, unit, found);
  }
  return found;
}

/** Paragraphs, list items, rows: what a sentence never crosses. A line that merely wraps is joined to the next. */
function units(text: string, within: Span): Span[] {
  const found: Span[] = [];
  let start = within.start;
  for (let at = within.start; at < within.end; ) {
    const newline = text.indexOf('\n', at);
    if (newline < 0 || newline >= within.end) break;
    const next = text.slice(newline + 1, Math.min(newline + 81, within.end));
    const line = text.slice(at, Math.min(newline, at + 200));
    const ends = /^\s*(?:\n|$)/.test(next) || LINE_STARTS_NEW.test(next) || /^\s*(?:#{1,6}\s|\|)/.test(line);
    if (ends) {
      found.push({ start, end: newline });
      start = newline + 1;
    }
    at = newline + 1;
  }
  found.push({ start, end: within.end });
  return found;
}

function splitUnit(text: string, unit: Span, found: Span[]): void {
  const body = text.slice(unit.start, unit.end);
  let from = 0;
  for (const match of body.matchAll(END)) {
    const end = match.index + match[0].length;
    const next = /^\s*(\S)/.exec(body.slice(end, end + 40))?.[1];
    if (match[0] === '.' && ABBREVIATION.test(body.slice(Math.max(0, end - 12), end))) continue;
    if (/^\s*\d{1,3}\.$/.test(body.slice(from, end))) continue;
    if (next && /\p{Ll}/u.test(next)) continue;
    pushTrimmed(text, unit.start + from, unit.start + end, found);
    from = end;
  }
  pushTrimmed(text, unit.start + from, unit.end, found);
}

function pushTrimmed(text: string, start: number, end: number, found: Span[]): void {
  const piece = text.slice(start, end);
  const lead = piece.length - piece.trimStart().length;
  const body = piece.trim();
  if (body.length > 0) found.push({ start: start + lead, end: start + lead + body.length });
}
