/** An id made of a key: the same for the same key, in characters that every id may hold. */
import { createHash } from 'node:crypto';

const CHARS = 26;

export function shortHash(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, CHARS);
}
