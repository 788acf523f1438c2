/**
 * Where a file that a customer sent is fetched from, step by step. Sources: WhatsApp Cloud API, "Media"; Telegram Bot
 * API, "getFile"; TikTok Business Messaging, "Download media"; the others give an address that holds its own rights.
 */
import { plainName } from '../messages/attachment.ts';
import type { Attachment, Channel, InboundEvent } from './message.ts';

/** What is kept of an attachment until it has been fetched. */
export interface MediaSource {
  readonly id?: string;
  readonly url?: string;
  readonly type: Attachment['type'];
  readonly messageId?: string;
  readonly threadId?: string;
  readonly sha256?: string;
}

export interface MediaRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** `ask`: its JSON answer names the file, which `fileIn` makes a request of; null when it does not. */
export type MediaPlan =
  | { readonly how: 'fetch'; readonly request: MediaRequest }
  | {
      readonly how: 'ask';
      readonly request: MediaRequest;
      readonly fileIn: (answer: unknown) => MediaRequest | null;
    };

/** Larger files are not kept. */
export const MOST_MEDIA_BYTES = 20_971_520;
const MOST_FILES = 30;
const FETCHED: ReadonlySet<Attachment['type']> = new Set([
  'image',
  'video',
  'audio',
  'voice',
  'document',
  'sticker',
  'animation',
]);

/** The files of an event that can be fetched, in their order. */
export function mediaOf(event: InboundEvent): readonly { attachment: Attachment; source: MediaSource }[] {
  return (event.content?.attachments ?? [])
    .filter(({ type, id, url }) => FETCHED.has(type) && (id !== undefined || url !== undefined))
    .slice(0, MOST_FILES)
    .map(attachment => ({
      attachment,
      source: {
        type: attachment.type,
        ...(attachment.id === undefined ? {} : { id: attachment.id }),
        ...(attachment.url === undefined ? {} : { url: attachment.url }),
        ...(attachment.sha256 === undefined ? {} : { sha256: attachment.sha256 }),
        ...(event.messageId === null ? {} : { messageId: event.messageId }),
        ...(event.threadId === null ? {} : { threadId: event.threadId }),
      },
    }));
}

const get = (url: string, headers: Record<string, string> = {}): MediaRequest => ({
  url,
  method: 'GET',
  headers,
});
const within = (value: unknown, ...names: readonly string[]): unknown =>
  names.reduce<unknown>(
    (at, name) =>
      typeof at === 'object' && at !== null ? (at as Readonly<Record<string, unknown>>)[name] : undefined,
    value,
  );

/** Null when the platform gives no way to it. */
export function planMedia(
  channel: Channel,
  { base, token, accountId }: { base: string; token: string; accountId: string },
  source: MediaSource,
): MediaPlan | null {
  const bearer = { authorization: `Bearer ${token}` };
  const { id, url, messageId, threadId } = source;
  if (channel === 'whatsapp' && id !== undefined)
    return {
      how: 'ask',
      request: get(`${base}/${encodeURIComponent(id)}`, bearer),
      fileIn: answer => {
        const at = within(answer, 'url');
        return typeof at === 'string' ? get(at, bearer) : null;
      },
    };
  if (channel === 'telegram' && id !== undefined)
    return {
      how: 'ask',
      request: get(`${base}/bot${token}/getFile?file_id=${encodeURIComponent(id)}`),
      fileIn: answer => {
        const path = within(answer, 'result', 'file_path');
        return typeof path === 'string' && !path.includes('..')
          ? get(`${base}/file/bot${token}/${path}`)
          : null;
      },
    };
  if (channel === 'tiktok' && id !== undefined)
    return {
      how: 'ask',
      request: {
        url: `${base}/business/message/media/download/`,
        method: 'POST',
        headers: { 'access-token': token, 'content-type': 'application/json' },
        body: {
          business_id: accountId,
          conversation_id: threadId,
          message_id: messageId,
          media_id: id,
          media_type: source.type.toUpperCase(),
        },
      },
      fileIn: answer => {
        const at = within(answer, 'data', 'download_url');
        return typeof at === 'string' ? get(at) : null;
      },
    };
  return url === undefined ? null : { how: 'fetch', request: get(url) };
}

/** Whether the bytes' digest is the one that the platform told, in hex or base64. */
export function isDigest(told: string, digest: Uint8Array): boolean {
  const bytes = Buffer.from(digest);
  return told.toLowerCase() === bytes.toString('hex') || told === bytes.toString('base64');
}

/** The media type of a file that came over a channel: told by its bytes where they tell, else the platform's own word. */
export function typeOfMedia(told: string | undefined, declared: string | null): string {
  if (told !== undefined) return told;
  const plain = (declared ?? '').split(';')[0]!.trim().toLowerCase();
  return /^(?:audio|video|application|image)\/[\w.+-]{1,80}$/.test(plain)
    ? plain
    : 'application/octet-stream';
}

/** What a file is called that the platform names only by its kind. */
export function nameOfMedia(filename: string | null, type: string, mediaId: string): string {
  return plainName(filename ?? `${type}-${mediaId.slice(-4).replace('.', '-')}`);
}
