/** What a Messenger or Instagram message says. Source: Messenger Platform, Webhooks, "messages". */
import { at, compact, field, firstId, list, number, object, text } from './fields.ts';
import type { Json } from './json.ts';
import { isObject } from './json.ts';
import type {
  Attachment,
  AttachmentType,
  InboundEvent,
  MessageContent,
  OrderLine,
  Place,
  Referral,
} from './message.ts';

const TYPES: Readonly<Record<string, AttachmentType>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  file: 'document',
  sticker: 'sticker',
  animated_image: 'animation',
  animated_image_share: 'animation',
  fallback: 'link',
  template: 'template',
};
const SHARES = /share|story|reel|post|product|media/;

export function contentOf(message: Json): MessageContent | undefined {
  const words = text(field(message, 'text'));
  const attachments = list(field(message, 'attachments'));
  const files: Attachment[] = [];
  let location: Place | undefined;
  for (const each of attachments) {
    const place = placeOf(each);
    if (place) location ??= place;
    else files.push(attachmentOf(each));
  }
  const quickReply = field(message, 'quick_reply');
  const lines = attachments.flatMap(productLines);
  return compact({
    text: words,
    attachments: files.length > 0 ? files : undefined,
    location,
    choice: isObject(quickReply)
      ? { payload: text(field(quickReply, 'payload')), title: words }
      : commandOf(message),
    order: lines.length > 0 ? { lines } : undefined,
  });
}

/** Messenger's slash commands: `commands: [{name}]`. */
function commandOf(message: Json): { payload: string } | undefined {
  const name = text(field(list(field(message, 'commands'))[0], 'name'));
  return name === undefined ? undefined : { payload: name };
}

function placeOf(attachment: Json): Place | undefined {
  const coordinates = at(attachment, 'payload', 'coordinates');
  if (field(attachment, 'type') !== 'location' && !isObject(coordinates)) return undefined;
  return compact({
    latitude: number(field(coordinates, 'lat')),
    longitude: number(field(coordinates, 'long') ?? field(coordinates, 'lng')),
    name: text(field(attachment, 'title')),
    url: text(at(attachment, 'payload', 'url')) ?? text(field(attachment, 'url')),
  });
}

function attachmentOf(attachment: Json): Attachment {
  const payload = object(field(attachment, 'payload'));
  const named = text(field(attachment, 'type')) ?? 'other';
  const sticker = firstId(payload, 'sticker_id');
  const type: AttachmentType = sticker
    ? 'sticker'
    : Object.hasOwn(TYPES, named)
      ? TYPES[named]!
      : SHARES.test(named)
        ? 'share'
        : 'other';
  return {
    type,
    ...compact({
      subtype: text(field(payload, 'template_type')) ?? (named === type ? undefined : named),
      id: sticker ?? firstId(payload, 'attachment_id', 'reel_video_id', 'ig_post_media_id', 'id'),
      url: text(field(payload, 'url')) ?? text(field(attachment, 'url')) ?? text(field(payload, 'link')),
      title: text(field(attachment, 'title')) ?? text(field(payload, 'title')),
      description: text(field(payload, 'text')) ?? text(field(attachment, 'description')),
    }),
  };
}

function productLines(attachment: Json): readonly OrderLine[] {
  return list(at(attachment, 'payload', 'product', 'elements')).map(each => ({
    ...compact({ productId: firstId(each, 'retailer_id', 'id') }),
  }));
}

export function replyOf(reply: Json | undefined): InboundEvent['replyTo'] {
  const story = field(reply, 'story');
  return compact({
    messageId: firstId(reply, 'mid') ?? firstId(story, 'id'),
    url: text(field(story, 'url')),
  });
}

export function referralOf(referral: Json | undefined): Referral | undefined {
  const context = field(referral, 'ads_context_data');
  return compact({
    source: text(field(referral, 'source')),
    type: text(field(referral, 'type')),
    ref: text(field(referral, 'ref')) ?? text(field(referral, 'payload')),
    id: firstId(referral, 'ad_id') ?? firstId(field(referral, 'product'), 'id'),
    url:
      text(field(referral, 'referer_uri')) ??
      text(field(context, 'photo_url')) ??
      text(field(context, 'video_url')),
    headline: text(field(context, 'ad_title')) ?? text(field(referral, 'title')),
  });
}
