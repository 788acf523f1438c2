/** How an event of `message.ts` is made: its key, its defaults, its last resort. */
import { canonical, isObject, type Json, sha256Hex } from './json.ts';
import type { Channel, Direction, EventKind, InboundEvent, Scope } from './message.ts';

/** Longest key; PostgreSQL's B-tree refuses entries above a third of a page. */
const MAX_KEY_LENGTH = 200;

/**
 * The key by which redeliveries of one event are recognised.
 * `parts` are the platform's identifiers; when one is missing the event itself (`item`) is hashed, which is equal
 * for a redelivery because only the envelope around it changes.
 */
export function dedupeKey(
  channel: Channel,
  accountId: string | null,
  kind: EventKind,
  parts: readonly (string | undefined)[],
  item: Json,
): string {
  const own =
    parts.every(part => part !== undefined) && parts.length > 0 ? parts : ['#', sha256Hex(canonical(item))];
  const key = [channel, accountId ?? '', kind, ...own].map(escapePart).join(':');
  // Ids are foreign text: anything long or not printable ASCII is hashed so that every store can hold the key.
  return key.length <= MAX_KEY_LENGTH && /^[\x21-\x7e]+$/.test(key)
    ? key
    : `${channel}:${kind}:#:${sha256Hex(JSON.stringify(key))}`;
}

function escapePart(part: string | undefined): string {
  return (part ?? '').replaceAll('%', '%25').replaceAll(':', '%3A');
}

type Absent =
  | 'dedupeKey'
  | 'scope'
  | 'direction'
  | 'threadId'
  | 'messageId'
  | 'customerId'
  | 'accountId'
  | 'occurredAtMs';

/** What a normaliser knows of an event; what it leaves out gets the default of the most common case. */
export interface EventDraft extends Omit<InboundEvent, Absent> {
  readonly accountId?: string | undefined;
  readonly customerId?: string | undefined;
  readonly threadId?: string | undefined;
  readonly scope?: Scope;
  readonly direction?: Direction;
  readonly messageId?: string | undefined;
  readonly occurredAtMs?: number | undefined;
  /** The platform's identifiers of this very event, for `dedupeKey`. */
  readonly identity: readonly (string | undefined)[];
  /** What is hashed when an identifier is missing: the event without its envelope. */
  readonly item: Json;
}

/** Completes a draft: the key, the defaults, no undefined fields. */
export function toEvent({ identity, item, ...draft }: EventDraft): InboundEvent {
  const accountId = draft.accountId ?? null;
  const event: InboundEvent = {
    ...draft,
    dedupeKey: dedupeKey(draft.channel, accountId, draft.kind, identity, item),
    accountId,
    customerId: draft.customerId ?? null,
    threadId: draft.threadId ?? draft.customerId ?? null,
    scope: draft.scope ?? 'direct',
    direction: draft.direction ?? 'inbound',
    messageId: draft.messageId ?? null,
    occurredAtMs: draft.occurredAtMs ?? null,
  };
  return Object.fromEntries(
    Object.entries(event).flatMap(([name, value]) => {
      const kept = name === 'raw' ? value : withoutEmpty(value);
      return kept === undefined ? [] : [[name, kept]];
    }),
  ) as unknown as InboundEvent;
}

/** Leaves out fields that say nothing, so that an event equals itself after a journey through JSON. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) {
    const kept = value.map(withoutEmpty).filter(each => each !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (!isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([name, each]) => {
    // What was filled into a form is the customer's: an empty field of it is an answer.
    const part = name === 'values' ? each : withoutEmpty(each);
    return part === undefined ? [] : [[name, part]];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** The event that keeps a payload of which nothing is known. */
export function unsupported(channel: Channel, topic: string, raw: Json, accountId?: string): InboundEvent {
  return toEvent({
    channel,
    kind: 'unsupported',
    topic,
    accountId,
    scope: 'account',
    direction: 'platform',
    identity: [],
    item: raw,
    raw,
  });
}
