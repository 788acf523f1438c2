/**
 * Structure-aware chunking. A chunk is a contiguous piece of the original: `text.slice(start, end)` is its body,
 * so that a citation can point into the source. A chunk never crosses into a section of another heading unless
 * both are small; a table, list or code block that fits stays whole, and a table that does not is cut by rows.
 */
import { TroupeError } from '../../kernel/errors.ts';
import { type Block, blocks } from './blocks.ts';
import { type Span, sentences } from './sentences.ts';

export interface ChunkLimits {
  /** A chunk is closed when the next block would take it past this many characters. */
  readonly targetChars: number;
  /** No chunk is longer. A block that is longer is cut at sentences or rows, at last at spaces. */
  readonly maxChars: number;
  /** A section shorter than this is joined with the next one under the same parent heading. */
  readonly minChars: number;
  readonly maxChunks: number;
  readonly maxTextChars: number;
}

export const CHUNK_LIMITS: ChunkLimits = {
  targetChars: 1_200,
  maxChars: 2_000,
  minChars: 200,
  maxChunks: 20_000,
  maxTextChars: 20_000_000,
};

export interface Chunk extends Span {
  readonly ordinal: number;
  /** The headings above the chunk, outermost first. */
  readonly headings: readonly string[];
  /** Exactly the characters start..end of the original. */
  readonly body: string;
  /** The header row of a table that this chunk continues, to show and index with it; else empty. */
  readonly context: string;
}

interface Piece extends Span {
  readonly headings: readonly string[];
  readonly context: string;
  /** Number of the section in the text; pieces of one section may share a chunk. */
  readonly section: number;
}

/** Cuts a markdown or plain text into chunks in order. Throws `body-too-large` past the limits. */
export function chunkText(text: string, limits: Partial<ChunkLimits> = {}): Chunk[] {
  const bounds = { ...CHUNK_LIMITS, ...limits };
  if (text.length > bounds.maxTextChars) {
    throw new TroupeError('body-too-large', `a document has at most ${bounds.maxTextChars} characters`);
  }
  const chunks: Chunk[] = [];
  for (const piece of pack(pieces(text, bounds), bounds)) {
    if (chunks.length >= bounds.maxChunks) {
      throw new TroupeError('body-too-large', `a document has at most ${bounds.maxChunks} chunks`);
    }
    const { start, end, headings, context } = piece;
    chunks.push({ ordinal: chunks.length, start, end, headings, context, body: text.slice(start, end) });
  }
  return chunks;
}

/** The blocks that carry text, each with its headings, none longer than the limit. */
function pieces(text: string, limits: ChunkLimits): Piece[] {
  const found: Piece[] = [];
  const path: { level: number; title: string }[] = [];
  let section = 0;
  let bare: Block | undefined;
  const all = blocks(text);
  const close = () => {
    if (bare) add(found, text, bare, titles(path), section, limits);
    bare = undefined;
  };
  for (const block of all) {
    if (block.kind !== 'heading') {
      bare = undefined;
      add(found, text, block, titles(path), section, limits);
      continue;
    }
    if (bare && block.level <= bare.level) close();
    section++;
    while (path.length > 0 && path[path.length - 1]!.level >= block.level) path.pop();
    path.push({ level: block.level, title: block.title });
    bare = block;
  }
  close();
  return found;
}

const titles = (path: readonly { title: string }[]) => path.map(each => each.title);

function add(
  found: Piece[],
  text: string,
  block: Block,
  headings: readonly string[],
  section: number,
  limits: ChunkLimits,
): void {
  if (block.end - block.start <= limits.maxChars) {
    found.push({ start: block.start, end: block.end, headings, section, context: '' });
    return;
  }
  const parts =
    block.kind === 'table' || block.kind === 'code' ? lineSpans(text, block) : sentences(text, block);
  const header = block.kind === 'table' ? text.slice(parts[0]!.start, parts[0]!.end).slice(0, 300) : '';
  for (const part of joinSpans(text, parts, limits)) {
    found.push({ ...part, headings, section, context: part.start === block.start ? '' : header });
  }
}

function lineSpans(text: string, within: Span): Span[] {
  const found: Span[] = [];
  for (let start = within.start; start < within.end; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 || newline > within.end ? within.end : newline;
    if (end > start) found.push({ start, end });
    start = end + 1;
  }
  return found;
}

/** Joins neighbours up to the target; what alone is longer than the limit is cut at spaces. */
function joinSpans(text: string, parts: readonly Span[], limits: ChunkLimits): Span[] {
  const found: { start: number; end: number }[] = [];
  for (const part of parts) {
    const last = found[found.length - 1];
    if (last && part.end - last.start <= limits.targetChars) {
      last.end = part.end;
      continue;
    }
    let start = part.start;
    while (part.end - start > limits.maxChars) {
      const cut = cutBefore(text, start, start + limits.maxChars);
      found.push({ start, end: cut });
      start = cut;
    }
    found.push({ start, end: part.end });
  }
  return found;
}

/** The last space before `limit`, or `limit` itself, never between the halves of a surrogate pair. */
function cutBefore(text: string, start: number, limit: number): number {
  const space = text.lastIndexOf(' ', limit);
  if (space > start + (limit - start) / 2) return space;
  const code = text.charCodeAt(limit - 1);
  return code >= 0xd800 && code <= 0xdbff ? limit - 1 : limit;
}

/** Joins neighbouring pieces of a section up to the target, and small sections under one parent. */
function pack(all: readonly Piece[], limits: ChunkLimits): Piece[] {
  const packed: Piece[] = [];
  let sectionStart = 0;
  for (const piece of all) {
    const last = packed[packed.length - 1];
    const joins =
      last !== undefined &&
      last.context === '' &&
      piece.context === '' &&
      piece.end - last.start <= limits.targetChars &&
      (piece.section === last.section || (last.end - sectionStart < limits.minChars && related(last, piece)));
    if (joins) {
      packed[packed.length - 1] = { ...last, end: piece.end, section: piece.section };
    } else {
      packed.push(piece);
      sectionStart = piece.start;
    }
  }
  return packed;
}

/** One section is within the other, or both are within the same. */
function related(a: Piece, b: Piece): boolean {
  const shared = Math.min(a.headings.length, b.headings.length);
  const parent = Math.max(0, Math.max(a.headings.length, b.headings.length) - 1);
  return a.headings.slice(0, Math.min(parent, shared)).every((title, i) => title === b.headings[i]);
}
