/**
 * Whether a webhook was sent by whom it claims: what all channels share.
 *
 * Invariants:
 * 1. Signatures are checked over the bytes as received, never over JSON that was parsed and written again.
 * 2. Secrets are compared in constant time; several may be valid at once while one is being rotated.
 * 3. Without a secret nothing is accepted: an HMAC with an empty key is one that anybody can compute.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;
export type WebhookQuery = Readonly<Record<string, unknown>>;

export interface ChannelSecrets {
  /** App secret, OA secret key, client secret or secret token; all that are valid now, newest first. */
  readonly signing: readonly string[];
  /** Meta: the token that the subscription handshake must bring. */
  readonly verifyToken?: string;
  /** Zalo: the app whose id is part of the signed text. Without it the body's own `app_id` is taken. */
  readonly appId?: string;
  /** For signatures with a time: how far it may be from now. */
  readonly maxAgeMs?: number;
}

export type RefusalReason =
  | 'secret-missing'
  | 'header-missing'
  | 'header-malformed'
  | 'body-malformed'
  | 'mismatch'
  | 'stale';
export type Verification = { readonly ok: true } | { readonly ok: false; readonly reason: RefusalReason };

export type Handshake =
  | { readonly ok: true; readonly body: string; readonly contentType: 'text/plain' }
  | { readonly ok: false; readonly reason: 'not-offered' | 'malformed' | 'mismatch' | 'secret-missing' };

export const ACCEPTED: Verification = { ok: true };

export function refused(reason: RefusalReason): Verification {
  return { ok: false, reason };
}

/** The one value of a header, whatever its case; undefined when absent or sent several times. */
export function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  const found = Object.entries(headers).filter(([key]) => key.toLowerCase() === name.toLowerCase());
  if (found.length !== 1) return undefined;
  const value = found[0]?.[1];
  if (typeof value === 'string') return value.trim();
  return value?.length === 1 ? value[0]?.trim() : undefined;
}

/** Usable secrets: an empty one would accept anything signed with the empty key. */
export function usable(secrets: readonly string[]): readonly string[] {
  return secrets.filter(secret => secret !== '');
}

/** Equal in constant time, also when lengths differ: both sides are hashed first. */
export function sameSecret(left: string, right: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value, 'utf8').digest();
  return timingSafeEqual(digest(left), digest(right));
}

export function hmacSha256(secret: string | Uint8Array, parts: readonly (string | Uint8Array)[]): Buffer {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

export function sha256(parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** Whether the received digest (64 hex digits) is that of one of the secrets. Tries all, so that time tells nothing. */
export function matchesAny(
  receivedHex: string,
  secrets: readonly string[],
  digestOf: (secret: string) => Buffer,
): boolean {
  const received = Buffer.from(receivedHex, 'hex');
  let matched = false;
  for (const secret of secrets) {
    const expected = digestOf(secret);
    if (received.length === expected.length && timingSafeEqual(received, expected)) matched = true;
  }
  return matched;
}

/** Seconds of tolerance that Standard Webhooks recommends, in milliseconds. */
const STANDARD_MAX_AGE_MS = 300_000;

/**
 * Standard Webhooks 1.0 (standardwebhooks.com): `webhook-signature: v1,<base64>` of HMAC-SHA256 over
 * `id.timestamp.body`. Our own channels (web, e-mail bridges) are signed so.
 */
export function verifyStandardWebhook(
  rawBody: Uint8Array,
  headers: WebhookHeaders,
  secrets: ChannelSecrets,
  nowMs: number,
): Verification {
  const keys = usable(secrets.signing);
  if (keys.length === 0) return refused('secret-missing');
  const messageId = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature');
  if (!messageId || !timestamp || !signatures) return refused('header-missing');
  const candidates = signatures
    .split(' ')
    .slice(0, 10)
    .flatMap(each => /^v1,([A-Za-z0-9+/]{43}=)$/.exec(each)?.[1] ?? []);
  if (!/^\d{1,12}$/.test(timestamp) || candidates.length === 0) return refused('header-malformed');
  const matched = candidates
    .map(each =>
      matchesAny(Buffer.from(each, 'base64').toString('hex'), keys, key =>
        hmacSha256(standardKey(key), [`${messageId}.${timestamp}.`, rawBody]),
      ),
    )
    .includes(true);
  if (!matched) return refused('mismatch');
  return isFresh(timestamp, nowMs, secrets.maxAgeMs ?? STANDARD_MAX_AGE_MS) ? ACCEPTED : refused('stale');
}

function standardKey(secret: string): string | Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
}

/** Whether a time in seconds is at most `maxAgeMs` from now, in the past or (clocks differ) the future. */
export function isFresh(timestampS: string, nowMs: number, maxAgeMs: number): boolean {
  return Math.abs(nowMs - Number(timestampS) * 1000) <= maxAgeMs;
}
