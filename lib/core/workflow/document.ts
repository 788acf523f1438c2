/** Reads a workflow document (YAML or JSON) and says, with line numbers, what is wrong with it. */
import { isCollection, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { checkMeaning } from './check-meaning.ts';
import { checkShape } from './check-shape.ts';
import type { Definition } from './definition.ts';
import { isObject, type Json } from './jq/value.ts';

/** Characters of one document. */
export const MAX_DOCUMENT_CHARS = 500_000;

export interface DocumentError {
  /** Line and column, from 1. */
  readonly line: number;
  readonly column: number;
  /** RFC 6901 pointer of the place. */
  readonly pointer: string;
  readonly message: string;
}

/** A finding before its place in the text is known. `onKey`: the key is at fault, not its value. */
export interface Finding {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly onKey?: boolean;
}

export type ReadResult =
  | { readonly ok: true; readonly definition: Definition }
  | { readonly ok: false; readonly errors: readonly DocumentError[] };

export function readDocument(text: string): ReadResult {
  if (text.length > MAX_DOCUMENT_CHARS)
    return refuse([
      {
        line: 1,
        column: 1,
        pointer: '',
        message: `the document is longer than ${MAX_DOCUMENT_CHARS} characters`,
      },
    ]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0)
    return refuse(
      document.errors.map(error => ({
        ...place(lines, error.pos[0]),
        pointer: '',
        message: error.message,
      })),
    );
  let value: Json;
  try {
    value = document.toJS({ maxAliasCount: 100 }) as Json;
  } catch (error) {
    return refuse([
      { line: 1, column: 1, pointer: '', message: error instanceof Error ? error.message : 'unreadable' },
    ]);
  }
  const locate = (finding: Finding): DocumentError => ({
    ...place(lines, offsetOf(document.contents, finding)),
    pointer: finding.path.map(key => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    message: finding.message,
  });
  if (!isObject(value)) return refuse([locate({ path: [], message: 'the document is not a map' })]);
  const shape = checkShape(value);
  if (shape.length > 0) return refuse(sorted(shape.map(locate)));
  const meaning = checkMeaning(value);
  return meaning.length > 0 ? refuse(sorted(meaning.map(locate))) : { ok: true, definition: value };
}

function refuse(errors: readonly DocumentError[]): ReadResult {
  return { ok: false, errors };
}

function sorted(errors: DocumentError[]): DocumentError[] {
  return errors.sort((a, b) => a.line - b.line || a.column - b.column);
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Offset of the deepest node on the path that exists. */
function offsetOf(root: Node | null, { path, onKey }: Finding): number {
  let at: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [i, key] of path.entries()) {
    if (!isCollection(at)) break;
    const last = i === path.length - 1;
    if (isMap(at)) {
      const pair = at.items.find(
        item => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (!pair) break;
      const start = (pair.key as Node).range?.[0];
      if (start !== undefined) offset = start;
      if (last && onKey) break;
      at = pair.value;
      if (last && isScalar(at) && at.range && at.value !== null) offset = at.range[0];
    } else if (isSeq(at)) {
      at = at.items[Number(key)];
      const start = (at as Node | undefined)?.range?.[0];
      if (start !== undefined) offset = start;
    }
  }
  return offset;
}
