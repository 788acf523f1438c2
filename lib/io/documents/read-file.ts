/**
 * Reads a file into text. Runs in a thread of its own (`extract-worker.ts`), so that a file that takes too long or
 * too much can be given up. Throws TroupeError `document-unreadable`, `document-encrypted`, `document-too-large`.
 */
import { isMainThread } from 'node:worker_threads';
import { parse } from 'csv-parse/sync';
import { unzipSync, zipSync } from 'fflate';
import { extractText, getDocumentProxy } from 'unpdf';
import { htmlText } from '../../core/knowledge/html-text.ts';
import { TroupeError } from '../../kernel/errors.ts';
import { decodeText, type Format } from './formats.ts';

export const FILE_LIMITS = {
  pages: 2_000,
  /** Bytes that an archive may unfold to, and members that it may have. */
  unpacked: 64 * 1_048_576,
  members: 2_000,
  rows: 20_000,
  /** Characters, as a document given as text. */
  characters: 1_000_000,
} as const;

export interface FileText {
  readonly text: string;
  /** The title that a page has by its own word. */
  readonly title?: string;
  readonly hidden: number;
}

const tooLarge = (what: string) => new TroupeError('document-too-large', what);

export async function readFileText(format: Format, bytes: Uint8Array, type: string): Promise<FileText> {
  const { text, hidden, title } = await readers[format](bytes, type);
  const clean = text.replaceAll('\u0000', '').trim();
  if (clean.length > FILE_LIMITS.characters)
    throw tooLarge(
      `The file holds ${clean.length} characters; a document may have ${FILE_LIMITS.characters}: cut it into several`,
    );
  if (clean === '')
    throw new TroupeError(
      'document-unreadable',
      'The file holds no text: a scan needs its text recognised first',
    );
  return { text: clean, hidden, ...(title ? { title } : {}) };
}

const readers: Readonly<Record<Format, (bytes: Uint8Array, type: string) => FileText | Promise<FileText>>> = {
  text: (bytes, type) => ({ text: decodeText(bytes, type), hidden: 0 }),
  html: (bytes, type) => htmlText(decodeText(bytes, type)),
  csv: (bytes, type) => ({ text: csvTable(decodeText(bytes, type)), hidden: 0 }),
  async docx(bytes) {
    restoreProto();
    const { default: mammoth } = await import('mammoth');
    const { value } = await mammoth
      .convertToHtml({ buffer: Buffer.from(unfolded(bytes)) })
      .catch(unreadable('DOCX'));
    return htmlText(value);
  },
  async pdf(bytes) {
    const pdf = await getDocumentProxy(bytes).catch((error: Error) => {
      if (error.name === 'PasswordException')
        throw new TroupeError(
          'document-encrypted',
          'The PDF asks for a password: save a copy without one and send that',
        );
      throw unreadable('PDF')(error);
    });
    if (pdf.numPages > FILE_LIMITS.pages)
      throw tooLarge(
        `The PDF has ${pdf.numPages} pages; a document may have ${FILE_LIMITS.pages}: cut it into several`,
      );
    const { text } = await extractText(pdf, { mergePages: false }).catch(unreadable('PDF'));
    return { text: text.join('\n\n'), hidden: 0 };
  },
};

/**
 * Node runs with `--disable-proto=delete`, and mammoth says `__proto__` where it means the prototype. This thread reads
 * one file and ends: what it has back here, nobody else has.
 */
function restoreProto(): void {
  if (isMainThread || '__proto__' in Object.prototype) return;
  Object.defineProperty(Object.prototype, '__proto__', {
    configurable: true,
    get(this: object) {
      return Object.getPrototypeOf(this);
    },
    set(this: object, prototype: object | null) {
      Object.setPrototypeOf(this, prototype);
    },
  });
}

function unreadable(kind: string) {
  return (error: Error): never => {
    if (error instanceof TroupeError) throw error;
    throw new TroupeError(
      'document-unreadable',
      `The ${kind} is broken (${error.message.slice(0, 200)}): open it, save it again and send that`,
    );
  };
}

/**
 * The archive with the parts that hold words, inflated here into buffers of declared and bounded size: what reads it
 * afterwards inflates nothing, so an archive that unfolds without end cannot harm.
 */
function unfolded(bytes: Uint8Array): Uint8Array {
  let total = 0;
  let members = 0;
  try {
    const parts = unzipSync(bytes, {
      filter({ name, originalSize }) {
        if (++members > FILE_LIMITS.members) throw tooLarge('The archive has too many members');
        if (!/\.(xml|rels)$/.test(name)) return false;
        total += originalSize;
        if (total > FILE_LIMITS.unpacked) throw tooLarge('The archive unfolds to too much');
        return true;
      },
    });
    if (!('word/document.xml' in parts))
      throw new TroupeError('document-unreadable', 'The archive is no DOCX');
    return zipSync(parts, { level: 0 });
  } catch (error) {
    return unreadable('DOCX')(error as Error);
  }
}

/** As a markdown table, which the passages know how to cut with its head kept. */
function csvTable(text: string): string {
  let rows: string[][];
  try {
    const delimiter = [',', ';', '\t'];
    rows = parse(text, {
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      bom: true,
      to: FILE_LIMITS.rows + 1,
    });
  } catch (error) {
    return unreadable('CSV')(error as Error);
  }
  if (rows.length > FILE_LIMITS.rows) throw tooLarge(`The table has more than ${FILE_LIMITS.rows} rows`);
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replace(/\s+/g, ' ').replaceAll('|', '\\|')).join(' | ')} |`;
  const [head = [], ...rest] = rows;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rest.map(line)].join('\n');
}
