/**
 * TikTok business messaging webhooks.
 * Source: developers.tiktok.com, "Webhooks overview" and "Webhooks verification"; business-api.tiktok.com, Business
 * Messaging API, "Webhook events". `content` is a JSON document inside a JSON string. `user_openid` is the business.
 */
import type { ChannelAdapter } from './adapter.ts';
import { noHandshake } from './adapter.ts';
import { toEvent, unsupported } from './event.ts';
import { at, field, firstId, fromEither, fromMs, object, text } from './fields.ts';
import { isObject, type Json, parseNested } from './json.ts';
import type {
  Attachment,
  AttachmentType,
  Direction,
  EventKind,
  InboundEvent,
  MessageContent,
  Referral,
} from './message.ts';
import { ACCEPTED, headerOf, hmacSha256, isFresh, matchesAny, refused, usable } from './signature.ts';

/**
 * How old a signature may be. TikTok leaves the choice to the receiver; the one published receiver allows 5 s.
 * De-duplication makes a replay harmless anyway: raise `maxAgeMs` where clocks are less exact.
 */
export const TIKTOK_MAX_AGE_MS = 5_000;

export const tiktok: ChannelAdapter = {
  channel: 'tiktok',
  /** `TikTok-Signature: t=<unix seconds>,s=<hex>` = HMAC-SHA256(client secret, t + "." + raw body), then the age. */
  verify: (rawBody, headers, secrets, nowMs) => {
    const keys = usable(secrets.signing);
    if (keys.length === 0) return refused('secret-missing');
    const header = headerOf(headers, 'tiktok-signature');
    if (!header) return refused('header-missing');
    const parts = header.split(',').map(part => part.trim().split('='));
    const values = (name: string) => parts.filter(([key]) => key === name).map(([, value]) => value ?? '');
    const [timestamp, ...moreTimes] = values('t');
    const [digest, ...moreDigests] = values('s');
    const wellFormed = /^\d{1,12}$/.test(timestamp ?? '') && /^[0-9a-f]{64}$/i.test(digest ?? '');
    if (!wellFormed || !timestamp || !digest || moreTimes.length > 0 || moreDigests.length > 0) {
      return refused('header-malformed');
    }
    if (!matchesAny(digest, keys, key => hmacSha256(key, [`${timestamp}.`, rawBody])))
      return refused('mismatch');
    return isFresh(timestamp, nowMs, secrets.maxAgeMs ?? TIKTOK_MAX_AGE_MS) ? ACCEPTED : refused('stale');
  },
  handshake: noHandshake,
  normalize: payload => [event(payload)],
};

/** Event names: kind and direction. Those of direct messages begin with `im_`. */
const EVENTS: Readonly<Record<string, readonly [EventKind, Direction]>> = {
  im_receive_msg: ['text', 'inbound'],
  im_receive_msg_eu: ['text', 'inbound'],
  im_send_msg: ['echo', 'outbound'],
  im_send_msg_eu: ['echo', 'outbound'],
  im_mark_read_msg: ['read', 'inbound'],
  im_mark_read_msg_eu: ['read', 'inbound'],
  im_referral_msg: ['referral', 'inbound'],
  im_referral_msg_eu: ['referral', 'inbound'],
  im_receive_high_intent_comment: ['comment', 'inbound'],
  im_delete_msg: ['delete', 'inbound'],
  im_recall_msg: ['delete', 'inbound'],
  im_reaction_msg: ['reaction', 'inbound'],
  im_typing: ['typing', 'inbound'],
  im_user_typing: ['typing', 'inbound'],
  'comment.update': ['comment', 'inbound'],
  'post.publish.complete': ['account', 'platform'],
  'post.publish.failed': ['account', 'platform'],
  'post.publish.inbox_delivered': ['account', 'platform'],
  'post.publish.publicly_available': ['account', 'platform'],
  'post.publish.no_longer_publicly_available': ['account', 'platform'],
  'video.publish.completed': ['account', 'platform'],
  'video.upload.failed': ['account', 'platform'],
  'authorization.removed': ['account', 'platform'],
  'portability.download.ready': ['account', 'platform'],
};

function event(payload: Json): InboundEvent {
  const name = text(field(payload, 'event')) ?? 'unknown';
  const accountId = firstId(payload, 'user_openid');
  const known = Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined;
  const written = field(payload, 'content');
  const content = typeof written === 'string' ? parseNested(written) : written;
  // A known event whose inner document cannot be read is kept whole: nothing of it may be guessed.
  if (known === undefined || (name.startsWith('im_') && !isObject(content))) {
    return unsupported('tiktok', name, payload, accountId);
  }
  const [named, direction] = known;
  const outbound =
    direction === 'outbound' || (accountId !== undefined && fromUser(content, 'from_user') === accountId);
  const messageId = firstId(content, 'message_id', 'comment_id');
  const type = text(field(content, 'type'));
  const said = messageContent(content, type);
  const kind = named === 'text' ? (outbound ? 'echo' : kindOf(type, said)) : named;
  const about = kind === 'read' || kind === 'delete' || kind === 'reaction';
  const target =
    kind === 'comment'
      ? firstId(content, 'parent_comment_id', 'video_id')
      : (firstId(content, 'referenced_message_id') ?? messageId);
  const customerId =
    fromUser(content, outbound ? 'to_user' : 'from_user') ?? firstId(content, 'unique_identifier');
  const alias = firstId(content, 'unique_identifier');
  const watermarkMs = fromMs(at(content, 'read', 'last_read_timestamp'));
  const timestamp = firstId(content, 'timestamp') ?? firstId(payload, 'create_time');
  const conversationId = firstId(content, 'conversation_id');
  return toEvent({
    channel: 'tiktok',
    kind,
    topic: type === undefined ? name : `${name}.${type}`,
    accountId,
    customerId,
    customerName: text(field(content, outbound ? 'to' : 'from')),
    customerAliases: alias === undefined || alias === customerId ? undefined : [alias],
    threadId: conversationId ?? (kind === 'comment' ? firstId(content, 'video_id') : undefined) ?? customerId,
    state: text(field(content, 'comment_action')),
    scope: direction === 'platform' ? 'account' : kind === 'comment' ? 'public' : 'direct',
    direction: outbound ? 'outbound' : direction,
    messageId: about ? undefined : messageId,
    targetIds: (about || kind === 'comment') && target !== undefined ? [target] : undefined,
    watermarkMs,
    occurredAtMs: fromEither(field(content, 'timestamp')) ?? fromEither(field(payload, 'create_time')),
    content: said,
    replyTo: {
      messageId:
        firstId(field(content, 'referenced_message_info'), 'referenced_message_id') ??
        (about ? undefined : firstId(content, 'referenced_message_id')),
    },
    reaction:
      kind === 'reaction' ? { action: 'add', emoji: text(at(content, 'reaction', 'emoji')) } : undefined,
    referral: referralOf(content),
    identity: about
      ? [name, conversationId, target ?? '', String(watermarkMs ?? ''), timestamp]
      : kind === 'referral' || kind === 'typing'
        ? [name, conversationId, messageId ?? '', timestamp]
        : kind === 'comment'
          ? // One comment is written, hidden and deleted: three events of one id.
            [name, messageId, text(field(content, 'comment_action')) ?? '', timestamp]
          : [name, messageId],
    item: {
      event: name,
      user_openid: accountId ?? null,
      content: content ?? null,
      create_time: field(payload, 'create_time') ?? null,
    },
    raw: payload,
  });
}

function fromUser(content: Json | undefined, side: string): string | undefined {
  return firstId(field(content, side), 'id');
}

const FILES: Readonly<Record<string, AttachmentType>> = {
  image: 'image',
  video: 'video',
  sticker: 'sticker',
  emoji: 'sticker',
  gif: 'animation',
  audio: 'audio',
  voice: 'voice',
  share_post: 'share',
  template: 'template',
};

function kindOf(type: string | undefined, said: MessageContent): EventKind {
  if (said.attachments) return 'media';
  if (said.choice) return 'button';
  if (said.text !== undefined && (type === 'text' || type === undefined)) return 'text';
  return 'unsupported';
}

function messageContent(content: Json | undefined, type: string | undefined): MessageContent {
  const part = type === undefined ? undefined : field(content, type);
  const button = field(content, 'button') ?? field(content, 'quick_reply');
  const title = text(field(button, 'title')) ?? text(field(button, 'text'));
  return {
    text:
      text(at(content, 'text', 'body')) ?? text(field(content, 'text')) ?? text(field(part, 'body')) ?? title,
    attachments:
      type !== undefined && Object.hasOwn(FILES, type)
        ? [attachment(FILES[type]!, type, object(part))]
        : undefined,
    choice: isObject(button) ? { payload: firstId(button, 'id', 'payload'), title } : undefined,
  };
}

function attachment(type: AttachmentType, named: string, part: Json): Attachment {
  return {
    type,
    subtype: named === type ? undefined : named,
    id: firstId(part, 'media_id', 'item_id', 'sticker_id', 'id'),
    url: text(field(part, 'embed_url')) ?? text(field(part, 'url')),
    title: text(field(part, 'title')),
  };
}

function referralOf(content: Json | undefined): Referral | undefined {
  const referral = field(content, 'referral');
  const ad = field(referral, 'ad');
  const link = field(referral, 'short_link');
  if (!isObject(referral)) return undefined;
  return {
    source: isObject(ad) ? 'ad' : isObject(link) ? 'link' : text(field(referral, 'type')),
    id: firstId(ad, 'advertiser_id', 'ad_id', 'id'),
    ref: text(field(link, 'ref')) ?? text(field(referral, 'ref')),
    headline: text(field(ad, 'ad_name')),
    url: text(field(link, 'url')) ?? text(field(link, 'prefilled_message')),
  };
}
