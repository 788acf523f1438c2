/** Files that customers and people attach to messages: which kinds there are, told by their bytes, and how a model hears of them. */
import type { Attachment } from '../../contracts/chat.ts';

/** Bytes of one file. */
export const MOST_ATTACHMENT_BYTES = 8 * 1_048_576;

type Test = (bytes: Uint8Array) => boolean;
const begins =
  (...first: readonly number[]): Test =>
  bytes =>
    first.every((byte, at) => bytes[at] === byte);
const holds = (at: number, word: string): Test => {
  const wanted = new TextEncoder().encode(word);
  return bytes => wanted.every((byte, i) => bytes[at + i] === byte);
};

/** By their first bytes: what a file calls itself counts for nothing. */
const KINDS: readonly (readonly [type: string, is: Test])[] = [
  ['image/png', begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
  ['image/jpeg', begins(0xff, 0xd8, 0xff)],
  ['image/gif', holds(0, 'GIF8')],
  ['image/webp', bytes => holds(0, 'RIFF')(bytes) && holds(8, 'WEBP')(bytes)],
  ['application/pdf', holds(0, '%PDF-')],
];

/** The media type, or undefined for a kind that is not taken. Text is what is UTF-8 without control characters. */
export function kindOf(bytes: Uint8Array): string | undefined {
  const known = KINDS.find(([, is]) => is(bytes));
  if (known) return known[0];
  return isText(bytes) ? 'text/plain' : undefined;
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.some(byte => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false; // not UTF-8: the question is answered
  }
}

/** What the model is shown of a message: its words, and that files came with it. */
export function textForModel(text: string, attachments: readonly Attachment[] = []): string {
  if (attachments.length === 0) return text;
  const files = attachments.map(
    ({ name, type, bytes }) => `${name} (${type}, ${Math.ceil(bytes / 1_024)} KB)`,
  );
  return `${text}\n[Attached files, which only people can open: ${files.join('; ')}]`;
}

/** A file's name without its path and without what no name holds. */
export function plainName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  return (
    last
      .replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '')
      .trim()
      .slice(0, 120) || 'file'
  );
}
