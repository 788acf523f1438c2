/**
 * What a step of an agent came to, as digests that can be compared: SHA-256 over canonical JSON (RFC 8785) of the
 * calls and of their results, without what changes by itself: request ids, clocks. A date or an order number that an
 * agent chose is its choice and stays.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** Names of fields that are made anew for each call. */
const PASSING_ID =
  /^(request|trace|span|correlation|call|idempotency|session|message|event|log|job_?run)[_-]?(id|key)$|^(nonce|etag|uuid|guid|traceparent|rid)$/i;
/** Names of fields that tell when something was said. */
const CLOCK =
  /^(at|ts|now|time|timestamp|datetime|date|clock|uptime|elapsed(_?ms)?|duration(_?ms)?|latency(_?ms)?|took(_?ms)?)$|([a-z]At|_at|_ts|[tT]imestamp|_time|[a-z]Time)$/;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[1-9a-f][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const INSTANT = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?\b/g;

/** Hexadecimal characters that are kept: 64 bits tell the sixteen steps of a window apart. */
const KEPT = 16;

export function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, KEPT);
}

/** A call by its tool and arguments. `text` is JSON as the model gave it; what is not JSON stands for itself. */
export function callDigest(name: string, text: string): string {
  return digest([name, without(parsed(text), name => PASSING_ID.test(name), false)]);
}

/** A result by its content. */
export function resultDigest(content: string, failed: boolean): string {
  return digest([failed, without(parsed(content), name => PASSING_ID.test(name) || CLOCK.test(name), true)]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // words stand for themselves
  }
}

function without(value: unknown, passing: (name: string) => boolean, words: boolean): unknown {
  if (typeof value === 'string' && words) return value.replace(UUID, '#').replace(INSTANT, '#');
  if (Array.isArray(value)) return value.map(item => without(item, passing, words));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !passing(name))
      .map(([name, inner]) => [name, without(inner, passing, words)]),
  );
}
