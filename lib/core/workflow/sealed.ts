/**
 * Secrets never enter a run. `$secrets.shop.key` yields a mark; whoever runs the effect puts the secret where the mark
 * stands. The mark holds the run's nonce, so that text from outside cannot pose as one, and marks are
 * struck out of everything else that leaves the run.
 */
import { isObject, type Json, type JsonObject, put } from './jq/value.ts';

const OPEN = '\u27e6secret:';
const CLOSE = '\u27e7';

export function seal(nonce: string, path: readonly string[]): string {
  return `${OPEN}${nonce}:${path.map(encodeURIComponent).join('/')}${CLOSE}`;
}

/** The mark of a field of a sealed secret; undefined when the text is no mark. */
export function sealedField(nonce: string, text: string, key: string): string | undefined {
  if (nonce === '' || !text.startsWith(`${OPEN}${nonce}:`) || text.indexOf(CLOSE) !== text.length - 1)
    return undefined;
  return `${text.slice(0, -1)}/${encodeURIComponent(key)}${CLOSE}`;
}

/** Puts secrets where their marks stand. `resolve` gives a secret's value by its path. */
export function unseal(value: Json, nonce: string, resolve: (path: readonly string[]) => string): Json {
  return nonce === '' ? value : replace(value, nonce, resolve);
}

/** Strikes marks out of what leaves the run. */
export function redact(value: Json, nonce: string): Json {
  return nonce === '' ? value : replace(value, nonce, () => '***');
}

function replace(value: Json, nonce: string, by: (path: readonly string[]) => string): Json {
  if (typeof value === 'string') return replaceText(value, nonce, by);
  if (Array.isArray(value)) return value.map(each => replace(each, nonce, by));
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, each] of Object.entries(value))
    put(result, replaceText(key, nonce, by), replace(each, nonce, by));
  return result;
}

function replaceText(text: string, nonce: string, by: (path: readonly string[]) => string): string {
  const open = `${OPEN}${nonce}:`;
  let result = '';
  let at = 0;
  while (true) {
    const start = text.indexOf(open, at);
    const end = start < 0 ? -1 : text.indexOf(CLOSE, start);
    if (end < 0) return result + text.slice(at);
    result +=
      text.slice(at, start) +
      by(
        text
          .slice(start + open.length, end)
          .split('/')
          .map(decodeURIComponent),
      );
    at = end + 1;
  }
}
