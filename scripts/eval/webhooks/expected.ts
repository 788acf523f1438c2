/**
 * What a file of webhooks says that its payloads mean, in its own words: `{kind: 'image', sender_id: '1', timestamp:
 * 1760000000}` as well as our own field names. Unknown names are compared by value alone: the value has to be in the
 * event, wherever.
 */
import { field, firstId, id, list } from '../../../lib/core/channels/fields.ts';
import { isObject, type Json } from '../../../lib/core/channels/json.ts';
import { EVENT_KINDS, type InboundEvent } from '../../../lib/core/channels/message.ts';

const HOLDERS = ['expected', 'expect', 'expectation', 'normalized', 'normalised', 'says', 'want'] as const;

/** The expectation of a line: its own, else that of a file of expectations by the line's id. */
export function expectationOf(line: Json, apart: ReadonlyMap<string, Json>): Json | undefined {
  const own = HOLDERS.map(name => field(line, name)).find(each => typeof each === 'object' && each !== null);
  return own ?? apart.get(firstId(line, 'id', 'name') ?? '');
}

/** Expectations kept apart: lines with an id, or one object whose names are the ids. */
export function expectationsApart(lines: readonly Json[]): ReadonlyMap<string, Json> {
  return new Map(
    lines.flatMap(line => {
      const own = firstId(line, 'id', 'name');
      if (own !== undefined) return [[own, expectationOf(line, new Map()) ?? line] as const];
      return isObject(line) ? Object.entries(line) : [];
    }),
  );
}

/** Differences between what was read and what was expected: one event, or all of them in order. */
export function unexpected(events: readonly InboundEvent[], expectation: Json): readonly string[] {
  const several = Array.isArray(expectation) ? expectation : list(field(expectation, 'events'));
  if (several.length === 0) return differences(events[0], expectation);
  return [
    ...(several.length === events.length ? [] : [`${events.length} events for ${several.length}`]),
    ...several.flatMap((each, index) => differences(events[index], each as Json)),
  ];
}

type Read = (event: InboundEvent) => unknown;
const FIELDS: Readonly<Record<string, Read>> = {
  message_id: event => [event.messageId, ...(event.targetIds ?? [])],
  sender: event => event.customerId,
  sender_id: event => event.customerId,
  user_id: event => event.customerId,
  from: event => event.customerId,
  chat_id: event => event.threadId,
  conversation_id: event => event.threadId,
  account_id: event => event.accountId,
  timestamp: event => event.occurredAtMs,
  timestamp_ms: event => event.occurredAtMs,
  text: event => event.content?.text ?? null,
  reply_to: event => event.replyTo?.messageId ?? null,
  supported: event => event.kind !== 'unsupported',
};
/** Words of others for our kinds; an attachment's type stands for `media`. */
const KINDS: Readonly<Record<string, string>> = {
  message: 'text',
  file: 'document',
  gif: 'animation',
  postback: 'button',
  quick_reply: 'button',
  callback: 'button',
  callback_query: 'button',
  interactive: 'button',
  list_reply: 'button',
  delivery: 'status',
  delivered: 'status',
  seen: 'read',
  revoke: 'delete',
  deleted: 'delete',
  edited: 'edit',
  contacts: 'contact',
  follow: 'membership',
  unfollow: 'membership',
  unknown: 'unsupported',
};

function differences(event: InboundEvent | undefined, expectation: Json): readonly string[] {
  if (!event) return ['an event is missing'];
  if (!isObject(expectation)) return [];
  return Object.entries(expectation).flatMap(([name, wanted]) =>
    agrees(event, name, wanted) ? [] : [`expected ${name} ${JSON.stringify(wanted)}`],
  );
}

function agrees(event: InboundEvent, name: string, wanted: Json): boolean {
  if (name === 'kind' || name === 'type') return kindAgrees(event, wanted);
  if (name === 'raw' || name === 'raw_kept') return event.raw !== undefined;
  const own = Object.hasOwn(event, name) ? event[name as keyof InboundEvent] : FIELDS[name]?.(event);
  if (own === undefined) return leaves(wanted).every(each => leaves(event).includes(each));
  if (/timestamp|occurredAt/.test(name)) return own === wanted || own === Number(wanted) * 1000;
  const found = leaves(own);
  return leaves(wanted).every(each => found.includes(each));
}

function kindAgrees({ kind, topic, content }: InboundEvent, wanted: Json): boolean {
  const word = id(wanted)?.toLowerCase() ?? '';
  const ours = Object.hasOwn(KINDS, word) ? KINDS[word]! : word;
  if (kind === ours || kind === word) return true;
  const types = (content?.attachments ?? []).map(each => each.type as string);
  // A word that is neither a kind nor a file's type is the platform's own name of the event.
  return types.includes(ours) || (!EVENT_KINDS.includes(ours as never) && topic.includes(word));
}

/** Every value in it as text; null says that there is nothing. */
function leaves(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  if (isObject(value)) return Object.values(value).flatMap(leaves);
  return [String(value)];
}
