/** jq's `@` formats. */
import { type Budget, JqError } from './budget.ts';
import { shown } from './operators.ts';
import { type Json, toText } from './value.ts';

const HTML: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&#39;', '"': '&quot;' };

export function formatText(name: string, value: Json, budget: Budget): string {
  const text = () => (typeof value === 'string' ? value : toText(value, budget));
  switch (name) {
    case 'text':
      return text();
    case 'json':
      return toText(value, budget);
    case 'html':
      return charged(text(), budget).replace(/[<>&'"]/g, each => HTML[each]!);
    case 'uri':
      return encodeURIComponent(charged(text(), budget).toWellFormed()).replace(
        /[!'()*]/g,
        each => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
      );
    case 'urid':
      return decode(charged(text(), budget));
    case 'csv':
      return row(value, ',', each => `"${each.replaceAll('"', '""')}"`, budget);
    case 'tsv':
      return row(
        value,
        '\t',
        each =>
          each
            .replaceAll('\\', '\\\\')
            .replaceAll('\t', '\\t')
            .replaceAll('\n', '\\n')
            .replaceAll('\r', '\\r'),
        budget,
      );
    case 'sh':
      return (Array.isArray(value) ? value : [value])
        .map(each => {
          if (typeof each === 'object' && each !== null)
            throw new JqError(`${shown(each)} can not be escaped for shell`);
          return typeof each === 'string'
            ? `'${charged(each, budget).replaceAll("'", "'\\''")}'`
            : String(each);
        })
        .join(' ');
    case 'base64':
      return toBase64(charged(text(), budget));
    case 'base64d':
      return fromBase64(charged(text(), budget));
    default:
      throw new JqError(`${name} is not a valid format`);
  }
}

function charged(text: string, budget: Budget): string {
  budget.string(text.length * 2);
  return text;
}

function row(value: Json, separator: string, quote: (text: string) => string, budget: Budget): string {
  if (!Array.isArray(value))
    throw new JqError(`${shown(value)} cannot be formatted as a row, only an array can be`);
  return value
    .map(each => {
      if (each === null) return '';
      if (typeof each === 'object') throw new JqError(`${shown(each)} is not valid in a row`);
      return typeof each === 'string' ? quote(charged(each, budget)) : String(each);
    })
    .join(separator);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new JqError(
      `${shown(text)} is not a valid uri encoding: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

export function toBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function fromBase64(text: string): string {
  const clean = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(clean) || clean.length % 4 === 1)
    throw new JqError(`${shown(text)} is not valid base64 data`);
  return new TextDecoder().decode(Uint8Array.from(atob(clean), each => each.charCodeAt(0)));
}
