/**
 * Zalo Official Account webhooks.
 * Source: developers.zalo.me, Official Account, "Webhook" (one page an event) and "Xác thực webhook". Times are in
 * milliseconds, often as text. Identifiers pass 2^53. Retries at 30 s, 5 min, 15 min, 30 min, 1 h carry
 * `num_retry`, which therefore is no part of any key.
 */

import { TroupeError } from '../../kernel/errors.ts';
import type { ChannelAdapter } from './adapter.ts';
import { noHandshake } from './adapter.ts';
import { toEvent, unsupported } from './event.ts';
import { at, field, firstId, fromMs, id, list, number, object, text } from './fields.ts';
import { isObject, type Json, parseExact, parseNested } from './json.ts';
import type {
  Attachment,
  AttachmentType,
  ContactCard,
  EventKind,
  InboundEvent,
  MessageContent,
  Place,
} from './message.ts';
import { ACCEPTED, headerOf, matchesAny, refused, sha256, usable } from './signature.ts';
import { zaloKind } from './zalo-kinds.ts';

export const zalo: ChannelAdapter = {
  channel: 'zalo',
  /** `X-ZEvent-Signature: mac=<hex>` = SHA-256(app id + raw body + timestamp + OA secret key): a plain hash. */
  verify: (rawBody, headers, secrets) => {
    const keys = usable(secrets.signing);
    if (keys.length === 0) return refused('secret-missing');
    const header = headerOf(headers, 'x-zevent-signature');
    if (!header) return refused('header-missing');
    const digest = /^(?:mac=)?([0-9a-f]{64})$/i.exec(header)?.[1];
    if (!digest) return refused('header-malformed');
    const signed = signedFields(rawBody);
    const appId = secrets.appId || signed?.appId;
    if (!appId || !signed?.timestamp) return refused('body-malformed');
    const { timestamp } = signed;
    return matchesAny(digest, keys, key => sha256([appId, rawBody, timestamp, key]))
      ? ACCEPTED
      : refused('mismatch');
  },
  handshake: noHandshake,
  normalize: (payload, accountId) => [event(payload, accountId)],
};

function signedFields(
  rawBody: Uint8Array,
): { appId: string | undefined; timestamp: string | undefined } | undefined {
  try {
    const body = parseExact(rawBody);
    return { appId: firstId(body, 'app_id'), timestamp: firstId(body, 'timestamp') };
  } catch (error) {
    if (error instanceof TroupeError) return undefined;
    throw error;
  }
}

function event(payload: Json, accountId: string | undefined): InboundEvent {
  const topic = text(field(payload, 'event_name')) ?? 'unknown';
  const message = field(payload, 'message');
  const { kind: named, direction, scope } = zaloKind(topic);
  const sender = firstId(field(payload, 'sender'), 'id');
  const recipient = firstId(field(payload, 'recipient'), 'id');
  // Marks of template messages name the OA as sender, as what we sent does; those of a chat name the customer.
  const outbound =
    direction === 'outbound' ||
    (sender !== undefined && sender === accountId) ||
    field(message, 'delivery_time') !== undefined;
  // In a group the customer speaks to the group, which then stands where the OA stands otherwise.
  const inGroup = /_group(?:_|$)/.test(topic);
  const oaId = firstId(payload, 'oa_id') ?? (outbound ? sender : inGroup ? undefined : recipient);
  if (named === 'unsupported') return unsupported('zalo', topic, payload, oaId);
  const customerId =
    firstId(field(payload, 'follower'), 'id') ??
    (outbound ? (inGroup ? undefined : recipient) : sender) ??
    firstId(payload, 'user_id', 'customer_id') ??
    firstId(field(payload, 'customer'), 'id') ??
    firstId(field(payload, 'data'), 'user_id', 'user_external_id');
  const messageId = firstId(message, 'msg_id', 'message_id') ?? firstId(payload, 'msg_id', 'call_id');
  const targets = [...list(field(message, 'msg_ids')), ...list(field(payload, 'msg_ids'))].flatMap(
    each => id(each) ?? [],
  );
  const feedback = topic === 'user_feedback';
  const about = feedback || ABOUT.has(named);
  const content = contentOf(topic, message, payload);
  const kind = named === 'text' || named === 'media' ? kindOf(topic, content) : named;
  const groupId =
    firstId(payload, 'group_id') ??
    firstId(field(payload, 'group'), 'id') ??
    (inGroup ? recipient : undefined);
  const reactIcon = text(field(message, 'react_icon')) ?? text(field(message, 'reaction'));
  const targetIds = about
    ? targets.length > 0
      ? targets
      : messageId === undefined
        ? undefined
        : [messageId]
    : undefined;
  const byApp = firstId(payload, 'user_id_by_app');
  const stamp = firstId(payload, 'timestamp') ?? '';
  return toEvent({
    channel: 'zalo',
    kind,
    topic,
    accountId: oaId,
    customerId,
    customerAliases: byApp === undefined ? undefined : [byApp],
    threadId: groupId ?? firstId(message, 'conversation_id') ?? customerId,
    scope: groupId === undefined ? scope : 'group',
    direction,
    messageId: about ? undefined : messageId,
    targetIds,
    occurredAtMs: fromMs(field(payload, 'timestamp')),
    content,
    replyTo: { messageId: firstId(message, 'quote_msg_id') },
    reaction:
      named === 'reaction'
        ? {
            action: reactIcon === undefined || /remove|unreact/.test(reactIcon) ? 'remove' : 'add',
            emoji: reactIcon,
          }
        : undefined,
    state: stateOf(topic, named, payload),
    correlation: firstId(payload, 'tracking_id') ?? firstId(message, 'tracking_id'),
    referral: {
      source: text(field(payload, 'source')),
      ref: firstId(field(message, 'ref'), 'data') ?? text(field(payload, 'ref')),
    },
    // A message happens once; marks and follows of the same people may come again, at another time.
    identity: about ? [topic, customerId, targetIds?.join(' '), reactIcon ?? '', stamp] : [topic, messageId],
    item: withoutRetry(payload),
    raw: payload,
  });
}

const ABOUT: ReadonlySet<EventKind> = new Set<EventKind>(['read', 'status', 'reaction', 'delete']);

function withoutRetry(payload: Json): Json {
  const { num_retry: _, ...rest } = object(payload);
  return rest;
}

function kindOf(topic: string, content: MessageContent): EventKind {
  if (content.location) return 'location';
  if (content.contacts) return 'contact';
  if (content.attachments) return 'media';
  return content.text === undefined && !topic.endsWith('_text') ? 'media' : 'text';
}

function stateOf(topic: string, kind: EventKind, payload: Json): string | undefined {
  if (kind === 'status') return 'delivered';
  return (
    text(field(payload, 'status')) ??
    text(at(payload, 'status', 'new_status')) ??
    text(field(payload, 'user_consent')) ??
    (kind === 'membership' || kind === 'consent' || kind === 'call' ? topic : undefined)
  );
}

const TYPES: Readonly<Record<string, AttachmentType>> = {
  image: 'image',
  photo: 'image',
  gif: 'animation',
  link: 'link',
  audio: 'audio',
  voice: 'voice',
  video: 'video',
  sticker: 'sticker',
  file: 'document',
  template: 'template',
  list: 'template',
};

function contentOf(topic: string, message: Json | undefined, payload: Json): MessageContent {
  const attachments = list(field(message, 'attachments'));
  const place = attachments.map(placeOf).find(each => each !== undefined);
  const cards = attachments.flatMap(each => cardOf(topic, each) ?? []);
  const info = field(payload, 'info');
  return {
    text:
      text(field(message, 'text')) ??
      text(field(message, 'note')) ??
      text(at(payload, 'feedback', 'note')) ??
      text(field(payload, 'note')),
    attachments:
      place || cards.length > 0 || attachments.length === 0
        ? undefined
        : attachments.map(each => attachmentOf(topic, each)),
    location: place,
    contacts: cards.length > 0 ? cards : undefined,
    // The stars and the sentences that a customer chose for a template message.
    form: isObject(info)
      ? { values: info }
      : topic === 'user_feedback' && isObject(message)
        ? { values: message }
        : undefined,
    order: orderOf(payload),
  };
}

function orderOf(payload: Json): MessageContent['order'] {
  const product = field(payload, 'product');
  const order = field(payload, 'order');
  if (!isObject(product) && !isObject(order)) return undefined;
  const productId = firstId(product, 'id');
  return { id: firstId(order, 'id', 'code'), lines: productId === undefined ? undefined : [{ productId }] };
}

function placeOf(attachment: Json): Place | undefined {
  const coordinates = at(attachment, 'payload', 'coordinates');
  if (!isObject(coordinates)) return undefined;
  return {
    latitude: number(field(coordinates, 'latitude')),
    longitude: number(field(coordinates, 'longitude')),
    name: text(at(attachment, 'payload', 'title')),
    address: text(at(attachment, 'payload', 'address')),
    url: text(at(attachment, 'payload', 'url')),
  };
}

/** A business card is a link whose description is JSON: `{"phone": ..., "qrCodeUrl": ...}`. */
function cardOf(topic: string, attachment: Json): ContactCard | undefined {
  const payload = field(attachment, 'payload');
  const description = text(field(payload, 'description'));
  const inner = description?.startsWith('{') ? parseNested(description) : undefined;
  if (!topic.endsWith('business_card') && !isObject(inner)) return undefined;
  const phone = firstId(inner, 'phone', 'phoneNumber', 'phone_number') ?? firstId(payload, 'phone');
  return {
    name: text(field(payload, 'title')) ?? text(field(inner, 'name')) ?? text(field(inner, 'caption')),
    phones: phone === undefined ? undefined : [phone],
    userId: firstId(inner, 'gUid', 'user_id') ?? firstId(payload, 'user_id'),
    url: text(field(payload, 'url')) ?? text(field(inner, 'qrCodeUrl')),
  };
}

function attachmentOf(topic: string, attachment: Json): Attachment {
  const payload = field(attachment, 'payload');
  const named = text(field(attachment, 'type')) ?? topic.replace(/^.*_/, '');
  const type = Object.hasOwn(TYPES, named) ? TYPES[named]! : 'other';
  return {
    type,
    subtype: named === type ? undefined : named,
    id: firstId(payload, 'id', 'attachment_id', 'token'),
    url: text(field(payload, 'url')),
    thumbnailUrl: text(field(payload, 'thumbnail')),
    title: text(field(payload, 'title')),
    description: text(field(payload, 'description')),
    filename: text(field(payload, 'name')),
    sizeBytes: number(field(payload, 'size')),
    durationS: number(field(payload, 'duration')),
  };
}
