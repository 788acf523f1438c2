/**
 * JSON without loss: what a platform wrote is what we read.
 * Zalo, Messenger and Telegram send identifiers as bare integers; past 2^53 a double cannot hold them and two
 * customers would become one. Such numbers are kept as the digits that were sent.
 */
import { createHash } from 'node:crypto';
import { TroupeError } from '../../kernel/errors.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Largest webhook body taken. Meta documents 3 MB as its own maximum, the largest of the platforms. */
export const MAX_WEBHOOK_BYTES = 4 * 1024 * 1024;
/** Deepest nesting taken. Real payloads stay below 20; the limit keeps every walk over a payload off the stack's end. */
export const MAX_DEPTH = 64;

type SourceReviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

/**
 * Parses a raw webhook body. Numbers that a double cannot hold exactly (integers beyond 2^53, overflow) become
 * strings of their own digits. Refuses with `body-too-large`, `malformed-body` or `body-too-deep`.
 */
export function parseExact(body: Uint8Array | string): Json {
  if (body.length > MAX_WEBHOOK_BYTES) {
    throw new TroupeError('body-too-large', `a webhook body has at most ${MAX_WEBHOOK_BYTES} bytes`);
  }
  const text = typeof body === 'string' ? body : decode(body);
  if (deeperThan(text, MAX_DEPTH)) {
    throw new TroupeError('body-too-deep', `a webhook body nests at most ${MAX_DEPTH} levels`);
  }
  try {
    // The reviver costs several times the parse, and most payloads have no long digit run or exponent at all.
    if (!/\d{16}|\d[eE]/.test(text)) return JSON.parse(text) as Json;
    return JSON.parse(text, keepDigits as (this: unknown, key: string, value: unknown) => unknown) as Json;
  } catch (cause) {
    throw new TroupeError('malformed-body', 'the webhook body is not JSON', { cause });
  }
}

/** A JSON document inside a JSON string (TikTok's `content`): its value, or undefined when it is none. */
export function parseNested(text: string): Json | undefined {
  try {
    return parseExact(text);
  } catch (error) {
    if (error instanceof TroupeError) return undefined;
    throw error;
  }
}

const keepDigits: SourceReviver = (_key, value, { source }) => {
  if (typeof value !== 'number' || source === undefined) return value;
  if (!Number.isFinite(value)) return source;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value;
};

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new TroupeError('malformed-body', 'the webhook body is not UTF-8', { cause });
  }
}

function deeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}

/** Text that is equal for equal values whatever the order of their keys (as RFC 8785, but for our own hashing only). */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (isObject(value)) {
    const fields = Object.keys(value).sort();
    return `{${fields.map(key => `${JSON.stringify(key)}:${canonical(value[key] as Json)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
