/**
 * Messaging events of Messenger and Instagram: one reader for each name that an item may carry.
 * Source: Messenger Platform, Webhooks, "Webhook events reference" (one page an event) and "Calling webhooks".
 */
import type { EventDraft } from './event.ts';
import { toEvent } from './event.ts';
import { contentOf, referralOf, replyOf } from './facebook-content.ts';
import { at, field, firstId, flag, fromEither, fromMs, id, list, number, object, text } from './fields.ts';
import { isObject, type Json } from './json.ts';
import type { EventKind, InboundEvent } from './message.ts';
import type { MetaChannel } from './meta.ts';

type Common = Pick<
  EventDraft,
  'channel' | 'accountId' | 'customerId' | 'direction' | 'occurredAtMs' | 'raw' | 'item'
>;
type Reader = (part: Json, common: Common) => Omit<EventDraft, keyof Common | 'topic'> & Partial<EventDraft>;

export function messagingEvent(
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
  // A cart: Messenger Platform, "send_cart".
  order: part => ({
    kind: 'order',
    content: {
      text: text(field(part, 'note')),
      order: {
        lines: list(field(part, 'products')).map(each => ({
          productId: firstId(each, 'retailer_id', 'id'),
          quantity: number(field(each, 'quantity')),
          price: number(field(each, 'unit_price')),
          currency: text(field(each, 'currency')),
        })),
      },
    },
    identity: [],
  }),
  call_permission_reply: part => ({
    kind: 'consent',
    state: text(field(part, 'response')),
    identity: [],
  }),
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

/** Whether it is a messaging event: somebody on one side, and something that we know how to read. */
export function tellsSomething(item: Json): boolean {
  const sided = isObject(field(item, 'sender')) || isObject(field(item, 'recipient'));
  return sided && READER_NAMES.some(name => isObject(field(item, name)));
}

/** `calls: [{id, from, to, event, timestamp, call_direction}]`: Messenger Platform, "Calling webhooks". */
export function callEvent(channel: MetaChannel, entry: Json, item: Json, raw: Json): InboundEvent {
  const accountId = firstId(entry, 'id') ?? undefined;
  const caller = firstId(item, 'from');
  const outbound =
    field(item, 'call_direction') === 'business_initiated' || (caller !== undefined && caller === accountId);
  const callId = firstId(item, 'id');
  const state = text(field(item, 'event')) ?? text(field(item, 'status'));
  // Either side may stand first, whoever began: the customer is the one that is not the page.
  const people = [caller, firstId(item, 'to')].filter(each => each !== undefined && each !== accountId);
  return toEvent({
    channel,
    kind: 'call',
    topic: `calls.${state ?? 'unknown'}`,
    accountId,
    customerId: people[0],
    direction: outbound ? 'outbound' : 'inbound',
    messageId: callId,
    state,
    occurredAtMs: fromEither(field(item, 'timestamp')) ?? fromEither(field(entry, 'time')),
    identity: [callId, state],
    item,
    raw,
  });
}

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
