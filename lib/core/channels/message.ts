/**
 * The one shape of everything that a channel tells us.
 *
 * Invariants:
 * 1. Every event keeps `raw`: a payload of the platform's own form that holds this event alone. Normalising `raw`
 *    again gives the same event, and the `raw` of a payload's events together hold every value of that payload.
 * 2. `dedupeKey` is a function of the platform's own identifiers and the kind, never of the request that brought
 *    it. A redelivery has the same key; an edit, a deletion or a status of the same message has another.
 * 3. What we do not know is `unsupported`, with its `raw`: kept, never guessed at, never dropped.
 */

import type { Json } from './json.ts';

export const CHANNELS = [
  'facebook',
  'instagram',
  'whatsapp',
  'telegram',
  'zalo',
  'tiktok',
  'web',
  'email',
] as const;
export type Channel = (typeof CHANNELS)[number];

export const EVENT_KINDS = [
  // What a customer says
  'text', // words alone
  'media', // files, with or without a caption
  'location',
  'contact',
  'button', // a quick reply, button, list row or postback
  'form', // a filled form: WhatsApp flow, Telegram web app, Zalo submitted info, lead
  'order',
  'poll', // a poll, an answer to one, a die, a game
  // About an earlier message
  'reaction',
  'edit',
  'delete',
  'read',
  'status', // of what we sent: sent, delivered, failed, ...
  'echo', // what the business itself sent, from here or by hand
  'history', // a message of before the channel was connected: to be known, never to be answered
  // Around the conversation
  'typing',
  'referral', // the way by which the customer came: advertisement, link, shop
  'membership', // follow, unfollow, block, join, leave, group changes
  'consent', // opt-in, opt-out, preferences
  'call',
  'payment',
  'handover', // which app owns the thread
  'comment', // public: posts, comments, mentions, reviews
  'query', // the platform waits for an answer of its own form (inline query, checkout, join request)
  'system', // told inside a chat by the platform itself: changed number, pinned, title
  'account', // about the business's account: templates, quality, limits, permissions
  'unsupported',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export type AttachmentType =
  | 'image'
  | 'video'
  | 'audio'
  | 'voice'
  | 'document'
  | 'sticker'
  | 'animation'
  | 'link'
  | 'share' // a post, reel, story or product of the same platform
  | 'template' // a structured message of the business, seen in an echo
  | 'other';

export interface Attachment {
  readonly type: AttachmentType;
  /** The platform's name of the type where ours is coarser. */
  readonly subtype?: string;
  /** Identifier to fetch the file with, by the platform's media API. */
  readonly id?: string;
  /** Address to fetch the file from; on most platforms it expires. */
  readonly url?: string;
  readonly thumbnailUrl?: string;
  readonly title?: string;
  readonly description?: string;
  readonly filename?: string;
  readonly mimeType?: string;
  readonly sizeBytes?: number;
  /** As the platform gives it: hex or base64. */
  readonly sha256?: string;
  readonly durationS?: number;
  readonly width?: number;
  readonly height?: number;
  readonly emoji?: string;
}

export interface Place {
  readonly latitude?: number;
  readonly longitude?: number;
  readonly name?: string;
  readonly address?: string;
  readonly url?: string;
}

export interface ContactCard {
  readonly name?: string;
  readonly phones?: readonly string[];
  readonly emails?: readonly string[];
  /** The contact's own id on the platform. */
  readonly userId?: string;
  readonly url?: string;
  readonly vcard?: string;
}

export interface Choice {
  /** What the button was made to send back. */
  readonly payload?: string;
  readonly title?: string;
  readonly description?: string;
}

export interface OrderLine {
  readonly productId?: string;
  readonly quantity?: number;
  readonly price?: number;
  readonly currency?: string;
}

/** What a message says. Exactly the parts that the message has are present. */
export interface MessageContent {
  /** The words, the caption, the title of the chosen button or the subject's text. */
  readonly text?: string;
  readonly html?: string;
  readonly subject?: string;
  readonly attachments?: readonly Attachment[];
  readonly location?: Place;
  readonly contacts?: readonly ContactCard[];
  readonly choice?: Choice;
  readonly form?: { readonly name?: string; readonly values: Json };
  readonly order?: {
    readonly id?: string;
    readonly catalogId?: string;
    readonly lines?: readonly OrderLine[];
  };
  readonly poll?: { readonly id?: string; readonly question?: string; readonly options?: readonly string[] };
}

export interface PlatformFault {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
}

export interface Referral {
  /** `ad`, `post`, `link`, `product`, ... in the platform's own word. */
  readonly source?: string;
  readonly type?: string;
  readonly ref?: string;
  readonly id?: string;
  readonly url?: string;
  readonly headline?: string;
  readonly text?: string;
  readonly clickId?: string;
}

export type Direction = 'inbound' | 'outbound' | 'platform';
export type Scope = 'direct' | 'group' | 'channel' | 'public' | 'account';

export interface InboundEvent {
  readonly channel: Channel;
  readonly kind: EventKind;
  /** The platform's own name of the kind: `messages.text`, `user_send_gif`, `edited_message`. */
  readonly topic: string;
  readonly dedupeKey: string;
  /** Page id, phone number id, bot id, OA id, business id or mailbox: finds the tenant. */
  readonly accountId: string | null;
  /** The customer's id on this channel, as replies are addressed to. */
  readonly customerId: string | null;
  readonly customerName?: string;
  /** Other identifiers of the same customer (business-scoped id, user id by app, @name). */
  readonly customerAliases?: readonly string[];
  /** Where the conversation is: the chat, group, topic or mail thread. */
  readonly threadId: string | null;
  readonly scope: Scope;
  /** `inbound` from a customer, `outbound` from the business, `platform` from neither. */
  readonly direction: Direction;
  /** The platform's id of the message itself. */
  readonly messageId: string | null;
  /** Ids of earlier messages that this event is about (edited, deleted, read, delivered, reacted to). */
  readonly targetIds?: readonly string[];
  /** For read and delivery marks that hold for everything up to a time. */
  readonly watermarkMs?: number;
  /** When it happened by the platform's clock, ms since 1970. */
  readonly occurredAtMs: number | null;
  readonly content?: MessageContent;
  readonly replyTo?: { readonly messageId?: string; readonly text?: string; readonly url?: string };
  readonly forwarded?: { readonly from?: string; readonly name?: string; readonly often?: boolean };
  readonly reaction?: { readonly action: 'add' | 'remove'; readonly emoji?: string; readonly name?: string };
  /** sent, delivered, read, failed, follow, join, connect, APPROVED, ...: the word that the event tells. */
  readonly state?: string;
  readonly faults?: readonly PlatformFault[];
  readonly referral?: Referral;
  /** What we attached when sending and got back: finds the entry of our outbound ledger. */
  readonly correlation?: string;
  /** Sent by a machine (auto-reply, bounce, another bot): must not be answered, or two machines talk for ever. */
  readonly automatic?: boolean;
  readonly raw: Json;
}

/** Kinds that ask for an answer when a customer sends them directly. */
const ANSWERED: ReadonlySet<EventKind> = new Set([
  'text',
  'media',
  'location',
  'contact',
  'button',
  'form',
  'order',
]);

/** Whether the event begins a turn of the conversation: a customer said something to the business. */
export function startsTurn(event: InboundEvent): boolean {
  const spokenTo = event.scope === 'direct' || event.scope === 'group';
  return event.direction === 'inbound' && spokenTo && event.automatic !== true && ANSWERED.has(event.kind);
}
