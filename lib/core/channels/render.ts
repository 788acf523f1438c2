/**
 * One piece of an answer as each platform's request; null where the platform has no such thing.
 * Sources: Telegram Bot API; Zalo OA, "Tin tư vấn" (POST /v3.0/oa/message/cs); TikTok Business
 * Messaging (POST /business/message/send/); RFC 5322 for mail.
 */
import type { Channel } from './message.ts';
import type { OutboundMedia, RenderedRequest } from './outbound.ts';
import { facebook, whatsapp } from './render-meta.ts';
import { oneLine, placeText, post, present, type Renderer } from './render-request.ts';
import type { Template } from './template.ts';

const TELEGRAM_MEDIA = { image: 'photo', video: 'video', audio: 'audio', document: 'document' } as const;

const telegram: Renderer = (piece, { threadId, customerId, replyToId }) => {
  const [chat, topic] = (threadId ?? customerId).split('/');
  const send = (method: string, body: Record<string, unknown>) =>
    post(`/${method}`, {
      chat_id: chat,
      message_thread_id: topic === undefined ? undefined : Number(topic),
      ...body,
      reply_parameters:
        replyToId === undefined
          ? undefined
          : { message_id: Number(replyToId), allow_sending_without_reply: true },
    });
  switch (piece.type) {
    case 'text': {
      const rows = piece.quickReplies.map(each => [{ text: each.title, callback_data: each.payload }]);
      const keyboard = rows.length > 0 ? { inline_keyboard: rows } : undefined;
      return send('sendMessage', { text: piece.text, parse_mode: 'HTML', reply_markup: keyboard });
    }
    case 'media': {
      const name = TELEGRAM_MEDIA[piece.media.type];
      const caption = piece.caption === '' ? {} : { caption: piece.caption, parse_mode: 'HTML' };
      return send(`send${name[0]!.toUpperCase()}${name.slice(1)}`, {
        ...(piece.media.file ? {} : { [name]: piece.media.id ?? piece.media.url }),
        ...caption,
      });
    }
    case 'location': {
      const { latitude, longitude, name, address } = piece.location;
      if (name === undefined) return send('sendLocation', { latitude, longitude });
      return send('sendVenue', { latitude, longitude, title: name, address: address ?? name });
    }
    case 'reaction': {
      const reaction = piece.reaction.emoji === null ? [] : [{ type: 'emoji', emoji: piece.reaction.emoji }];
      return post('/setMessageReaction', {
        chat_id: chat,
        message_id: Number(piece.reaction.targetId),
        reaction,
      });
    }
    case 'signal':
      return piece.signal.type === 'typing' ? send('sendChatAction', { action: 'typing' }) : null;
    case 'template':
      return null;
  }
};

const zalo: Renderer = (piece, { customerId, replyToId }) => {
  const send = (message: Record<string, unknown>) =>
    post('/v3.0/oa/message/cs', {
      recipient: { user_id: customerId },
      message: present({ ...message, quote_message_id: replyToId }),
    });
  switch (piece.type) {
    case 'text': {
      if (piece.quickReplies.length === 0) return send({ text: piece.text });
      const buttons = piece.quickReplies.map(each => ({
        title: each.title,
        type: 'oa.query.show',
        payload: each.payload,
      }));
      return send({ text: piece.text, attachment: { type: 'template', payload: { buttons } } });
    }
    case 'media':
      return zaloMedia(piece.media, piece.caption, send);
    case 'location':
      return send({ text: placeText(piece.location) });
    case 'reaction':
      return post('/v2.0/oa/message', {
        recipient: { user_id: customerId },
        sender_action: {
          react_icon: piece.reaction.emoji ?? '/-remove',
          react_message_id: piece.reaction.targetId,
        },
      });
    case 'template':
      return post('/v3.0/oa/message/transaction', {
        recipient: { user_id: customerId },
        message: { attachment: { type: 'template', payload: zaloTransaction(piece.template) } },
      });
    default:
      return null;
  }
};

function zaloTransaction({ name, language, parameters, names = [] }: Template): object {
  const [heading = '', text = '', ...values] = parameters;
  const table = names.map((key, n) => ({ key, value: values[n] ?? '' }));
  return {
    template_type: name,
    language: language.slice(0, 2).toUpperCase(),
    elements: [
      { type: 'header', content: heading, align: 'left' },
      { type: 'text', content: text, align: 'left' },
      ...(table.length > 0 ? [{ type: 'table', content: table }] : []),
    ],
  };
}

function zaloMedia(
  media: OutboundMedia,
  caption: string,
  send: (message: Record<string, unknown>) => RenderedRequest,
): RenderedRequest | null {
  // A file has to be uploaded first; its token is the id.
  if (media.type === 'document') {
    return media.id === undefined
      ? null
      : send({ attachment: { type: 'file', payload: { token: media.id } } });
  }
  const source = media.id === undefined ? { url: media.url } : { attachment_id: media.id };
  const payload = { template_type: 'media', elements: [{ media_type: 'image', ...source }] };
  return send({ text: caption === '' ? undefined : caption, attachment: { type: 'template', payload } });
}

const tiktok: Renderer = (piece, { accountId, customerId, threadId, replyToId }) => {
  const send = (type: string, part: Record<string, unknown>) =>
    post('/business/message/send/', {
      business_id: accountId,
      recipient_type: 'CONVERSATION',
      recipient: threadId ?? customerId,
      message_type: type.toUpperCase(),
      [type]: part,
      referenced_message_info: replyToId === undefined ? undefined : { referenced_message_id: replyToId },
    });
  switch (piece.type) {
    case 'text':
      return send('text', { body: piece.text });
    case 'media':
      // An image has to be uploaded first.
      return piece.media.id === undefined ? null : send('image', { media_id: piece.media.id });
    case 'location':
      return send('text', { body: placeText(piece.location) });
    default:
      return null;
  }
};

/** Our own widget takes the piece as it is, over the realtime connection. */
const web: Renderer = (piece, { threadId, customerId, replyToId, correlation }) => ({
  method: 'LOCAL',
  path: `/conversations/${threadId ?? customerId}`,
  body: present({ ...piece, replyTo: replyToId, correlation }),
});

const email: Renderer = (piece, { accountId, customerId, threadId, replyToId, subject, correlation }) => {
  const references = [threadId, replyToId].filter((each, index, all) => each && all.indexOf(each) === index);
  const mail = (part: Record<string, unknown>): RenderedRequest => ({
    method: 'SMTP',
    path: '',
    body: present({
      from: accountId,
      to: customerId,
      subject: oneLine(subject ?? ''),
      inReplyTo: replyToId === undefined ? undefined : `<${replyToId}>`,
      references: references.length > 0 ? references.map(each => `<${each}>`).join(' ') : undefined,
      // RFC 3834: other machines shall not answer a machine.
      headers: present({
        'Auto-Submitted': 'auto-replied',
        'X-Correlation': correlation === undefined ? undefined : oneLine(correlation),
      }),
      ...part,
    }),
  });
  switch (piece.type) {
    case 'text':
      return mail({ text: piece.text });
    case 'media':
      return mail({
        text: piece.caption,
        ...(piece.media.file
          ? {}
          : { attachments: [{ path: piece.media.url, id: piece.media.id, filename: piece.media.filename }] }),
      });
    case 'location':
      return mail({ text: placeText(piece.location) });
    default:
      return null;
  }
};

export const RENDERERS: Readonly<Record<Channel, Renderer>> = {
  facebook,
  instagram: facebook,
  whatsapp,
  telegram,
  zalo,
  tiktok,
  web,
  email,
};
