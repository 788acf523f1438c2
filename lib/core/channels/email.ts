/**
 * E-mail that a provider or bridge hands in as JSON.
 * Sources: Postmark, "Inbound webhook", "Bounce webhook", "Delivery webhook"; Mailgun, "Receiving, forwarding and
 * storing messages" (parsed fields) and "Webhooks"; RFC 5322 (Message-ID, In-Reply-To, References), RFC 3834
 * (Auto-Submitted: machines must not be answered); SendGrid, "Inbound Parse" (its form as JSON) and "Event webhook". A bridge of one's own sends `{messageId, from, to, subject, text,
 * html, inReplyTo, references, date, headers, attachments}`. Bodies are signed by Standard Webhooks.
 */
import { batched, type ChannelAdapter, noHandshake } from './adapter.ts';
import { addressOf, headersOf, isAutomatic, nested, threadOf, withoutQuote } from './email-parts.ts';
import { toEvent, unsupported } from './event.ts';
import { at, field, firstId, fromEither, list, number, object, text } from './fields.ts';
import { isObject, type Json } from './json.ts';
import type { Attachment, InboundEvent } from './message.ts';
import { verifyStandardWebhook } from './signature.ts';

export const email: ChannelAdapter = {
  channel: 'email',
  verify: verifyStandardWebhook,
  handshake: noHandshake,
  normalize: batched((payload, accountId) => [
    notice(payload, accountId) ??
      mail(payload, accountId) ??
      unsupported('email', topicOf(payload), payload, accountId),
  ]),
};

function topicOf(payload: Json): string {
  return (
    firstText(payload, 'RecordType', 'event', 'type') ?? text(at(payload, 'event-data', 'event')) ?? 'unknown'
  );
}

/** Names of one field in the forms of the three senders. */
const NAMES = {
  messageId: ['messageId', 'Message-Id', 'Message-ID', 'message-id'],
  from: ['FromFull', 'from', 'From', 'sender'],
  to: ['OriginalRecipient', 'ToFull', 'recipient', 'to', 'To'],
  subject: ['Subject', 'subject'],
  text: ['TextBody', 'body-plain', 'text'],
  stripped: ['StrippedTextReply', 'stripped-text', 'strippedText'],
  html: ['HtmlBody', 'body-html', 'html'],
  date: ['timestamp', 'date', 'Date'],
} as const;

function mail(payload: Json, accountId: string | undefined): InboundEvent | undefined {
  const from = addressOf(first(payload, NAMES.from));
  const to = addressOf(first(payload, NAMES.to));
  const words = firstText(payload, ...NAMES.text);
  const html = firstText(payload, ...NAMES.html);
  const subject = firstText(payload, ...NAMES.subject);
  if (from === undefined || (words === undefined && html === undefined && subject === undefined))
    return undefined;
  const headers = headersOf(payload);
  // Postmark's own `MessageID` names the delivery; the mail's is among its headers.
  const messageId = bare(headers.get('message-id') ?? firstText(payload, ...NAMES.messageId, 'MessageID'));
  const inReplyTo = bare(firstText(payload, 'inReplyTo', 'In-Reply-To') ?? headers.get('in-reply-to'));
  const references = firstText(payload, 'references', 'References') ?? headers.get('references');
  const files = [
    ...list(field(payload, 'Attachments')),
    ...list(nested(field(payload, 'attachments'))),
    ...Object.values(object(nested(field(payload, 'attachment-info')))),
  ].map(attachment);
  const said =
    firstText(payload, ...NAMES.stripped) ?? (words === undefined ? undefined : withoutQuote(words));
  return toEvent({
    channel: 'email',
    kind: said === undefined && files.length > 0 ? 'media' : 'text',
    topic: 'mail',
    accountId: accountId ?? to?.address,
    customerId: from.address,
    customerName: from.name,
    threadId: threadOf(references, inReplyTo) ?? messageId,
    messageId,
    occurredAtMs: dateOf(first(payload, NAMES.date)) ?? dateOf(headers.get('date')),
    content: { text: said ?? subject, html, subject, attachments: files },
    replyTo: { messageId: inReplyTo },
    automatic: isAutomatic(headers, from.address) ? true : undefined,
    identity: [messageId],
    item: payload,
    raw: payload,
  });
}

/** What became of a mail that we sent: Postmark's RecordType, Mailgun's event-data, SendGrid's event. */
function notice(payload: Json, accountId: string | undefined): InboundEvent | undefined {
  const data = field(payload, 'event-data');
  const sendGrid = firstId(payload, 'sg_event_id');
  const word = isObject(data)
    ? text(field(data, 'event'))
    : (text(field(payload, 'RecordType')) ?? (sendGrid && text(field(payload, 'event'))));
  if (word === undefined) return undefined;
  const state = Object.hasOwn(STATES, word.toLowerCase()) ? STATES[word.toLowerCase()] : undefined;
  const messageId = bare(
    text(at(data, 'message', 'headers', 'message-id')) ??
      firstText(payload, 'MessageID', 'smtp-id', 'sg_message_id'),
  );
  const occurredAtMs =
    fromEither(field(data, 'timestamp') ?? field(payload, 'timestamp')) ??
    dateOf(first(payload, ['DeliveredAt', 'BouncedAt', 'ReceivedAt', 'ChangedAt']));
  if (state === undefined) return undefined;
  return toEvent({
    channel: 'email',
    kind:
      state === 'read' ? 'read' : state === 'unsubscribed' || state === 'complained' ? 'consent' : 'status',
    topic: word,
    accountId,
    customerId: text(field(data, 'recipient')) ?? firstText(payload, 'Recipient', 'Email', 'email'),
    direction: 'platform',
    targetIds: messageId === undefined ? undefined : [messageId],
    state,
    correlation: text(field(payload, 'Tag')),
    faults:
      state === 'failed'
        ? [
            {
              code: firstId(payload, 'TypeCode', 'status') ?? firstId(field(data, 'delivery-status'), 'code'),
              title: firstText(payload, 'Type', 'Name', 'type'),
              detail:
                firstText(payload, 'Description', 'reason') ?? text(at(data, 'delivery-status', 'message')),
            },
          ]
        : undefined,
    occurredAtMs,
    identity: [
      messageId,
      word,
      firstId(data, 'id') ?? firstId(payload, 'ID', 'sg_event_id') ?? String(occurredAtMs ?? ''),
    ],
    item: payload,
    raw: payload,
  });
}

const STATES: Readonly<Record<string, string>> = {
  delivery: 'delivered',
  delivered: 'delivered',
  bounce: 'failed',
  failed: 'failed',
  open: 'read',
  opened: 'read',
  click: 'clicked',
  clicked: 'clicked',
  spamcomplaint: 'complained',
  complained: 'complained',
  subscriptionchange: 'unsubscribed',
  unsubscribed: 'unsubscribed',
  accepted: 'sent',
  processed: 'sent',
  deferred: 'deferred',
  dropped: 'failed',
  spamreport: 'complained',
  unsubscribe: 'unsubscribed',
  group_unsubscribe: 'unsubscribed',
};

function first(payload: Json, names: readonly string[]): Json | undefined {
  return names
    .map(name => field(payload, name))
    .find(each => each !== undefined && each !== null && each !== '');
}

function firstText(payload: Json, ...names: readonly string[]): string | undefined {
  return names.map(name => text(field(payload, name))).find(each => each !== undefined);
}

function bare(messageId: string | undefined): string | undefined {
  return text(messageId?.trim().replace(/^<|>$/g, ''));
}

function dateOf(value: Json | undefined): number | undefined {
  const parsed = typeof value === 'string' && /\D/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? fromEither(value) : parsed;
}

function attachment(file: Json): Attachment {
  const mimeType = firstText(file, 'ContentType', 'content-type', 'mimeType', 'type');
  const main = mimeType?.split('/')[0];
  return {
    type: main === 'image' || main === 'video' || main === 'audio' ? main : 'document',
    id: firstId(file, 'ContentID', 'content-id', 'id'),
    url: text(field(file, 'url')),
    filename: firstText(file, 'Name', 'filename', 'name'),
    mimeType,
    sizeBytes: number(first(file, ['ContentLength', 'size', 'sizeBytes'])),
  };
}
