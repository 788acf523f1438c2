/**
 * Identifiers: a prefix that names the kind, then a UUIDv7 in base32, so that ids sort by time
 * (TypeID specification 0.3, over RFC 9562).
 */
import { typeidUnboxed } from 'typeid-js';

export const ID_PREFIXES = {
  tenant: 'ten',
  apiKey: 'key',
  conversation: 'cnv',
  message: 'msg',
  document: 'doc',
  chunk: 'chk',
  request: 'req',
  stream: 'str',
  node: 'nod',
  run: 'run',
  deadLetter: 'dlt',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

export function newId(kind: IdKind): string {
  return typeidUnboxed(ID_PREFIXES[kind]);
}
