/**
 * WhatsApp Cloud API webhooks: the envelope, statuses, and everything that is not a message.
 * Source: developers.facebook.com, WhatsApp Business Platform, Webhooks, "Fields" and Cloud API "Payload examples".
 * Times are in seconds. The account id is the phone number id of `metadata`, else the WhatsApp Business Account id.
 */
import { batched, type ChannelAdapter } from './adapter.ts';
import type { EventDraft } from './event.ts';
import { toEvent, unsupported } from './event.ts';
import { at, field, firstId, fromEither, fromSeconds, id, list, object, text } from './fields.ts';
import type { Json } from './json.ts';
import type { InboundEvent } from './message.ts';
import { handshakeMeta, metaEntries, reduced, verifyMeta } from './meta.ts';
import { accountUpdate, type Place } from './whatsapp-account.ts';
import { historyEvents } from './whatsapp-history.ts';
import { faultsOf, messageDraft } from './whatsapp-message.ts';
import { aliases, nameOf, peopleOf } from './whatsapp-people.ts';

type Reader = (item: Json, place: Place) => Omit<EventDraft, 'channel' | 'raw' | 'item' | 'accountId'>;

/** The lists of a change's value that carry events, each with the reader of its items. */
const CARRIERS: Readonly<Record<string, Reader>> = {
  messages: (item, place) => {
    const draft = messageDraft(item, place.value, 'inbound');
    // Another app owns the thread: to be known, never to be answered by us.
    return place.field === 'standby' ? { ...draft, topic: `standby.${draft.topic}`, automatic: true } : draft;
  },
  message_echoes: (item, place) => messageDraft(item, place.value, 'outbound'),
  statuses: status,
  errors: (item, place) => ({
    kind: 'account',
    topic: `${place.field}.errors`,
    scope: 'account',
    direction: 'platform',
    state: 'error',
    faults: faultsOf([item]),
    identity: [],
  }),
  calls: call,
  user_preferences: preference,
  state_sync: contactSync,
  groups: (item, place) => ({
    kind: 'membership',
    topic: place.field,
    scope: 'group',
    direction: 'platform',
    threadId: firstId(item, 'group_id'),
    state: text(field(item, 'type')),
    occurredAtMs: fromSeconds(field(item, 'timestamp')),
    faults: faultsOf(field(item, 'errors')),
    identity: [],
  }),
};
const CARRIER_NAMES = Object.keys(CARRIERS);
const HISTORY = 'history';

export const whatsapp: ChannelAdapter = {
  channel: 'whatsapp',
  verify: verifyMeta,
  handshake: handshakeMeta,
  normalize: batched(payload => {
    const events = metaEntries(payload).flatMap(({ entry, wrap }) => {
      const changes = list(field(entry, 'changes'));
      if (changes.length === 0) return [whole(wrap(entry), firstId(entry, 'id'))];
      return changes.flatMap((change, index) =>
        changeEvents(entry, change, slice =>
          wrap(reduced(entry, ['changes'], { changes: [slice] }, index === 0)),
        ),
      );
    });
    return events.length > 0 ? events : [whole(payload)];
  }),
};

function whole(raw: Json, accountId?: string): InboundEvent {
  return unsupported('whatsapp', text(field(raw, 'object')) ?? 'unknown', raw, accountId);
}

function changeEvents(entry: Json, change: Json, wrap: (change: Json) => Json): readonly InboundEvent[] {
  const value = field(change, 'value') ?? null;
  const place: Place = {
    accountId: firstId(field(value, 'metadata'), 'phone_number_id') ?? firstId(entry, 'id'),
    field: text(field(change, 'field')) ?? 'unknown',
    value,
    entry,
  };
  let first = true;
  const metadata = field(value, 'metadata');
  const slice = (item: Record<string, Json>): Json => {
    // `metadata` names the account: it goes with every slice.
    const kept = metadata === undefined ? item : { metadata, ...item };
    const rest = withContacts(reduced(value, [...CARRIER_NAMES, HISTORY], kept, first), value, kept, first);
    const raw = wrap(reduced(change, ['value'], { value: rest }, first));
    first = false;
    return raw;
  };
  const events = [
    ...CARRIER_NAMES.flatMap(carrier =>
      list(field(value, carrier)).map(item =>
        toEvent({
          channel: 'whatsapp',
          accountId: place.accountId,
          ...CARRIERS[carrier]!(item, place),
          item,
          raw: slice({ [carrier]: [item] }),
        }),
      ),
    ),
    ...historyEvents(place, slice),
  ];
  return events.length > 0 ? events : [accountUpdate(place, wrap(change))];
}

/** `contacts` describe senders: an event keeps those of its own customer; the first keeps those of nobody's. */
function withContacts(rest: Json, value: Json, kept: Record<string, Json>, first: boolean): Json {
  const contacts = list(field(value, 'contacts'));
  if (contacts.length === 0) return rest;
  const items = CARRIER_NAMES.flatMap(carrier => list(kept[carrier]));
  const people = new Set(items.flatMap(peopleOf));
  const known = new Set(
    first ? CARRIER_NAMES.flatMap(each => list(field(value, each))).flatMap(peopleOf) : [],
  );
  const own = contacts.filter(each => {
    const ids = ['wa_id', 'user_id'].flatMap(name => firstId(each, name) ?? []);
    return ids.some(each => people.has(each)) || (first && !ids.some(each => known.has(each)));
  });
  const { contacts: _, ...others } = object(rest);
  return own.length > 0 ? { ...others, contacts: own } : others;
}

function status(item: Json, place: Place): ReturnType<Reader> {
  const messageId = firstId(item, 'id');
  const state = text(field(item, 'status'))?.toLowerCase();
  const recipient = firstId(item, 'recipient_id', 'recipient_user_id');
  const participant = firstId(item, 'recipient_participant_id', 'participant_recipient_id');
  const type = text(field(item, 'type'));
  const inGroup = field(item, 'recipient_type') === 'group';
  return {
    kind: type === 'call' ? 'call' : type === 'payment' ? 'payment' : state === 'read' ? 'read' : 'status',
    topic: `statuses.${state ?? 'unknown'}`,
    scope: inGroup ? 'group' : 'direct',
    direction: 'platform',
    customerId: inGroup ? participant : recipient,
    customerAliases: aliases(item, 'recipient_user_id', 'recipient_parent_user_id'),
    threadId: recipient,
    targetIds: messageId === undefined ? undefined : [messageId],
    state,
    occurredAtMs: fromSeconds(field(item, 'timestamp')),
    faults: faultsOf(field(item, 'errors')),
    identity: [
      messageId,
      state,
      participant ?? recipient ?? '',
      firstId(field(item, 'payment'), 'reference_id') ?? '',
    ],
    correlation: text(field(item, 'biz_opaque_callback_data')),
    customerName: nameOf(place.value, recipient),
  };
}

function call(item: Json, place: Place): ReturnType<Reader> {
  const callId = firstId(item, 'id');
  const event = text(field(item, 'event')) ?? text(field(item, 'status'));
  const outbound = text(field(item, 'direction')) === 'BUSINESS_INITIATED';
  const customerId = outbound ? firstId(item, 'to', 'to_user_id') : firstId(item, 'from', 'from_user_id');
  return {
    kind: 'call',
    topic: `calls.${event ?? 'unknown'}`,
    direction: outbound ? 'outbound' : 'inbound',
    customerId,
    customerName: nameOf(place.value, customerId),
    customerAliases: aliases(item, outbound ? 'to_user_id' : 'from_user_id'),
    messageId: callId,
    state: event,
    occurredAtMs: fromSeconds(field(item, 'timestamp')),
    faults: faultsOf(field(item, 'errors')),
    identity: [callId, event],
  };
}

function preference(item: Json, place: Place): ReturnType<Reader> {
  const customerId = firstId(item, 'wa_id', 'user_id');
  const state = text(field(item, 'value'));
  return {
    kind: 'consent',
    topic: `user_preferences.${text(field(item, 'category')) ?? 'unknown'}`,
    customerId,
    customerName: nameOf(place.value, customerId),
    customerAliases: aliases(item, 'user_id'),
    state,
    content: { text: text(field(item, 'detail')) },
    occurredAtMs: fromSeconds(field(item, 'timestamp')),
    identity: [customerId, firstId(item, 'category'), state, id(field(item, 'timestamp'))],
  };
}

function contactSync(item: Json): ReturnType<Reader> {
  const contact = field(item, 'contact');
  const phone = firstId(contact, 'phone_number');
  const name = text(field(contact, 'full_name')) ?? text(field(contact, 'first_name'));
  return {
    kind: 'account',
    topic: `smb_app_state_sync.${text(field(item, 'type')) ?? 'unknown'}`,
    direction: 'platform',
    scope: 'account',
    customerId: phone,
    customerName: name,
    state: text(field(item, 'action')),
    content: { contacts: [{ name, phones: phone === undefined ? undefined : [phone] }] },
    occurredAtMs: fromEither(at(item, 'metadata', 'timestamp')),
    identity: [],
  };
}
