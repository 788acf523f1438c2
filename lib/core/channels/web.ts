/**
 * Our own web channel: what the widget, or a customer's own client, sends.
 * A frame is `{type, id, siteId, visitor: {id, name, email}, conversationId, sentAt, text?, attachments?, replyTo?,
 * target?, payload?, title?, emoji?, location?, values?, page?}`; `sentAt` in ms since 1970. Frames that come
 * server to server are signed by Standard Webhooks; the widget itself is authenticated by the gateway.
 */
import type { ChannelAdapter } from './adapter.ts';
import { noHandshake } from './adapter.ts';
import { toEvent, unsupported } from './event.ts';
import { field, firstId, fromMs, list, number, object, text } from './fields.ts';
import { isObject, type Json } from './json.ts';
import type { Attachment, AttachmentType, EventKind, InboundEvent } from './message.ts';
import { verifyStandardWebhook } from './signature.ts';

export const web: ChannelAdapter = {
  channel: 'web',
  verify: verifyStandardWebhook,
  handshake: noHandshake,
  normalize: (payload, accountId) => {
    if (Array.isArray(payload) && payload.length === 0)
      return [unsupported('web', 'empty', payload, accountId)];
    const frames = Array.isArray(payload) ? (payload as readonly Json[]) : [payload];
    return frames.map(frame => event(frame, accountId, Array.isArray(payload) ? [frame] : frame));
  },
};

const KINDS: Readonly<Record<string, EventKind>> = {
  message: 'text',
  button: 'button',
  form: 'form',
  edit: 'edit',
  delete: 'delete',
  read: 'read',
  reaction: 'reaction',
  typing: 'typing',
  consent: 'consent',
  opened: 'membership',
};
const ABOUT: ReadonlySet<EventKind> = new Set<EventKind>(['edit', 'delete', 'read', 'reaction']);
const FILES: readonly AttachmentType[] = ['image', 'video', 'audio', 'voice', 'document'];

function event(frame: Json, accountId: string | undefined, raw: Json): InboundEvent {
  const topic = text(field(frame, 'type')) ?? 'unknown';
  const site = firstId(frame, 'siteId') ?? accountId;
  if (!Object.hasOwn(KINDS, topic)) return unsupported('web', topic, raw, site);
  const named = KINDS[topic]!;
  const visitor = field(frame, 'visitor');
  const place = field(frame, 'location');
  const attachments = list(field(frame, 'attachments')).map(attachment);
  const kind: EventKind =
    named !== 'text' ? named : isObject(place) ? 'location' : attachments.length > 0 ? 'media' : 'text';
  const target = firstId(frame, 'target');
  const title = text(field(frame, 'title'));
  const payload = text(field(frame, 'payload'));
  const email = text(field(visitor, 'email'));
  const emoji = text(field(frame, 'emoji'));
  return toEvent({
    channel: 'web',
    kind,
    topic,
    accountId: site,
    customerId: firstId(visitor, 'id'),
    customerName: text(field(visitor, 'name')),
    customerAliases: email === undefined ? undefined : [email],
    threadId: firstId(frame, 'conversationId'),
    messageId: ABOUT.has(kind) ? undefined : firstId(frame, 'id'),
    targetIds: target === undefined ? undefined : [target],
    occurredAtMs: fromMs(field(frame, 'sentAt')),
    content: {
      text: text(field(frame, 'text')) ?? title,
      attachments,
      location: isObject(place)
        ? { latitude: number(field(place, 'latitude')), longitude: number(field(place, 'longitude')) }
        : undefined,
      choice: payload === undefined ? undefined : { payload, title },
      form:
        field(frame, 'values') === undefined
          ? undefined
          : { name: title, values: field(frame, 'values') ?? null },
    },
    replyTo: { messageId: firstId(frame, 'replyTo') },
    reaction: kind === 'reaction' ? { action: emoji === undefined ? 'remove' : 'add', emoji } : undefined,
    referral: {
      source: text(field(frame, 'page')) === undefined ? undefined : 'page',
      url: text(field(frame, 'page')),
    },
    state: text(field(frame, 'state')),
    identity: [firstId(frame, 'id'), firstId(frame, 'conversationId') ?? ''],
    item: frame,
    raw,
  });
}

function attachment(file: Json): Attachment {
  const mimeType = text(field(file, 'mimeType'));
  const named = text(field(file, 'type')) ?? mimeType?.split('/')[0];
  return {
    type: FILES.find(each => each === named) ?? 'document',
    id: firstId(file, 'id'),
    url: text(field(file, 'url')),
    filename: text(field(object(file), 'filename')),
    mimeType,
    sizeBytes: number(field(file, 'sizeBytes')),
  };
}
