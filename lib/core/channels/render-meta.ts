/**
 * Messenger, Instagram and WhatsApp requests.
 * Sources: Messenger Platform, "Send API" (POST /{page}/messages); WhatsApp Cloud API, "Messages" (POST
 * /{phone-number-id}/messages).
 */
import { placeText, post, present, type Renderer } from './render-request.ts';

export const facebook: Renderer = (piece, { accountId, customerId, replyToId, correlation, personOnly }) => {
  const send = (message: Record<string, unknown>) =>
    post(`/${accountId}/messages`, {
      recipient: { id: customerId },
      messaging_type: personOnly ? 'MESSAGE_TAG' : 'RESPONSE',
      tag: personOnly ? 'HUMAN_AGENT' : undefined,
      reply_to: replyToId === undefined ? undefined : { mid: replyToId },
      message: present({ ...message, metadata: correlation }),
    });
  switch (piece.type) {
    case 'text': {
      const replies = piece.quickReplies.map(each => ({
        content_type: 'text',
        title: each.title,
        payload: each.payload,
      }));
      return send({ text: piece.text, quick_replies: replies.length > 0 ? replies : undefined });
    }
    case 'media': {
      const { type, url, id } = piece.media;
      const payload = id === undefined ? { url, is_reusable: true } : { attachment_id: id };
      return send({ attachment: { type: type === 'document' ? 'file' : type, payload } });
    }
    case 'location':
      return send({ text: placeText(piece.location) });
    case 'signal':
      return post(`/${accountId}/messages`, {
        recipient: { id: customerId },
        sender_action: piece.signal.type === 'read' ? 'mark_seen' : 'typing_on',
      });
    case 'reaction':
      return post(`/${accountId}/messages`, {
        recipient: { id: customerId },
        sender_action: piece.reaction.emoji === null ? 'unreact' : 'react',
        payload: present({
          message_id: piece.reaction.targetId,
          reaction: piece.reaction.emoji ?? undefined,
        }),
      });
    case 'template': {
      const { name, language, parameters } = piece.template;
      return post(`/${accountId}/messages`, {
        recipient: { id: customerId },
        messaging_type: 'UTILITY',
        message: present({
          template: { name, language: { code: language }, ...componentsOf(parameters, 'BODY') },
          metadata: correlation,
        }),
      });
    }
  }
};

function componentsOf(parameters: readonly string[], type: 'body' | 'BODY'): object {
  if (parameters.length === 0) return {};
  return { components: [{ type, parameters: parameters.map(text => ({ type: 'text', text })) }] };
}

export const whatsapp: Renderer = (piece, { accountId, customerId, replyToId, correlation }) => {
  const path = `/${accountId}/messages`;
  const send = (type: string, part: unknown) =>
    post(path, {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: customerId,
      type,
      [type]: part,
      context: replyToId === undefined ? undefined : { message_id: replyToId },
      biz_opaque_callback_data: correlation,
    });
  switch (piece.type) {
    case 'text': {
      // An interactive body is shorter than a text: a long one goes without buttons rather than not at all.
      if (piece.quickReplies.length === 0 || piece.text.length > 1024)
        return send('text', { body: piece.text, preview_url: true });
      const buttons = piece.quickReplies.map(each => ({
        type: 'reply',
        reply: { id: each.payload, title: each.title },
      }));
      return send('interactive', { type: 'button', body: { text: piece.text }, action: { buttons } });
    }
    case 'media': {
      const { type, url, id, filename } = piece.media;
      const source = id === undefined ? { link: url } : { id };
      const name = type === 'document' ? filename : undefined;
      return send(type, present({ ...source, caption: piece.caption || undefined, filename: name }));
    }
    case 'location':
      return send('location', piece.location);
    case 'template': {
      const { name, language, parameters } = piece.template;
      return send('template', { name, language: { code: language }, ...componentsOf(parameters, 'body') });
    }
    case 'reaction':
      return send('reaction', { message_id: piece.reaction.targetId, emoji: piece.reaction.emoji ?? '' });
    case 'signal': {
      // Typing is shown by the same request that marks a message as read, and only with its id.
      const { type, messageId } = piece.signal;
      if (messageId === undefined) return null;
      const typing = type === 'typing' ? { type: 'text' } : undefined;
      return post(path, {
        messaging_product: 'whatsapp',
        status: 'read',
        message_id: messageId,
        typing_indicator: typing,
      });
    }
  }
};
