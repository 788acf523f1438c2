/**
 * What a WhatsApp message says, by its type.
 * Source: WhatsApp Business Platform, Webhooks, "messages" (one section a type).
 */
import { at, compact, field, firstId, flag, list, number, object, text } from './fields.ts';
import { isObject, type Json, parseNested } from './json.ts';
import type { AttachmentType, ContactCard, EventKind, InboundEvent, MessageContent } from './message.ts';

const MEDIA: Readonly<Record<string, AttachmentType>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'voice',
  document: 'document',
  sticker: 'sticker',
  gif: 'animation',
};

const PARTS: ReadonlySet<string> = new Set(
  'text location contacts reaction button interactive order system edit revoke'.split(' '),
);

export interface Said {
  readonly kind: EventKind;
  readonly topic?: string;
  readonly content?: MessageContent | undefined;
  readonly targetId?: string | undefined;
  readonly state?: string | undefined;
  readonly reaction?: InboundEvent['reaction'];
}

export function saidBy(item: Json | undefined, type: string): Said {
  const part = field(item, type);
  if (Object.hasOwn(MEDIA, type)) return { kind: 'media', content: mediaContent(type, part) };
  switch (type) {
    case 'text':
      return { kind: 'text', content: { text: text(field(part, 'body')) } };
    case 'location':
      return {
        kind: 'location',
        content: {
          location: compact({
            latitude: number(field(part, 'latitude')),
            longitude: number(field(part, 'longitude')),
            name: text(field(part, 'name')),
            address: text(field(part, 'address')),
            url: text(field(part, 'url')),
          }),
        },
      };
    case 'contacts':
      return { kind: 'contact', content: { contacts: list(part).map(contactCard) } };
    case 'reaction': {
      // A reaction taken back comes without emoji, or with an empty one.
      const emoji = text(field(part, 'emoji'));
      return {
        kind: 'reaction',
        targetId: firstId(part, 'message_id'),
        reaction: { action: emoji === undefined ? 'remove' : 'add', emoji },
      };
    }
    case 'button': {
      const title = text(field(part, 'text'));
      return {
        kind: 'button',
        content: { text: title, choice: { payload: text(field(part, 'payload')), title } },
      };
    }
    case 'interactive':
      return interactive(part);
    case 'order':
      return { kind: 'order', content: orderContent(part) };
    case 'system':
      return {
        kind: 'system',
        topic: `system.${text(field(part, 'type')) ?? 'unknown'}`,
        content: {
          text: text(field(part, 'body')),
          choice: { payload: firstId(part, 'new_wa_id', 'wa_id', 'user_id', 'identity') },
        },
        state: text(field(part, 'type')),
      };
    case 'request_welcome':
      return { kind: 'membership', state: 'opened' };
    case 'edit': {
      const edited = field(part, 'message') ?? part;
      const { kind, content } = saidOnce(edited);
      return {
        kind: 'edit',
        topic: `edit.${kind}`,
        content,
        targetId: firstId(part, 'original_message_id', 'message_id', 'id'),
      };
    }
    case 'revoke':
    case 'deleted':
    case 'delete':
      return { kind: 'delete', targetId: firstId(part, 'original_message_id', 'message_id', 'id') };
    case 'poll':
    case 'poll_creation':
      return {
        kind: 'poll',
        content: {
          poll: {
            question: text(field(part, 'name')) ?? text(field(part, 'question')),
            options: list(field(part, 'options')).flatMap(
              each => text(each) ?? text(field(each, 'name')) ?? [],
            ),
          },
        },
      };
    default:
      return { kind: 'unsupported', content: { text: text(at(part, 'body')) ?? text(at(part, 'caption')) } };
  }
}

/** The type of a message that does not say it: the one part it has that is named like a type. */
export function typeOf(message: Json | undefined): string | undefined {
  return Object.keys(object(message)).find(name => Object.hasOwn(MEDIA, name) || PARTS.has(name));
}

/** The content of an edit. An edit inside an edit does not exist: it is not followed. */
function saidOnce(message: Json | undefined): Said {
  const type = text(field(message, 'type')) ?? typeOf(message) ?? 'text';
  return type === 'edit' ? { kind: 'unsupported' } : saidBy(message, type);
}

function mediaContent(type: string, part: Json | undefined): MessageContent {
  const voice = type === 'audio' && flag(field(part, 'voice'));
  return {
    text: text(field(part, 'caption')),
    attachments: [
      {
        type: voice ? 'voice' : MEDIA[type]!,
        ...compact({
          id: firstId(part, 'id'),
          url: text(field(part, 'url')) ?? text(field(part, 'link')),
          mimeType: text(field(part, 'mime_type')),
          sha256: text(field(part, 'sha256')),
          filename: text(field(part, 'filename')),
          subtype: flag(field(part, 'animated')) ? 'animated' : undefined,
        }),
      },
    ],
  };
}

function interactive(part: Json | undefined): Said {
  const type = text(field(part, 'type')) ?? 'unknown';
  const reply = field(part, type);
  if (type === 'nfm_reply') {
    const values = field(reply, 'response_json');
    return {
      kind: 'form',
      topic: 'interactive.nfm_reply',
      content: {
        text: text(field(reply, 'body')),
        form: {
          name: text(field(reply, 'name')),
          values: (typeof values === 'string' ? parseNested(values) : undefined) ?? values ?? null,
        },
      },
    };
  }
  if (type === 'call_permission_reply') {
    return { kind: 'consent', topic: `interactive.${type}`, state: text(field(reply, 'response')) };
  }
  if (type === 'product') {
    const product = reply ?? field(part, 'action');
    return {
      kind: 'media',
      topic: 'interactive.product',
      content: {
        text: text(at(part, 'body', 'text')),
        attachments: [
          {
            type: 'share',
            subtype: 'product',
            ...compact({
              id: firstId(product, 'product_retailer_id', 'id'),
              title: text(field(product, 'title')) ?? text(field(product, 'name')),
            }),
          },
        ],
      },
    };
  }
  if (!isObject(reply))
    return {
      kind: 'unsupported',
      topic: `interactive.${type}`,
      content: { text: text(at(part, 'body', 'text')) },
    };
  const title = text(field(reply, 'title'));
  return {
    kind: 'button',
    topic: `interactive.${type}`,
    content: {
      text: title,
      choice: {
        payload: firstId(reply, 'id', 'payload'),
        title,
        description: text(field(reply, 'description')),
      },
    },
  };
}

function orderContent(part: Json | undefined): MessageContent {
  return {
    text: text(field(part, 'text')),
    order: {
      catalogId: firstId(part, 'catalog_id'),
      lines: list(field(part, 'product_items')).map(each => ({
        productId: firstId(each, 'product_retailer_id'),
        quantity: number(field(each, 'quantity')),
        price: number(field(each, 'item_price')),
        currency: text(field(each, 'currency')),
      })),
    },
  };
}

function contactCard(contact: Json): ContactCard {
  const name = field(contact, 'name');
  const phones = list(field(contact, 'phones'));
  const joined = ['first_name', 'last_name'].flatMap(each => text(field(name, each)) ?? []).join(' ');
  return {
    name: text(field(name, 'formatted_name')) ?? text(joined),
    phones: phones.flatMap(each => firstId(each, 'phone', 'wa_id') ?? []),
    emails: list(field(contact, 'emails')).flatMap(each => text(field(each, 'email')) ?? []),
    userId: phones.map(each => firstId(each, 'wa_id', 'user_id')).find(each => each !== undefined),
    url: text(field(list(field(contact, 'urls'))[0], 'url')),
    vcard: text(field(contact, 'vcard')),
  };
}
