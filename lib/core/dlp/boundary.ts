/**
 * What leaves the platform by the side: log lines and the texts of errors. Values that a shape or a check digit gives
 * away are masked. Names of people and places are not looked for there: such texts are written by the platform, which
 * would often be taken for names, and may not quote anybody (`lib/kernel/log.ts`).
 */
import { createDetector, type Detector, NAME_ENTITIES } from './detect.ts';
import { LOG_POLICY, type Policy } from './policy.ts';
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

export interface CleanerOptions {
  /** What happens to what is found; it is masked by default. */
  readonly policy?: Policy;
  /** Kinds that are not looked for: by default names, times, places and addresses of servers. */
  readonly except?: readonly Entity[];
  /** Members of objects whose values pass as they are. */
  readonly allowFields?: readonly string[];
}

export interface Cleaner {
  /** A text without personal data and secrets. */
  text(text: string, onRedacted?: OnRedacted): string;
  /** A value at any depth; errors become name, code, message and stack. Keys are cleaned too. */
  value(value: unknown, onRedacted?: OnRedacted): unknown;
}

export function createCleaner({
  policy = LOG_POLICY,
  except = NOT_LOOKED_FOR,
  allowFields = [],
}: CleanerOptions = {}): Cleaner {
  const allowed = new Set(allowFields);
  let detector: Detector | undefined;

  function text(given: string, onRedacted?: OnRedacted): string {
    if (PLAIN.test(given) || IDENTIFIER.test(given)) return given;
    detector ??= createDetector({ except });
    const cut = given.length > LONGEST ? `${given.slice(0, LONGEST)}…` : given;
    const { text: clean, counts } = redact(cut, { detector, policy });
    if (onRedacted) for (const [entity, count] of Object.entries(counts)) onRedacted(entity, count);
    return clean;
  }

  function value(given: unknown, onRedacted?: OnRedacted, depth = 0): unknown {
    if (typeof given === 'string') return text(given, onRedacted);
    if (typeof given !== 'object' || given === null) return given;
    if (depth >= DEEPEST) return '[too deep]';
    const inner = (each: unknown) => value(each, onRedacted, depth + 1);
    if (Array.isArray(given)) return given.slice(0, MOST_MEMBERS).map(inner);
    if (given instanceof Error) {
      const { name, message, stack } = given;
      const code = 'code' in given ? given.code : undefined;
      return { name, code: inner(code), message: inner(message), stack: inner(stack) };
    }
    return Object.fromEntries(
      Object.entries(given)
        .slice(0, MOST_MEMBERS)
        .map(([name, each]) => [text(name, onRedacted), allowed.has(name) ? each : inner(each)]),
    );
  }
  return { text, value };
}

const ours = createCleaner();

/** A text of ours as it may leave the platform. */
export const cleanText = ours.text;
/** A value of a log line of ours as it may leave the platform. */
export const cleanValue = (value: unknown, onRedacted?: OnRedacted): unknown => ours.value(value, onRedacted);
