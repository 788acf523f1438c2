/**
 * Long text in messages that a platform takes.
 *
 * Invariants:
 * 1. No part is longer than the limit, and none is empty.
 * 2. The parts together say what the text says: only white space at the cuts is left out, and a code block that is
 *    itself too long is closed and opened again.
 * 3. A cut never falls inside a grapheme cluster (UAX #29), nor, as long as they fit into one part, inside a link, an
 *    address, emphasis or code.
 */
import type { TextUnit } from './limits.ts';

/** Parts beyond which an answer is no chat message any more: the rest is refused by `planOutbound`. */
export const MAX_PARTS = 20;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Length of a text as the platform counts it. */
export function lengthOf(text: string, unit: TextUnit): number {
  if (unit === 'utf16') return text.length;
  if (unit === 'utf8Bytes') return Buffer.byteLength(text, 'utf8');
  let points = 0;
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) points++;
  return points;
}

export function splitText(whole: string, max: number, unit: TextUnit = 'utf16'): readonly string[] {
  const text = shortenFences(whole, max, unit);
  const guarded = guardedSpans(text);
  const parts: string[] = [];
  let from = skipSpace(text, 0);
  while (from < text.length) {
    const fits = from + prefixWithin(text, from, max, unit);
    const to = fits >= text.length ? text.length : cutBefore(text, from, fits, guarded);
    const part = text.slice(from, to).trimEnd();
    if (part !== '') parts.push(part);
    from = skipSpace(text, to);
  }
  return parts;
}

/** White space at a cut is dropped up to the last line break in it: what follows keeps its indentation. */
function skipSpace(text: string, from: number): number {
  const space = /\s*/y;
  space.lastIndex = from;
  const run = space.exec(text)?.[0] ?? '';
  const lines = run.lastIndexOf('\n') + 1;
  return lines > 0 && from + run.length < text.length ? from + lines : from + run.length;
}

/** How many code units of the text from there are at most `max` long; at least one code point. */
function prefixWithin(text: string, from: number, max: number, unit: TextUnit): number {
  let used = 0;
  let at = from;
  while (at < text.length) {
    const point = text.codePointAt(at)!;
    const width = point > 0xffff ? 2 : 1;
    used +=
      unit === 'codePoints' ? 1 : unit === 'utf16' ? width : point < 0x80 ? 1 : point < 0x800 ? 2 : width + 2;
    if (used > max && at > from) break;
    at += width;
  }
  return at - from;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where the text may not be cut if it can be helped. Every repetition is bounded: the text is a model's. */
const GUARDED: readonly RegExp[] = [
  /```[\s\S]{0,20000}?```/g,
  /!?\[[^\]\n]{0,300}\]\([^)\s]{1,2000}\)/g,
  /https?:\/\/[^\s<>]{1,2000}/g,
  /`[^`\n]{1,300}`/g,
  /\*\*[^*\n]{1,300}\*\*/g,
  /__[^_\n]{1,300}__/g,
  /~~[^~\n]{1,300}~~/g,
];

function guardedSpans(text: string): readonly Span[] {
  const found = GUARDED.flatMap(pattern =>
    Array.from(text.matchAll(pattern), match => ({ from: match.index, to: match.index + match[0].length })),
  ).sort((left, right) => left.from - right.from);
  const joined: Span[] = [];
  for (const span of found) {
    const last = joined.at(-1);
    if (last && span.from < last.to)
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else joined.push(span);
  }
  return joined;
}

/** Kinds of places to cut at, best first; a good place too early would leave a stump, so the space comes last. */
const PLACES: readonly RegExp[] = [/\n\s*\n/g, /\n/g, /[.!?…。！？]["'”’)\]]{0,3}(?=\s)|[。！？]/g, /\s/g];
const STUMP = 1 / 3;

function cutBefore(text: string, from: number, fits: number, guarded: readonly Span[]): number {
  const inside = guarded.filter(span => span.to > from && span.from < fits);
  const window = text.slice(from, fits);
  for (const [rank, pattern] of PLACES.entries()) {
    const least = from + (rank === PLACES.length - 1 ? 1 : (fits - from) * STUMP);
    const cuts = Array.from(
      window.matchAll(pattern),
      match => from + match.index + match[0].length,
    ).reverse();
    const cut = cuts.find(each => each >= least && !splitsSpan(each, inside) && isBoundary(text, from, each));
    if (cut !== undefined) return cut;
  }
  // No white space outside of spans: before the span that reaches over the end, else between two graphemes.
  const over = inside.find(span => span.from < fits && span.to > fits);
  if (over && over.from > from && isBoundary(text, from, over.from)) return over.from;
  const start = graphemeStart(text, from, fits);
  return start > from ? start : fits;
}

function splitsSpan(cut: number, spans: readonly Span[]): boolean {
  return spans.some(span => cut > span.from && cut < span.to);
}

function isBoundary(text: string, from: number, at: number): boolean {
  return at >= text.length || graphemeStart(text, from, at) === at;
}

/** Longest grapheme looked for past a cut; a longer one (stacked marks) is cut between code points. */
const MAX_GRAPHEME = 200;

function graphemeStart(text: string, from: number, at: number): number {
  const segment = graphemes.segment(text.slice(from, at + MAX_GRAPHEME)).containing(at - from);
  return segment === undefined ? at : from + segment.index;
}

/** A code block longer than one part becomes several, each closed. */
function shortenFences(text: string, max: number, unit: TextUnit): string {
  if (!text.includes('```')) return text;
  return text.replace(/```([^\n`]{0,40})\n([\s\S]{0,20000}?)\n?```/g, (block, name: string, code: string) => {
    const room = max - lengthOf(name, unit) - 10;
    if (lengthOf(block, unit) <= max || room < 20) return block;
    return splitText(code.replaceAll('```', "'''"), room, unit)
      .map(part => `\`\`\`${name}\n${part}\n\`\`\``)
      .join('\n\n');
  });
}
