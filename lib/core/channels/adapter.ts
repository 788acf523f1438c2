/** What each channel knows how to do with a webhook. Pure: bytes, headers, secrets and the time come in. */
import type { Json } from './json.ts';
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

/** For platforms that verify an address in their console, without a request of their own. */
export function noHandshake(): Handshake {
  return { ok: false, reason: 'not-offered' };
}
