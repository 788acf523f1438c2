/**
 * The blocks of a markdown or plain text with exact spans: headings, paragraphs, lists, tables, fenced code.
 * One pass over the lines; plain text is markdown without marks.
 */
import type { Span } from './sentences.ts';

export type BlockKind = 'heading' | 'paragraph' | 'list' | 'table' | 'code';

export interface Block extends Span {
  readonly kind: BlockKind;
  /** 1 to 6 for a heading, else 0. */
  readonly level: number;
  /** A heading's words without its marks, else empty. */
  readonly title: string;
}

interface Line extends Span {
  readonly text: string;
}

const ATX = /^ {0,3}(#{1,6})[ \t]+(\S.*?)[ \t]*#*[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const LIST = /^\s{0,12}(?:[-*+•]|\d{1,3}[.)])\s+\S/;
const TABLE_RULE = /^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$/;
const MAX_MARKED_LINE = 2_000;

export function blocks(text: string): Block[] {
  const lines = splitLines(text);
  const found: Block[] = [];
  for (let i = 0; i < lines.length; ) {
    if (lines[i]!.text.trim() === '') {
      i++;
      continue;
    }
    const { kind, count, level = 0, title = '' } = recognise(lines, i);
    found.push({ kind, level, title, start: lines[i]!.start, end: lines[i + count - 1]!.end });
    i += count;
  }
  return found;
}

interface Recognised {
  readonly kind: BlockKind;
  readonly count: number;
  readonly level?: number;
  readonly title?: string;
}

function recognise(lines: readonly Line[], at: number): Recognised {
  const line = lines[at]!.text;
  const heading = ATX.exec(line.slice(0, MAX_MARKED_LINE));
  if (heading) return { kind: 'heading', count: 1, level: heading[1]!.length, title: plain(heading[2]!) };
  const fence = FENCE.exec(line)?.[1];
  if (fence) {
    return { kind: 'code', count: run(lines, at, next => !next.trim().startsWith(fence), true) };
  }
  const under = lines[at + 1]?.text ?? '';
  if (isRow(line) && under.includes('-') && under.length < MAX_MARKED_LINE && TABLE_RULE.test(under)) {
    return { kind: 'table', count: run(lines, at, next => isRow(next)) };
  }
  if (/^ {0,3}(?:=+|-{3,})\s*$/.test(under.slice(0, 200)) && !LIST.test(line) && line.length < 200) {
    return { kind: 'heading', count: 2, level: under.includes('=') ? 1 : 2, title: plain(line.trim()) };
  }
  if (LIST.test(line.slice(0, 200))) {
    return { kind: 'list', count: run(lines, at, next => !startsOther(next)) };
  }
  return {
    kind: 'paragraph',
    count: run(lines, at, next => !startsOther(next) && !LIST.test(next.slice(0, 200))),
  };
}

/** Lines from `at` on while they go on; a fenced block goes over empty lines and takes the line that closes it. */
function run(lines: readonly Line[], at: number, goesOn: (line: string) => boolean, fenced = false): number {
  let count = 1;
  while (at + count < lines.length) {
    const next = lines[at + count]!.text;
    if (!fenced && next.trim() === '') break;
    if (!goesOn(next)) return fenced ? count + 1 : count;
    count++;
  }
  return count;
}

const startsOther = (line: string) => ATX.test(line.slice(0, MAX_MARKED_LINE)) || FENCE.test(line);
const isRow = (line: string) => line.includes('|');
const plain = (title: string) =>
  title
    .replace(/[*_`]+/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);

function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= text.length; ) {
    const newline = text.indexOf('\n', start);
    const stop = newline < 0 ? text.length : newline;
    const end = stop > start && text[stop - 1] === '\r' ? stop - 1 : stop;
    lines.push({ start, end, text: text.slice(start, end) });
    start = stop + 1;
  }
  return lines;
}
