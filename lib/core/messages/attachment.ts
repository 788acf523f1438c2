/** Files that customers and people attach to messages: which kinds there are, told by their bytes, and how a model hears of them. */
import type { Attachment } from '../../contracts/chat.ts';

/** Bytes of one file. */
export const MOST_ATTACHMENT_BYTES = 8 * 1_048_576;

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
/** Bytes at the end of an archive in which its directory is looked for. */
const DIRECTORY_BYTES = 65_536;

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
  ['audio/wav', bytes => holds(0, 'RIFF')(bytes) && holds(8, 'WAVE')(bytes)],
  ['audio/ogg', holds(0, 'OggS')],
  ['audio/amr', holds(0, '#!AMR')],
  ['audio/mpeg', bytes => holds(0, 'ID3')(bytes) || isMp3Frame(bytes)],
  ['audio/aac', bytes => bytes[0] === 0xff && (bytes[1]! & 0xf6) === 0xf0],
  ['audio/mp4', bytes => holds(4, 'ftypM4A')(bytes)],
  [
    'video/mp4',
    bytes => ['ftypisom', 'ftypmp4', 'ftypavc1', 'ftypMSNV'].some(brand => holds(4, brand)(bytes)),
  ],
  ['video/3gpp', holds(4, 'ftyp3gp')],
  [DOCX, bytes => begins(0x50, 0x4b, 0x03, 0x04)(bytes) && isDocx(bytes)],
];

/** MPEG audio, layer III (ISO 11172-3, 2.4.1.3): eleven bits of synchronisation, a version, a layer, no forbidden bit rate. */
function isMp3Frame(bytes: Uint8Array): boolean {
  const [sync, head, rate] = [bytes[0]!, bytes[1]!, bytes[2]!];
  return (
    sync === 0xff && (head & 0xe6) === 0xe2 && (head & 0x18) !== 0x08 && rate >> 4 !== 15 && rate >> 4 !== 0
  );
}

/** A Word document names its main part in the directory at the archive's end. */
function isDocx(bytes: Uint8Array): boolean {
  const tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - DIRECTORY_BYTES)));
  return tail.includes('word/document.xml');
}

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

/** What a model reads of a message besides its words: that files came with it. What is in them is added when it is asked. */
export function textForModel(text: string, attachments: readonly Attachment[] = []): string {
  if (attachments.length === 0) return text;
  const files = attachments.map(
    ({ name, type, bytes }) => `${name} (${type}, ${Math.ceil(bytes / 1_024)} KB)`,
  );
  return `${text}\n[Attached files: ${files.join('; ')}]`;
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
