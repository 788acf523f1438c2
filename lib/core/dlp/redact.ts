/** Redaction by policy, and restoration of what was tokenized. */
import { createHmac } from 'node:crypto';
import type { Detector } from './detect.ts';
import { type Policy, treatmentOf } from './policy.ts';
import type { Entity } from './recognizer.ts';
import { Scanner, type Segment } from './scanner.ts';
import { LITERAL, PLACEHOLDER, type Vault } from './vault.ts';

export interface RedactionOptions {
  /** Names of members of JSON objects whose values pass as they are. */
  readonly fields?: ReadonlySet<string>;
  readonly detector: Detector;
  readonly policy: Policy;
  /** Needed where the policy tokenizes; without it, such values are masked. */
  readonly vault?: Vault;
  /** Key of the keyed digest; needed where the policy hashes, else such values are masked. */
  readonly hashKey?: string | Uint8Array;
}

export interface Redacted {
  readonly text: string;
  /** How many values of each entity were replaced; safe to log. */
  readonly counts: Readonly<Record<Entity, number>>;
}

const HASH_LENGTH = 16;

/** The replacement of one value. */
export function replacement(entity: Entity, value: string, options: RedactionOptions): string {
  const treatment =
    entity === LITERAL ? { action: 'tokenize' as const } : treatmentOf(options.policy, entity);
  switch (treatment.action) {
    case 'keep':
      return value;
    case 'tokenize':
      return options.vault?.tokenFor(entity, value) ?? `[${entity}]`;
    case 'hash':
      return options.hashKey === undefined
        ? `[${entity}]`
        : `[${entity}:${createHmac('sha256', options.hashKey).update(value).digest('hex').slice(0, HASH_LENGTH)}]`;
    case 'mask':
      return treatment.keepLast === undefined ? `[${entity}]` : stars(value, treatment.keepLast);
  }
}

/** Stars for all letters and digits but the last `keep`, of which at most half are shown. */
function stars(value: string, keep: number): string {
  const total = value.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  let hidden = total - Math.min(keep, Math.floor(total / 2));
  return value.replace(/[\p{L}\p{N}]/gu, char => (hidden-- > 0 ? '*' : char));
}

/** Redacts one segment and counts what it replaced. */
export function redactSegment(
  segment: Segment,
  options: RedactionOptions,
  counts: Record<Entity, number>,
): string {
  if (segment.detections.length === 0) return segment.text;
  let text = '';
  let at = 0;
  for (const { entity, start, end } of segment.detections) {
    const value = segment.text.slice(start, end);
    const replaced = replacement(entity, value, options);
    if (replaced !== value) counts[entity] = (counts[entity] ?? 0) + 1;
    text += segment.text.slice(at, start) + replaced;
    at = end;
  }
  return text + segment.text.slice(at);
}

/** Redacts a whole text. */
export function redact(text: string, options: RedactionOptions): Redacted {
  const counts: Record<Entity, number> = {};
  let out = '';
  for (const segment of new Scanner(options.detector).finish(text))
    out += redactSegment(segment, options, counts);
  return { text: out, counts };
}

/** Puts values back in place of their placeholders; unknown placeholders stay. One pass: values are not read again. */
export function restore(text: string, vault: Vault): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => vault.valueOf(name) ?? whole);
}

/** Nesting past which a value is refused to be walked and is replaced as a whole. */
const MAX_DEPTH = 64;

/** Redacts every string and whole number in a JSON-like value; keys stay. */
export function redactValue(value: unknown, options: RedactionOptions, depth = 0): unknown {
  if (depth > MAX_DEPTH) return '[TOO_DEEP]';
  if (typeof value === 'string') return redact(value, options).text;
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    const text = redact(String(value), options).text;
    return text === String(value) ? value : text;
  }
  if (Array.isArray(value)) return value.map(item => redactValue(item, options, depth + 1));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        options.fields?.has(key) ? item : redactValue(item, options, depth + 1),
      ]),
    );
  }
  return value;
}
