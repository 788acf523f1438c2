/** What a customer's event says to the agent, as words: a model reads text, so a place or a picture is told in it. */
import { createHash } from 'node:crypto';
import { idOfDigest } from '../../kernel/ids.ts';
import { mediaOf } from './media.ts';
import type { Attachment, InboundEvent, MessageContent } from './message.ts';

const MOST_CHARACTERS = 16_000;

/** Files that come along as attachments are named only where nothing else is said. */
export function spokenText(event: InboundEvent): string {
  const content = event.content ?? {};
  const files = new Set(mediaOf(event).map(({ attachment }) => attachment));
  const attachments = content.attachments ?? [];
  const words = textOf(
    event,
    attachments.filter(each => !files.has(each)),
  );
  const text = words || attachments.map(attachmentText).join('\n').slice(0, MOST_CHARACTERS);
  return text === '' ? `[${event.kind}]` : text;
}

function textOf(event: InboundEvent, attachments: readonly Attachment[]): string {
  const content = event.content ?? {};
  const parts = [
    event.forwarded ? '[forwarded]' : '',
    event.replyTo?.text ? `[in reply to: ${event.replyTo.text.slice(0, 500)}]` : '',
    content.subject ? `Subject: ${content.subject}` : '',
    content.text ?? content.choice?.title ?? content.choice?.payload ?? '',
    ...attachments.map(attachmentText),
    placeText(content),
    ...(content.contacts ?? []).map(
      ({ name, phones = [], emails = [] }) =>
        `[contact: ${[name, ...phones, ...emails].filter(Boolean).join(', ')}]`,
    ),
    content.form ? `[form: ${JSON.stringify(content.form.values).slice(0, 4_000)}]` : '',
    orderText(content),
  ];
  return parts
    .filter(part => part !== '')
    .join('\n')
    .slice(0, MOST_CHARACTERS);
}

function attachmentText({ type, filename, title, emoji, url }: Attachment): string {
  const about = [filename, title, emoji].filter(Boolean).join(', ');
  const link = type === 'link' && url ? url : '';
  return `[${type}${about ? `: ${about}` : ''}${link ? ` ${link}` : ''}]`;
}

function placeText({ location }: MessageContent): string {
  if (!location) return '';
  const { name, address, latitude, longitude } = location;
  const where = latitude !== undefined && longitude !== undefined ? `${latitude}, ${longitude}` : '';
  return `[place: ${[name, address, where].filter(Boolean).join(', ')}]`;
}

function orderText({ order }: MessageContent): string {
  if (!order) return '';
  const lines = (order.lines ?? []).map(
    ({ productId, quantity }) => `${quantity ?? 1} x ${productId ?? '?'}`,
  );
  return `[order: ${lines.join(', ') || order.id || ''}]`;
}

const digestOf = (...parts: readonly string[]) => createHash('sha256').update(JSON.stringify(parts)).digest();

/** The conversation that a thread of an account is: the same thread is always the same conversation. */
export function conversationOfThread(tenantId: string, accountId: string, threadId: string): string {
  return idOfDigest('conversation', digestOf('thread', tenantId, accountId, threadId));
}

/** The message that an event is: a redelivered one has the same. */
export function messageOfEvent(accountId: string, dedupeKey: string): string {
  return idOfDigest('message', digestOf('event', accountId, dedupeKey));
}
