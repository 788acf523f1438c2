/** What each channel knows how to do with a webhook. Pure: bytes, headers, secrets and the time come in. */
import { isObject, type Json } from './json.ts';
import type { Channel, InboundEvent } from './message.ts';
import type { ChannelSecrets, Handshake, Verification, WebhookHeaders, WebhookQuery } from './signature.ts';

export interface ChannelAdapter {
  readonly channel: Channel;
  /** Whether the platform signed these bytes. Never throws. */
  verify(rawBody: Uint8Array, headers: WebhookHeaders, secrets: ChannelSecrets, nowMs: number): Verification;
  /** Answers the platform's question whether this address is ours (GET). */
  handshake(query: WebhookQuery, secrets: ChannelSecrets): Handshake;
  /**
   * Everything that the payload tells, in its order; at least one event for any JSON. Never throws.
   * `accountId` is used where the payload does not name the account itself (Telegram, e-mail bridges).
   */
  normalize(payload: Json, accountId?: string): readonly InboundEvent[];
}

/** Most payloads read out of one body; SendGrid sends at most 768 KB of events of about 1 KB. */
const MAX_BATCH = 2_000;

/** Platforms that may send several payloads as one array: each is read alone, and its raw is an array of one. */
export function batched(normalize: ChannelAdapter['normalize']): ChannelAdapter['normalize'] {
  return (payload, accountId) => {
    const parts = Array.isArray(payload) ? (payload as readonly Json[]) : [];
    if (parts.length === 0 || parts.length > MAX_BATCH || !parts.every(isObject))
      return normalize(payload, accountId);
    return parts.flatMap(part => normalize(part, accountId).map(event => ({ ...event, raw: [event.raw] })));
  };
}

/** For platforms that verify an address in their console, without a request of their own. */
export function noHandshake(): Handshake {
  return { ok: false, reason: 'not-offered' };
}
