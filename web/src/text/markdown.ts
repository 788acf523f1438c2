/**
 * The little Markdown that answers use: paragraphs, lists, headings, code, bold, links, and [1] for a source.
 * Everything else is text as it stands. Gives plain data, never HTML, and takes time linear in the text.
 */

export type Inline =
  | { readonly type: 'text' | 'bold' | 'code'; readonly text: string }
  | { readonly type: 'link'; readonly text: string; readonly href: string }
  /** A reference to the source of that number, counted from 1. */
  | { readonly type: 'cite'; readonly number: number };

export type Block =
  | { readonly type: 'paragraph'; readonly lines: readonly (readonly Inline[])[] }
  | { readonly type: 'heading'; readonly content: readonly Inline[] }
  | { readonly type: 'list'; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly type: 'code'; readonly text: string };

/** A label, a bold passage or an address longer than this is text. It bounds how far a search looks ahead. */
const SPAN_LIMIT = 2_000;

const BULLET = /^\s{0,3}[-*•]\s+/;
const NUMBER = /^\s{0,3}\d{1,3}[.)]\s+/;
const HEADING = /^#{1,6}\s+/;

/** A text that is being written, without the choices at its end: they come as buttons when it is complete. */
export function withoutChoices(text: string): string {
  return text.replace(/(\n\s*\[\[[^\n]*|\n\s*\[)+\s*$/, '');
}

export function parseMarkdown(source: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = source.split(/\r?\n/);
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    if (line.trim() === '') at++;
    else if (line.startsWith('```')) {
      const from = ++at;
      while (at < lines.length && !lines[at]?.startsWith('```')) at++;
      blocks.push({ type: 'code', text: lines.slice(from, at++).join('\n') });
    } else if (HEADING.test(line)) {
      blocks.push({ type: 'heading', content: parseInline(line.replace(HEADING, '')) });
      at++;
    } else if (BULLET.test(line) || NUMBER.test(line)) {
      const ordered = !BULLET.test(line);
      const marker = ordered ? NUMBER : BULLET;
      const items: (readonly Inline[])[] = [];
      for (; at < lines.length && marker.test(lines[at] ?? ''); at++)
        items.push(parseInline((lines[at] ?? '').replace(marker, '')));
      blocks.push({ type: 'list', ordered, items });
    } else {
      const from = at;
      while (at < lines.length && !startsBlock(lines[at] ?? '', at === from)) at++;
      blocks.push({ type: 'paragraph', lines: lines.slice(from, at).map(parseInline) });
    }
  }
  return blocks;
}

function startsBlock(line: string, first: boolean): boolean {
  if (first) return false;
  return (
    line.trim() === '' ||
    line.startsWith('```') ||
    HEADING.test(line) ||
    BULLET.test(line) ||
    NUMBER.test(line)
  );
}

/** Only addresses that lead to a page: no `javascript:`, no `data:`, nothing relative. */
export function safeHref(address: string): string | null {
  if (!/^https?:\/\//i.test(address) || address.length > SPAN_LIMIT) return null;
  return URL.canParse(address) ? new URL(address).href : null;
}

export function parseInline(source: string): readonly Inline[] {
  const parts: Inline[] = [];
  let plain = 0;
  let at = 0;
  const take = (part: Inline, from: number, to: number): void => {
    if (from > plain) parts.push({ type: 'text', text: source.slice(plain, from) });
    parts.push(part);
    plain = to;
    at = to;
  };
  while (at < source.length) {
    const found = spanAt(source, at);
    if (found) take(found.part, at, found.end);
    else at++;
  }
  if (plain < source.length) parts.push({ type: 'text', text: source.slice(plain) });
  return parts;
}

interface Span {
  readonly part: Inline;
  readonly end: number;
}

function spanAt(source: string, at: number): Span | null {
  switch (source[at]) {
    case '*':
      return source.startsWith('**', at) ? enclosed(source, at, '**', 'bold') : null;
    case '`':
      return enclosed(source, at, '`', 'code');
    case '[':
      return reference(source, at);
    case 'h':
    case 'H':
      return bareLink(source, at);
    default:
      return null;
  }
}

/** Where `mark` next stands, looking no further than the limit; -1 if it does not. */
function find(source: string, mark: string, from: number): number {
  const end = source.slice(from, from + SPAN_LIMIT).indexOf(mark);
  return end < 0 ? -1 : from + end;
}

function enclosed(source: string, at: number, mark: string, type: 'bold' | 'code'): Span | null {
  const from = at + mark.length;
  const end = find(source, mark, from);
  if (end <= from) return null;
  return { part: { type, text: source.slice(from, end) }, end: end + mark.length };
}

/** `[text](address)` or `[3]`. */
function reference(source: string, at: number): Span | null {
  const close = find(source, ']', at + 1);
  if (close <= at + 1) return null;
  const label = source.slice(at + 1, close);
  if (source[close + 1] === '(') {
    const end = find(source, ')', close + 2);
    const href = end < 0 ? null : safeHref(source.slice(close + 2, end).trim());
    return href === null ? null : { part: { type: 'link', text: label, href }, end: end + 1 };
  }
  return /^\d{1,2}$/.test(label) ? { part: { type: 'cite', number: Number(label) }, end: close + 1 } : null;
}

function bareLink(source: string, at: number): Span | null {
  if (at > 0 && /[\w/]/.test(source[at - 1] ?? '')) return null;
  const shown = /^https?:\/\/[^\s<>"')\]]+/i
    .exec(source.slice(at, at + SPAN_LIMIT))?.[0]
    .replace(/[.,;:!?]+$/, '');
  const href = shown ? safeHref(shown) : null;
  return shown && href ? { part: { type: 'link', text: shown, href }, end: at + shown.length } : null;
}
