/**
 * From our one shape of an answer to the requests that a platform's send API takes. Pure: nothing is sent here, and
 * no credential is known here. Each request has a `part`, so that a ledger can tell which of them were sent.
 */
import { LIMITS } from './limits.ts';
import { renderMarkup } from './markup.ts';
import type { Channel } from './message.ts';
import { RENDERERS } from './render.ts';
import { lengthOf, MAX_PARTS, splitText } from './split.ts';
import type { Template } from './template.ts';
import {
  acceptedAs,
  type FileToSend,
  fileOf,
  insteadOfFile,
  type MediaType,
  type RequestFile,
  UPLOADED,
} from './upload.ts';

export interface OutboundMedia {
  readonly type: MediaType;
  /** Address that the platform fetches from; or `id`, what its upload API returned. */
  readonly url?: string;
  readonly id?: string;
  readonly filename?: string;
  readonly sizeBytes?: number;
  /** A file of ours, which goes along with the request. */
  readonly file?: RequestFile;
}

/** What we want a customer to see. Text is Markdown. */
export interface OutboundMessage {
  readonly text?: string;
  readonly media?: OutboundMedia;
  /** Files of ours. One that the platform does not take is named in words, with `linkOf` its address. */
  readonly files?: readonly FileToSend[];
  readonly location?: {
    readonly latitude: number;
    readonly longitude: number;
    readonly name?: string;
    readonly address?: string;
  };
  readonly quickReplies?: readonly { readonly title: string; readonly payload: string }[];
  /** What the platform has approved, the only thing that is allowed after the window. */
  readonly template?: Template;
  readonly replyToId?: string;
  readonly reaction?: { readonly targetId: string; readonly emoji: string | null };
  readonly signal?: { readonly type: 'typing' | 'read'; readonly messageId?: string };
  readonly subject?: string;
}

export interface OutboundTarget {
  readonly channel: Channel;
  readonly accountId: string;
  readonly customerId: string;
  /** Chat, conversation or mail thread; where the platform answers into it rather than to a person. */
  readonly threadId?: string | null;
}

export interface OutboundContext {
  readonly nowMs: number;
  /** When the customer last wrote; null when never. */
  readonly lastInboundAtMs: number | null;
  /** Messages sent since then. */
  readonly sentInWindow?: number;
  /** Whether a person wrote this (Messenger allows them seven days). */
  readonly byPerson?: boolean;
  /** Where a customer gets a file that cannot be shown in the chat. */
  readonly linkOf?: (file: FileToSend) => string | undefined;
  /** Comes back in echoes and statuses, where the platform can carry it. */
  readonly correlation?: string;
}

export interface SendRequest {
  readonly method: 'POST' | 'SMTP' | 'LOCAL';
  /** Below the API's base address (which holds the version and, for Telegram, the token). */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly file?: RequestFile;
  /** Position among the requests of this message, from 0. */
  readonly part: number;
}

export type OutboundRefusal =
  | 'nothing-to-send'
  | 'window-closed'
  | 'template-required'
  | 'window-quota'
  | 'media-not-supported'
  | 'media-too-large'
  | 'not-supported'
  | 'too-long';
export type OutboundPlan =
  | { readonly ok: true; readonly requests: readonly SendRequest[] }
  | { readonly ok: false; readonly reason: OutboundRefusal };

/** One thing that becomes one request. */
export type Piece =
  | {
      readonly type: 'text';
      readonly text: string;
      readonly quickReplies: readonly { title: string; payload: string }[];
    }
  | { readonly type: 'media'; readonly media: OutboundMedia; readonly caption: string }
  | { readonly type: 'location'; readonly location: NonNullable<OutboundMessage['location']> }
  | { readonly type: 'template'; readonly template: NonNullable<OutboundMessage['template']> }
  | { readonly type: 'reaction'; readonly reaction: NonNullable<OutboundMessage['reaction']> }
  | { readonly type: 'signal'; readonly signal: NonNullable<OutboundMessage['signal']> };

export interface RenderContext extends OutboundTarget {
  readonly replyToId: string | undefined;
  readonly correlation: string | undefined;
  readonly subject: string | undefined;
  /** True when only a person's longer window still allows the message. */
  readonly personOnly: boolean;
}
export type RenderedRequest = Omit<SendRequest, 'part'>;

/** The requests, in their order, that show `message` to the customer; or why the platform would refuse it. */
export function planOutbound(
  target: OutboundTarget,
  given: OutboundMessage,
  context: OutboundContext,
): OutboundPlan {
  const message = withWordsForFiles(target.channel, given, context);
  const pieces = piecesOf(target, message);
  if (typeof pieces === 'string') return { ok: false, reason: pieces };
  if (pieces.length === 0) return { ok: false, reason: 'nothing-to-send' };
  const window = windowOf(target.channel, pieces, context);
  if (window !== 'open' && window !== 'person') return { ok: false, reason: window };
  const requests: SendRequest[] = [];
  for (const [part, piece] of pieces.entries()) {
    const request = RENDERERS[target.channel](piece, {
      ...target,
      // Only the first part answers the customer's message; the others follow it.
      replyToId: part === 0 ? message.replyToId : undefined,
      correlation: context.correlation,
      subject: message.subject,
      personOnly: window === 'person',
    });
    if (request === null) return { ok: false, reason: 'not-supported' };
    const file = piece.type === 'media' ? piece.media.file : undefined;
    requests.push({ ...request, ...(file ? { file } : {}), part });
  }
  return { ok: true, requests };
}

function windowOf(
  channel: Channel,
  pieces: readonly Piece[],
  context: OutboundContext,
): 'open' | 'person' | OutboundRefusal {
  const limits = LIMITS[channel];
  if (pieces.every(each => each.type === 'template')) return 'open';
  if (limits.windowMs === null) return 'open';
  const age =
    context.lastInboundAtMs === null ? Number.POSITIVE_INFINITY : context.nowMs - context.lastInboundAtMs;
  if (age > limits.windowMs) {
    if (context.byPerson && age <= (limits.personWindowMs ?? 0)) return 'person';
    return limits.templates ? 'template-required' : 'window-closed';
  }
  const said = pieces.filter(each => each.type !== 'signal').length;
  return (context.sentInWindow ?? 0) + said > (limits.perWindow ?? Number.POSITIVE_INFINITY)
    ? 'window-quota'
    : 'open';
}

/** What the platform does not take of the files is told in words, so that it is never silently left out. */
function withWordsForFiles(
  channel: Channel,
  message: OutboundMessage,
  context: OutboundContext,
): OutboundMessage {
  const { files = [], ...rest } = message;
  const left = files.filter(file => acceptedAs(channel, file) === null);
  if (left.length === 0) return message;
  const words = left.map(file => insteadOfFile(file, context.linkOf?.(file)));
  return {
    ...rest,
    files: files.filter(file => !left.includes(file)),
    text: [message.text ?? '', ...words].filter(each => each !== '').join('\n\n'),
  };
}

function mediaOfFiles({ channel, accountId }: OutboundTarget, files: readonly FileToSend[]): OutboundMedia[] {
  return files.map(file => {
    const type = acceptedAs(channel, file)!;
    return { type, id: UPLOADED, filename: file.name, file: fileOf(channel, accountId, type, file) };
  });
}

function piecesOf(target: OutboundTarget, message: OutboundMessage): readonly Piece[] | OutboundRefusal {
  const { channel } = target;
  const limits = LIMITS[channel];
  const { template, location, reaction, signal } = message;
  if (template) return limits.templates ? [{ type: 'template', template }] : 'not-supported';
  const [first, ...others] = mediaOfFiles(target, message.files ?? []);
  const media = message.media ?? first;
  const more = message.media && first ? [first, ...others] : others;
  if (message.media) {
    const max = limits.mediaMaxBytes[message.media.type];
    if (max === undefined || (!message.media.url && !message.media.id)) return 'media-not-supported';
    if ((message.media.sizeBytes ?? 0) > max) return 'media-too-large';
  }
  const markdown = message.text ?? '';
  const asCaption =
    media !== undefined &&
    limits.captions &&
    media.type !== 'audio' &&
    lengthOf(markdown, limits.textUnit) <= limits.captionMax;
  const texts = asCaption ? [] : splitText(markdown, limits.textMax, limits.textUnit);
  if (texts.length > MAX_PARTS) return 'too-long';
  const offered = quickRepliesOf(channel, message);
  const show = (text: string) => renderMarkup(text, limits.markup);
  return [
    ...(signal ? [{ type: 'signal', signal } as const] : []),
    ...(reaction ? [{ type: 'reaction', reaction } as const] : []),
    ...(media ? [{ type: 'media', media, caption: asCaption ? show(markdown) : '' } as const] : []),
    ...more.map(each => ({ type: 'media', media: each, caption: '' }) as const),
    ...(location ? [{ type: 'location', location } as const] : []),
    ...texts.map((text, index) => ({
      type: 'text' as const,
      text: show(text),
      quickReplies: index === texts.length - 1 ? offered : [],
    })),
  ];
}

/** As many as the platform shows, with titles that it takes. */
function quickRepliesOf(
  channel: Channel,
  message: OutboundMessage,
): readonly { title: string; payload: string }[] {
  const { quickReplies: most, quickReplyTitleMax: max } = LIMITS[channel];
  return (message.quickReplies ?? []).slice(0, most).map(({ title, payload }) => ({
    title: lengthOf(title, 'utf16') <= max ? title : `${splitText(title, max - 1)[0] ?? ''}…`,
    payload,
  }));
}
