/**
 * How a file of ours reaches each platform, as data: which kinds and sizes it takes, and the request that gives it the
 * bytes. Sources: WhatsApp Cloud API, "Media"; Messenger and Instagram Platform, "Attachment Upload API"; Telegram Bot
 * API, "Sending files"; Zalo OA, "Upload hình ảnh", "Upload ảnh GIF", "Upload file"; TikTok Business Messaging, "Upload media".
 */
import type { Channel } from './message.ts';

export type MediaType = 'image' | 'video' | 'audio' | 'document';

/** A file that goes along with a request: its bytes are read when it is sent. */
export interface RequestFile {
  readonly attachmentId: string;
  readonly name: string;
  readonly mimeType: string;
  /**
   * `upload`: given first, by a request of its own that shows nothing, and what that answers stands in the body in
   * place of `UPLOADED`. `form`: the request itself is a form with the file in it. `mail`: a part of the mail.
   */
  readonly how:
    | {
        readonly way: 'upload';
        readonly path: string;
        readonly field: string;
        readonly fields: Readonly<Record<string, string>>;
        readonly idAt: readonly string[];
      }
    | { readonly way: 'form'; readonly field: string }
    | { readonly way: 'mail' };
}

/** Stands in a request's body for the id that uploading the file gives. */
export const UPLOADED = '{uploaded}';

const MB = 1_000_000;
const JPEG_PNG = ['image/jpeg', 'image/png'];
const OFFICE = [
  'application/pdf',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
];
const ANY = undefined;

interface Accepted {
  readonly maxBytes: number;
  /** Absent: whatever its kind. */
  readonly types: readonly string[] | undefined;
}

const META_AUDIO = ['audio/aac', 'audio/mp4', 'audio/mpeg', 'audio/wav', 'audio/x-wav', 'audio/ogg'];
const META_VIDEO = ['video/mp4', 'video/ogg', 'video/webm', 'video/quicktime', 'video/x-msvideo'];

/** What a platform takes by kind; a file that fits no entry goes as a document where that is taken. */
const ACCEPTED: Readonly<Record<Channel, Readonly<Partial<Record<MediaType, Accepted>>>>> = {
  facebook: {
    image: { maxBytes: 8 * MB, types: [...JPEG_PNG, 'image/gif', 'image/webp'] },
    video: { maxBytes: 25 * MB, types: META_VIDEO },
    audio: { maxBytes: 25 * MB, types: META_AUDIO },
    document: { maxBytes: 25 * MB, types: ANY },
  },
  instagram: {
    image: { maxBytes: 8 * MB, types: [...JPEG_PNG, 'image/gif'] },
    video: { maxBytes: 25 * MB, types: META_VIDEO },
    audio: { maxBytes: 25 * MB, types: ['audio/aac', 'audio/mp4', 'audio/wav', 'audio/x-wav'] },
    document: { maxBytes: 25 * MB, types: ['application/pdf'] },
  },
  whatsapp: {
    image: { maxBytes: 5 * MB, types: JPEG_PNG },
    video: { maxBytes: 16 * MB, types: ['video/mp4', 'video/3gpp'] },
    audio: {
      maxBytes: 16 * MB,
      types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'],
    },
    document: {
      maxBytes: 100 * MB,
      types: [
        ...OFFICE,
        'text/plain',
        'application/vnd.ms-excel',
        'application/vnd.ms-powerpoint',
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
        'application/vnd.openxmlformats-officedocument.presentationml.presentation',
      ],
    },
  },
  telegram: {
    image: { maxBytes: 10 * MB, types: [...JPEG_PNG, 'image/webp'] },
    video: { maxBytes: 50 * MB, types: ['video/mp4'] },
    audio: { maxBytes: 50 * MB, types: ['audio/mpeg', 'audio/mp4'] },
    document: { maxBytes: 50 * MB, types: ANY },
  },
  zalo: {
    image: { maxBytes: 1 * MB, types: JPEG_PNG },
    document: { maxBytes: 5 * MB, types: OFFICE },
  },
  tiktok: { image: { maxBytes: 3 * MB, types: JPEG_PNG } },
  web: { document: { maxBytes: 25 * MB, types: ANY } },
  email: { document: { maxBytes: 20 * MB, types: ANY } },
};

export interface FileToSend {
  readonly id: string;
  readonly name: string;
  /** Media type, told by the bytes. */
  readonly type: string;
  readonly bytes: number;
}

/** As what the platform takes the file; null when it takes none such, or none so large. */
export function acceptedAs(channel: Channel, { type, bytes }: FileToSend): MediaType | null {
  const major = type.slice(0, type.indexOf('/'));
  const own: MediaType = major === 'image' || major === 'video' || major === 'audio' ? major : 'document';
  const fits = (kind: MediaType) => {
    const accepted = ACCEPTED[channel][kind];
    return accepted !== undefined && bytes <= accepted.maxBytes && (accepted.types?.includes(type) ?? true);
  };
  return [own, 'document' as const].find(fits) ?? null;
}

/** How the file goes along with the request that shows it. */
export function fileOf(channel: Channel, accountId: string, kind: MediaType, file: FileToSend): RequestFile {
  const about = { attachmentId: file.id, name: file.name, mimeType: file.type };
  const upload = (
    path: string,
    field: string,
    fields: Readonly<Record<string, string>>,
    idAt: readonly string[],
  ): RequestFile => ({ ...about, how: { way: 'upload', path, field, fields, idAt } });
  switch (channel) {
    case 'whatsapp':
      return upload(`/${accountId}/media`, 'file', { messaging_product: 'whatsapp', type: file.type }, [
        'id',
      ]);
    case 'facebook':
    case 'instagram': {
      const type = kind === 'document' ? 'file' : kind;
      const message = JSON.stringify({ attachment: { type, payload: { is_reusable: true } } });
      const platform: Record<string, string> = channel === 'instagram' ? { platform: 'instagram' } : {};
      return upload('/me/message_attachments', 'filedata', { ...platform, message }, ['attachment_id']);
    }
    case 'zalo':
      return kind === 'image'
        ? upload('/v2.0/oa/upload/image', 'file', {}, ['data', 'attachment_id'])
        : upload('/v2.0/oa/upload/file', 'file', {}, ['data', 'token']);
    case 'tiktok':
      return upload(
        '/business/message/media/upload/',
        'file',
        { business_id: accountId, media_type: 'IMAGE' },
        ['data', 'media_id'],
      );
    case 'telegram':
      return { ...about, how: { way: 'form', field: TELEGRAM_FIELD[kind] } };
    default:
      return { ...about, how: { way: 'mail' } };
  }
}

const TELEGRAM_FIELD = { image: 'photo', video: 'video', audio: 'audio', document: 'document' } as const;

/** The body with the uploaded file's id in its place. */
export function withUploaded(body: unknown, id: string): unknown {
  if (body === UPLOADED) return id;
  if (Array.isArray(body)) return body.map(each => withUploaded(each, id));
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, withUploaded(value, id)]));
}

/** The id in what the platform answered an upload; null when it named none. */
export function uploadedId(answer: unknown, idAt: readonly string[]): string | null {
  let at = answer;
  for (const name of idAt)
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  return typeof at === 'string' || typeof at === 'number' ? String(at).slice(0, 500) : null;
}

/** What a customer reads where the file itself cannot be shown. */
export function insteadOfFile({ name }: FileToSend, link: string | undefined): string {
  return link === undefined ? `(${name}: this chat cannot show that file)` : `${name}: ${link}`;
}
