/** What a file is, by its bytes before its name. */
import iconv from 'iconv-lite';
import { TroupeError } from '../../kernel/errors.ts';

export type Format = 'pdf' | 'docx' | 'html' | 'csv' | 'text';

const startsWith = (bytes: Uint8Array, signature: readonly number[]) =>
  signature.every((byte, i) => bytes[i] === byte);

/** Throws `document-encrypted` or `document-unreadable` for what cannot be taken. */
export function formatOf(bytes: Uint8Array, name = '', type = ''): Format {
  const head = Buffer.from(bytes.subarray(0, 1_024)).toString('latin1');
  if (head.includes('%PDF-')) return 'pdf';
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])) return 'docx';
  if (startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0]))
    throw new TroupeError(
      'document-encrypted',
      'An Office file with a password, or of before 2007: save it as .docx',
    );
  const wide = startsWith(bytes, [0xff, 0xfe]) || startsWith(bytes, [0xfe, 0xff]);
  if (!wide && head.includes('\u0000'))
    throw new TroupeError(
      'document-unreadable',
      'The file is none of PDF, DOCX, HTML, CSV, markdown and text',
    );
  if (/\.html?$/i.test(name) || /html/i.test(type) || /^\s*<(!doctype\s+html|html)/i.test(head))
    return 'html';
  if (/\.csv$/i.test(name) || /\bcsv\b/i.test(type)) return 'csv';
  return 'text';
}

const CHARSET = /charset\s*=\s*["']?([\w.:-]{2,40})/i;

/** By byte order mark, content type, a page's own word, else UTF-8, else Windows' Western page. */
export function decodeText(bytes: Uint8Array, type = ''): string {
  const buffer = Buffer.from(bytes);
  const head = buffer.subarray(0, 2_048).toString('latin1');
  const marked = startsWith(bytes, [0xef, 0xbb, 0xbf])
    ? 'utf-8'
    : startsWith(bytes, [0xff, 0xfe])
      ? 'utf-16le'
      : startsWith(bytes, [0xfe, 0xff])
        ? 'utf-16be'
        : undefined;
  const named =
    marked ?? CHARSET.exec(type)?.[1] ?? CHARSET.exec(/<meta[^>]*>/gi.exec(head) ? head : '')?.[1];
  // Windows-1258 writes tones as marks of their own: composed, so that words are found as they are typed.
  if (named && iconv.encodingExists(named)) return iconv.decode(buffer, named).normalize('NFC');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return iconv.decode(buffer, 'windows-1252');
  }
}
