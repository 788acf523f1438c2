/**
 * Messenger and Instagram messaging webhooks (the same Send/Receive API; `object` tells which).
 * Source: developers.facebook.com, Messenger Platform, Webhooks, "Webhook events reference"; Instagram Platform,
 * Webhooks. Times of `messaging` are in milliseconds; `timestamp` is the message's, `time` the delivery's.
 */
import { batched, type ChannelAdapter } from './adapter.ts';
import type { EventDraft } from './event.ts';
import { toEvent, unsupported } from './event.ts';
import { accountChange } from './facebook-change.ts';
import { contentOf, referralOf, replyOf } from './facebook-content.ts';
import { at, field, firstId, flag, fromEither, fromMs, id, list, object, text } from './fields.ts';
import type { Json } from './json.ts';
import { isObject } from './json.ts';
import type { EventKind, InboundEvent } from './message.ts';
import { handshakeMeta, type MetaChannel, metaEntries, reduced, verifyMeta } from './meta.ts';

type Common = Pick<
  EventDraft,
  'channel' | 'accountId' | 'customerId' | 'direction' | 'occurredAtMs' | 'raw' | 'item'
>;
type Reader = (part: Json, common: Common) => Omit<EventDraft, keyof Common | 'topic'> & Partial<EventDraft>;

/** Where an entry carries its events. `standby` is what another app answers while we listen. */
const CARRIERS = ['messaging', 'standby', 'changes', 'changed_fields'] as const;

export const facebook: ChannelAdapter = {
  channel: 'facebook',
  verify: verifyMeta,
  handshake: handshakeMeta,
  normalize: batched(payload => {
    const channel = field(payload, 'object') === 'instagram' ? 'instagram' : 'facebook';
    const events = metaEntries(payload).flatMap(({ entry, wrap }) => {
      let first = true;
      const read = CARRIERS.flatMap(carrier =>
        list(field(entry, carrier)).map(item => {
          const raw = wrap(reduced(entry, CARRIERS, { [carrier]: [item] }, first));
          first = false;
          const said = carrier === 'changes' ? messagingValue(item) : undefined;
          return said === undefined && (carrier === 'changes' || carrier === 'changed_fields')
            ? accountChange(channel, entry, item, raw)
            : messagingEvent(channel, entry, said ?? item, raw, inStandby(carrier, item));
        }),
      );
      if (read.length > 0) return read;
      // Instagram's examples show a change without its list: `{id, time, field, value}`.
      return text(field(entry, 'field')) !== undefined && isObject(field(entry, 'value'))
        ? [accountChange(channel, entry, changeOf(entry), wrap(entry))]
        : [unsupported(channel, topicOf(payload), wrap(entry), firstId(entry, 'id'))];
    });
    return events.length > 0 ? events : [unsupported(channel, topicOf(payload), payload)];
  }),
};

/** Instagram with its own login, and the test button of the app's console, put a messaging event into a change's value. */
function messagingValue(change: Json): Json | undefined {
  const value = field(change, 'value');
  const parties = isObject(field(value, 'sender')) || isObject(field(value, 'recipient'));
  return parties && READER_NAMES.some(name => isObject(field(value, name))) ? value : undefined;
}

function changeOf(entry: Json): Json {
  return { field: field(entry, 'field') ?? null, value: field(entry, 'value') ?? null };
}

function inStandby(carrier: string, item: Json): boolean {
  return carrier === 'standby' || field(item, 'field') === 'standby';
}

function topicOf(payload: Json): string {
  return text(field(payload, 'object')) ?? 'unknown';
}

function messagingEvent(
  channel: MetaChannel,
  entry: Json,
  item: Json,
  raw: Json,
  standby: boolean,
): InboundEvent {
  const name = READER_NAMES.find(each => field(item, each) !== undefined && field(item, each) !== null);
  const accountId = firstId(entry, 'id');
  const sender = firstId(field(item, 'sender'), 'id', 'user_ref');
  const recipient = firstId(field(item, 'recipient'), 'id', 'user_ref');
  // What the page itself sent has the page as sender: the customer is the other one.
  const outbound =
    flag(at(item, 'message', 'is_echo')) ||
    (sender !== undefined && sender === accountId && recipient !== accountId);
  const common: Common = {
    channel,
    accountId: accountId ?? (outbound ? sender : recipient),
    customerId: outbound ? recipient : (sender ?? firstId(field(item, 'optin'), 'user_ref')),
    direction: outbound ? 'outbound' : 'inbound',
    occurredAtMs: fromEither(field(item, 'timestamp')) ?? fromEither(field(entry, 'time')),
    raw,
    item,
  };
  if (name === undefined) {
    const topic = Object.keys(object(item)).find(
      each => !['sender', 'recipient', 'timestamp'].includes(each),
    );
    return toEvent({ ...common, kind: 'unsupported', topic: topic ?? 'unknown', identity: [] });
  }
  const draft = READERS[name]!(field(item, name) as Json, common);
  const event = toEvent({ ...common, topic: standby ? `standby.${name}` : name, ...draft });
  // Another app owns the thread: to be known, never to be answered by us.
  return standby && event.kind !== 'echo' ? { ...event, automatic: true } : event;
}

function message(part: Json, common: Common): ReturnType<Reader> {
  const mid = firstId(part, 'mid');
  if (flag(field(part, 'is_deleted'))) {
    return { kind: 'delete', topic: 'message.is_deleted', targetIds: idsOf(mid), identity: [mid] };
  }
  const content = contentOf(part);
  const quickReply = field(part, 'quick_reply');
  const known: EventKind | undefined = content?.choice
    ? 'button'
    : content?.location
      ? 'location'
      : content?.attachments
        ? 'media'
        : content?.order
          ? 'order'
          : content?.text !== undefined
            ? 'text'
            : field(part, 'referral') !== undefined
              ? 'referral'
              : undefined;
  const kind = flag(field(part, 'is_unsupported')) ? 'unsupported' : (known ?? 'unsupported');
  return {
    kind: common.direction === 'outbound' ? 'echo' : kind,
    topic: isObject(quickReply)
      ? 'message.quick_reply'
      : common.direction === 'outbound'
        ? 'message.echo'
        : 'message',
    messageId: mid,
    content,
    replyTo: replyOf(field(part, 'reply_to')),
    referral: referralOf(field(part, 'referral')),
    correlation: text(field(part, 'metadata')),
    identity: [mid],
  };
}

/** Marks of one event that carry no words: kind, what identifies it, what it tells. */
const READERS: Readonly<Record<string, Reader>> = {
  message,
  message_edit: part => {
    const mid = firstId(part, 'mid');
    const count = firstId(part, 'num_edit');
    return { kind: 'edit', targetIds: idsOf(mid), content: contentOf(part), identity: [mid, count] };
  },
  postback: (part, common) => {
    const mid = firstId(part, 'mid');
    const title = text(field(part, 'title'));
    return {
      kind: 'button',
      messageId: mid,
      content: { text: title, choice: { payload: text(field(part, 'payload')), title } },
      referral: referralOf(field(part, 'referral')),
      identity: mid === undefined ? [] : [mid, common.customerId],
    };
  },
  reaction: (part, common) => {
    const action = field(part, 'action') === 'unreact' ? 'remove' : 'add';
    const mid = firstId(part, 'mid');
    const emoji = text(field(part, 'emoji'));
    const name = text(field(part, 'reaction'));
    return {
      kind: 'reaction',
      targetIds: idsOf(mid),
      reaction: { action, emoji, name },
      identity: [mid, common.customerId, action, emoji ?? name ?? '', String(common.occurredAtMs ?? '')],
    };
  },
  read: (part, common) => {
    const watermarkMs = fromMs(field(part, 'watermark'));
    const mid = firstId(part, 'mid');
    const mark = mid ?? firstId(part, 'watermark');
    return { kind: 'read', watermarkMs, targetIds: idsOf(mid), identity: [common.customerId, mark] };
  },
  delivery: (part, common) => {
    const targetIds = list(field(part, 'mids')).flatMap(each => id(each) ?? []);
    return {
      kind: 'status',
      state: 'delivered',
      targetIds,
      watermarkMs: fromMs(field(part, 'watermark')),
      identity: [common.customerId, firstId(part, 'watermark'), targetIds.join(' ')],
    };
  },
  referral: part => ({ kind: 'referral', referral: referralOf(part), identity: [] }),
  optin: part => ({
    kind: 'consent',
    state: text(field(part, 'notification_messages_status')) ?? 'opt_in',
    referral: referralOf({ ...object(part), source: 'optin' }),
    identity: [],
  }),
  account_linking: part => ({
    kind: 'system',
    state: text(field(part, 'status')),
    identity: [],
  }),
  policy_enforcement: accountNotice('action', 'reason'),
  'policy-enforcement': accountNotice('action', 'reason'),
  pass_thread_control: handover('pass', 'new_owner_app_id'),
  take_thread_control: handover('take', 'previous_owner_app_id'),
  request_thread_control: handover('request', 'requested_owner_app_id'),
  release_thread_control: handover('release', 'previous_owner_app_id'),
  app_roles: () => ({ kind: 'handover', state: 'roles', identity: [] }),
  game_play: part => ({
    kind: 'poll',
    state: 'game_play',
    content: { choice: { payload: text(field(part, 'payload')) } },
    identity: [],
  }),
  payment: payment('paid'),
  checkout_update: payment('checkout_update'),
  pre_checkout: payment('pre_checkout'),
  messaging_customer_information: form('screens'),
  messaging_feedback: form('feedback_screens'),
  lead_form: form('answers'),
  in_thread_lead_form: form('answers'),
  response_feedback: (part, common) => {
    const mid = firstId(part, 'mid');
    const name = text(field(part, 'feedback'));
    return {
      kind: 'reaction',
      targetIds: idsOf(mid),
      reaction: { action: 'add', name },
      identity: [mid, common.customerId, name],
    };
  },
  sender_action: part => ({ kind: 'typing', state: text(part), identity: [] }),
  typing: () => ({ kind: 'typing', identity: [] }),
};
const READER_NAMES = Object.keys(READERS);

function accountNotice(stateField: string, reasonField: string): Reader {
  return part => ({
    kind: 'account',
    scope: 'account',
    direction: 'platform',
    customerId: undefined,
    state: text(field(part, stateField)),
    faults: [{ detail: text(field(part, reasonField)) }],
    identity: [],
  });
}

function handover(state: string, ownerField: string): Reader {
  return part => ({
    kind: 'handover',
    direction: 'platform',
    state,
    content: { text: text(field(part, 'metadata')), choice: { payload: firstId(part, ownerField) } },
    identity: [],
  });
}

function payment(state: string): Reader {
  return part => ({
    kind: 'payment',
    state,
    content: { choice: { payload: text(field(part, 'payload')) } },
    identity: [],
  });
}

function form(valuesField: string): Reader {
  return part => ({
    kind: 'form',
    content: { form: { values: field(part, valuesField) ?? part } },
    identity: [],
  });
}

function idsOf(mid: string | undefined): readonly string[] | undefined {
  return mid === undefined ? undefined : [mid];
}
