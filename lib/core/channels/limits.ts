/**
 * What each platform lets a business send, as data.
 * Sources: Messenger Platform, "Send API" and "Messaging policy"; Instagram, "Send messages"; WhatsApp Cloud API,
 * "Messages" and "Throughput"; Telegram Bot API and "Bots FAQ"; Zalo OA, "Tin tư vấn"; TikTok Business Messaging.
 * Figures that a platform does not publish are marked `assumed` and are set low.
 */
import type { Channel } from './message.ts';

/** How a platform counts text: UTF-16 code units, code points or bytes of UTF-8. */
export type TextUnit = 'utf16' | 'codePoints' | 'utf8Bytes';
export type Markup = 'plain' | 'whatsapp' | 'telegramHtml' | 'markdown';

export interface ChannelLimits {
  readonly textMax: number;
  readonly textUnit: TextUnit;
  readonly captionMax: number;
  readonly markup: Markup;
  /** Messages per second of one account. */
  readonly accountPerSecond: number;
  /** Shortest time between two messages to one customer. */
  readonly customerIntervalMs: number;
  /** Messages to one customer that may come together all the same. Default 1. */
  readonly customerBurst?: number;
  readonly assumed?: readonly string[];
  /** After the customer's last message, how long free-form answers are allowed; null for ever. */
  readonly windowMs: number | null;
  /** The same for a person's answer, where the platform distinguishes (Messenger's HUMAN_AGENT tag). */
  readonly personWindowMs?: number;
  /** Most messages within one window. */
  readonly perWindow?: number;
  /** Whether an approved template may be sent after the window. */
  readonly templates: boolean;
  readonly quickReplies: number;
  readonly quickReplyTitleMax: number;
  /** Largest file by kind, in bytes; a kind that is missing cannot be sent. */
  readonly mediaMaxBytes: Readonly<Partial<Record<'image' | 'video' | 'audio' | 'document', number>>>;
  /** Whether text and media can go in one message. */
  readonly captions: boolean;
  readonly replies: boolean;
  readonly typing: boolean;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MB = 1_000_000;

export const LIMITS: Readonly<Record<Channel, ChannelLimits>> = {
  facebook: {
    textMax: 2000,
    textUnit: 'codePoints',
    captionMax: 0,
    markup: 'plain',
    accountPerSecond: 250,
    customerIntervalMs: 0,
    windowMs: DAY_MS,
    personWindowMs: 7 * DAY_MS,
    templates: true,
    quickReplies: 13,
    quickReplyTitleMax: 20,
    mediaMaxBytes: { image: 8 * MB, video: 25 * MB, audio: 25 * MB, document: 25 * MB },
    captions: false,
    replies: true,
    typing: true,
  },
  instagram: {
    textMax: 1000,
    textUnit: 'utf8Bytes',
    captionMax: 0,
    markup: 'plain',
    accountPerSecond: 100,
    customerIntervalMs: 0,
    windowMs: DAY_MS,
    personWindowMs: 7 * DAY_MS,
    templates: false,
    quickReplies: 13,
    quickReplyTitleMax: 20,
    mediaMaxBytes: { image: 8 * MB, video: 25 * MB, audio: 25 * MB },
    captions: false,
    replies: false,
    typing: true,
  },
  whatsapp: {
    textMax: 4096,
    textUnit: 'codePoints',
    captionMax: 1024,
    markup: 'whatsapp',
    accountPerSecond: 80,
    customerIntervalMs: 6_000,
    customerBurst: 45,
    windowMs: DAY_MS,
    templates: true,
    quickReplies: 3,
    quickReplyTitleMax: 20,
    mediaMaxBytes: { image: 5 * MB, video: 16 * MB, audio: 16 * MB, document: 100 * MB },
    captions: true,
    replies: true,
    typing: true,
  },
  telegram: {
    textMax: 4096,
    textUnit: 'utf16',
    captionMax: 1024,
    markup: 'telegramHtml',
    accountPerSecond: 30,
    customerIntervalMs: 1_000,
    customerBurst: 3,
    windowMs: null,
    templates: false,
    quickReplies: 100,
    quickReplyTitleMax: 64,
    mediaMaxBytes: { image: 5 * MB, video: 20 * MB, audio: 20 * MB, document: 20 * MB },
    captions: true,
    replies: true,
    typing: true,
  },
  zalo: {
    textMax: 2000,
    textUnit: 'utf16',
    captionMax: 2000,
    markup: 'plain',
    accountPerSecond: 10,
    customerIntervalMs: 0,
    assumed: ['accountPerSecond'],
    // Free within 48 h (8 messages), then charged, and closed after seven days.
    windowMs: 7 * DAY_MS,
    templates: true,
    quickReplies: 5,
    quickReplyTitleMax: 35,
    mediaMaxBytes: { image: 1 * MB, document: 5 * MB },
    captions: true,
    replies: true,
    typing: false,
  },
  tiktok: {
    textMax: 6000,
    textUnit: 'utf16',
    captionMax: 0,
    markup: 'plain',
    accountPerSecond: 10,
    customerIntervalMs: 0,
    assumed: ['accountPerSecond'],
    windowMs: 48 * HOUR_MS,
    perWindow: 10,
    templates: false,
    quickReplies: 0,
    quickReplyTitleMax: 0,
    mediaMaxBytes: { image: 3 * MB },
    captions: false,
    replies: true,
    typing: false,
  },
  web: {
    textMax: 32_000,
    textUnit: 'utf16',
    captionMax: 32_000,
    markup: 'markdown',
    accountPerSecond: 1_000,
    customerIntervalMs: 0,
    windowMs: null,
    templates: false,
    quickReplies: 13,
    quickReplyTitleMax: 80,
    mediaMaxBytes: { image: 25 * MB, video: 25 * MB, audio: 25 * MB, document: 25 * MB },
    captions: true,
    replies: true,
    typing: true,
  },
  email: {
    textMax: 200_000,
    textUnit: 'utf16',
    captionMax: 200_000,
    markup: 'plain',
    accountPerSecond: 10,
    customerIntervalMs: 0,
    assumed: ['accountPerSecond'],
    windowMs: null,
    templates: false,
    quickReplies: 0,
    quickReplyTitleMax: 0,
    mediaMaxBytes: { image: 20 * MB, video: 20 * MB, audio: 20 * MB, document: 20 * MB },
    captions: true,
    replies: true,
    typing: false,
  },
};
