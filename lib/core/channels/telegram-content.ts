/** Files, places and cards of a Telegram message. Source: core.telegram.org/bots/api, "Available types". */
import { compact, field, firstId, flag, list, number, text } from './fields.ts';
import { isObject, type Json } from './json.ts';
import type { Attachment, AttachmentType, ContactCard, Place } from './message.ts';

const FILES: Readonly<Record<string, AttachmentType>> = {
  animation: 'animation',
  video: 'video',
  video_note: 'video',
  live_photo: 'image',
  audio: 'audio',
  voice: 'voice',
  document: 'document',
  sticker: 'sticker',
};

export interface TelegramFile {
  readonly topic: string;
  readonly file: Attachment;
}

export function attachmentsOf(message: Json): readonly TelegramFile[] {
  const files: TelegramFile[] = [];
  const photo = largest(field(message, 'photo'));
  if (photo) files.push({ topic: 'photo', file: fileOf('image', 'photo', photo) });
  for (const [name, type] of Object.entries(FILES)) {
    const part = field(message, name);
    // An animation is sent twice, as itself and as a document, for clients older than it.
    if (!isObject(part) || (name === 'document' && isObject(field(message, 'animation')))) continue;
    files.push({ topic: name, file: fileOf(type, name, part) });
  }
  for (const each of list(field(field(message, 'paid_media'), 'paid_media'))) {
    const inner = largest(field(each, 'photo')) ?? field(each, 'video');
    const type = text(field(each, 'type')) === 'video' ? 'video' : 'image';
    files.push({ topic: 'paid_media', file: fileOf(type, 'paid_media', inner ?? each) });
  }
  return files;
}

/** A photo comes in several sizes of one picture; the last is documented to be the largest, the area decides. */
function largest(photo: Json | undefined): Json | undefined {
  const sizes = list(photo).filter(isObject);
  const area = (each: Json) => (number(field(each, 'width')) ?? 0) * (number(field(each, 'height')) ?? 0);
  let best: Json | undefined = sizes[0];
  for (const each of sizes) if (area(each) >= area(best!)) best = each;
  return best;
}

function fileOf(type: AttachmentType, name: string, part: Json): Attachment {
  return {
    type,
    ...compact({
      subtype: name === 'video_note' || name === 'paid_media' || name === 'live_photo' ? name : undefined,
      id: firstId(part, 'file_id'),
      filename: text(field(part, 'file_name')),
      mimeType: text(field(part, 'mime_type')),
      sizeBytes: number(field(part, 'file_size')),
      durationS: number(field(part, 'duration')),
      width: number(field(part, 'width')) ?? number(field(part, 'length')),
      height: number(field(part, 'height')),
      title: text(field(part, 'title')) ?? text(field(part, 'set_name')),
      description: text(field(part, 'performer')),
      emoji: text(field(part, 'emoji')),
    }),
    ...(name === 'sticker' && (flag(field(part, 'is_animated')) || flag(field(part, 'is_video')))
      ? { subtype: 'animated' }
      : {}),
  };
}

export function placeOf(message: Json): Place | undefined {
  const venue = field(message, 'venue');
  const point = field(message, 'location') ?? field(venue, 'location');
  if (!isObject(point) && !isObject(venue)) return undefined;
  return (
    compact({
      latitude: number(field(point, 'latitude')),
      longitude: number(field(point, 'longitude')),
      name: text(field(venue, 'title')),
      address: text(field(venue, 'address')),
    }) ?? {}
  );
}

export function cardOf(contact: Json): ContactCard {
  const phone = text(field(contact, 'phone_number'));
  const name = ['first_name', 'last_name'].flatMap(each => text(field(contact, each)) ?? []).join(' ');
  return {
    ...compact({
      name: text(name),
      phones: phone === undefined ? undefined : [phone],
      userId: firstId(contact, 'user_id', 'id'),
      vcard: text(field(contact, 'vcard')),
    }),
  };
}

export function scopeOf(chat: Json | undefined): 'direct' | 'group' | 'channel' {
  const type = field(chat, 'type');
  return type === 'channel' ? 'channel' : type === 'group' || type === 'supergroup' ? 'group' : 'direct';
}

export function nameOf(person: Json | undefined): string | undefined {
  const parts = ['first_name', 'last_name'].flatMap(name => text(field(person, name)) ?? []);
  return parts.length > 0
    ? parts.join(' ')
    : (text(field(person, 'title')) ?? text(field(person, 'username')));
}
