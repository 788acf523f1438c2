/**
 * What leaves the platform by the side: log lines and the texts of errors. Values that a shape or a check digit gives
 * away are masked. Names of people and places are not looked for there: such texts are written by the platform, which
 * would often be taken for names, and may not quote anybody (`lib/kernel/log.ts`).
 */
import { createDetector, type Detector, NAME_ENTITIES } from './detect.ts';
import { LOG_POLICY } from './policy.ts';
import type { Entity } from './recognizer.ts';
import { redact } from './redact.ts';

/** Told of what was masked: kind and number, never the value. */
export type OnRedacted = (entity: Entity, count: number) => void;

/** What operators need and is nobody's: addresses of servers, times, ages of leases. */
const NOT_LOOKED_FOR: readonly Entity[] = [
  ...NAME_ENTITIES,
  'DATE_TIME',
  'AGE',
  'URL',
  'IP_ADDRESS',
  'ZIP_CODE',
  'DE_PLZ',
  'UK_POSTCODE',
  'SWIFT_CODE',
];
const DEEPEST = 6;
const MOST_MEMBERS = 100;
/** A longer text is cut before it is looked at: a log line is no place for it. */
const LONGEST = 4_000;
/** Names of events, codes, identifiers with their base32, paths: nothing in it can be personal. */
const PLAIN = /^[a-z][a-z.:/-]{0,60}$/i;
const IDENTIFIER = /^(?:[a-z]{3}_[0-9a-z]{26}[/ ]?)+$/;

let detector: Detector | undefined;

/** A text without personal data and secrets. */
export function cleanText(text: string, onRedacted?: OnRedacted): string {
  if (PLAIN.test(text) || IDENTIFIER.test(text)) return text;
  detector ??= createDetector({ except: NOT_LOOKED_FOR });
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const { text: clean, counts } = redact(cut, { detector, policy: LOG_POLICY });
  if (onRedacted) for (const [entity, count] of Object.entries(counts)) onRedacted(entity, count);
  return clean;
}

/** A value of a log line, at any depth; errors become name, code, message and stack. Keys are cleaned too. */
export function cleanValue(value: unknown, onRedacted?: OnRedacted, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value, onRedacted);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '[too deep]';
  const inner = (each: unknown) => cleanValue(each, onRedacted, depth + 1);
  if (Array.isArray(value)) return value.slice(0, MOST_MEMBERS).map(inner);
  if (value instanceof Error) {
    const { name, message, stack } = value;
    const code = 'code' in value ? value.code : undefined;
    return { name, code: inner(code), message: inner(message), stack: inner(stack) };
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_MEMBERS)
      .map(([name, each]) => [cleanText(name, onRedacted), inner(each)]),
  );
}
