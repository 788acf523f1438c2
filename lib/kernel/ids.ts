/**
 * Identifiers: a prefix that names the kind, then a UUIDv7 in base32, so that ids sort by time
 * (TypeID specification 0.3, over RFC 9562).
 */
import { randomFillSync } from 'node:crypto';

export const ID_PREFIXES = {
  tenant: 'ten',
  apiKey: 'key',
  user: 'usr',
  session: 'ses',
  widgetKey: 'wgt',
  signingKey: 'sgn',
  conversation: 'cnv',
  message: 'msg',
  document: 'doc',
  chunk: 'chk',
  ingestion: 'ing',
  gap: 'gap',
  upload: 'upl',
  request: 'req',
  stream: 'str',
  node: 'nod',
  run: 'run',
  deadLetter: 'dlt',
  humanTask: 'tsk',
  event: 'evt',
  dataKey: 'dek',
  channelAccount: 'cha',
  person: 'prs',
  decision: 'dec',
  canary: 'cny',
  attachment: 'att',
  cannedReply: 'rpl',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** Ten bits as two letters. */
const PAIRS = Array.from({ length: 1_024 }, (_, bits) => ALPHABET[bits >> 5]! + ALPHABET[bits & 31]!);
const ID_BYTES = 16;
/** Random bytes are fetched for many ids at once: a call for each would cost more than the id. */
const pool = new Uint8Array(ID_BYTES * 128);
let used = pool.length;
let lastMs = 0;
let counter = 0;

/** A new id. Those of one process sort in the order in which they were made (RFC 9562, 6.2, method 1). */
export function newId(kind: IdKind): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const b = pool.subarray(used, used + ID_BYTES);
  used += ID_BYTES;
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = ((b[6]! & 7) << 8) | b[7]!; // the counter's upper half stays free to count in
  } else if (++counter > 0xfff) {
    lastMs++;
    counter = 0;
  }
  const high = Math.floor(lastMs / 2 ** 32);
  b[0] = high >> 8;
  b[1] = high;
  b[2] = lastMs >>> 24;
  b[3] = lastMs >>> 16;
  b[4] = lastMs >>> 8;
  b[5] = lastMs;
  b[6] = 0x70 | (counter >> 8);
  b[7] = counter;
  b[8] = 0x80 | (b[8]! & 0x3f);
  let text = `${ID_PREFIXES[kind]}_${PAIRS[b[0]!]}`;
  for (let i = 1; i < ID_BYTES; i += 5)
    text +=
      PAIRS[(b[i]! << 2) | (b[i + 1]! >> 6)]! +
      PAIRS[((b[i + 1]! & 63) << 4) | (b[i + 2]! >> 4)]! +
      PAIRS[((b[i + 2]! & 15) << 6) | (b[i + 3]! >> 2)]! +
      PAIRS[((b[i + 3]! & 3) << 8) | b[i + 4]!]!;
  return text;
}

const DERIVED_LETTERS = 26;

/** The id that a digest of at least 26 bytes stands for: the same digest is the same id. 130 bits of it. */
export function idOfDigest(kind: IdKind, digest: Uint8Array): string {
  let id = `${ID_PREFIXES[kind]}_`;
  for (let at = 0; at < DERIVED_LETTERS; at++) id += ALPHABET[digest[at]! & 31];
  return id;
}
