/**
 * What Messenger, Instagram and WhatsApp share: signature, handshake, envelope.
 * Source: developers.facebook.com, Graph API, Webhooks, Getting started: "Verification requests" and "Validating
 * payloads". Meta signs the form it sends (non-ASCII as lowercase \uXXXX), hence the raw bytes.
 */
import { field, list, object } from './fields.ts';
import type { Json, JsonObject } from './json.ts';
import {
  ACCEPTED,
  type ChannelSecrets,
  type Handshake,
  headerOf,
  hmacSha256,
  matchesAny,
  refused,
  sameSecret,
  usable,
  type Verification,
  type WebhookHeaders,
  type WebhookQuery,
} from './signature.ts';

/** The channels of Meta's Messenger Platform; `object` of the payload tells which. */
export type MetaChannel = 'facebook' | 'instagram';

/** `X-Hub-Signature-256: sha256=<hex>` = HMAC-SHA256(app secret, raw body). The old SHA-1 header is not looked at. */
export function verifyMeta(
  rawBody: Uint8Array,
  headers: WebhookHeaders,
  secrets: ChannelSecrets,
): Verification {
  const keys = usable(secrets.signing);
  if (keys.length === 0) return refused('secret-missing');
  const header = headerOf(headers, 'x-hub-signature-256');
  if (!header) return refused('header-missing');
  const digest = /^sha256=([0-9a-f]{64})$/i.exec(header)?.[1];
  if (!digest) return refused('header-malformed');
  return matchesAny(digest, keys, key => hmacSha256(key, [rawBody])) ? ACCEPTED : refused('mismatch');
}

/** Longest challenge echoed; Meta sends about ten digits. */
const MAX_CHALLENGE_LENGTH = 1024;

/** GET with hub.mode=subscribe, hub.verify_token, hub.challenge: the challenge is echoed as plain text. */
export function handshakeMeta(query: WebhookQuery, secrets: ChannelSecrets): Handshake {
  const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = query;
  if (!secrets.verifyToken) return { ok: false, reason: 'secret-missing' };
  if (mode !== 'subscribe' || typeof token !== 'string' || typeof challenge !== 'string') {
    return { ok: false, reason: 'malformed' };
  }
  if (challenge === '' || challenge.length > MAX_CHALLENGE_LENGTH) return { ok: false, reason: 'malformed' };
  if (!sameSecret(token, secrets.verifyToken)) return { ok: false, reason: 'mismatch' };
  return { ok: true, body: challenge, contentType: 'text/plain' };
}

/** One entry of a Meta payload together with the way back: a payload that holds this entry alone. */
export interface MetaEntry {
  readonly entry: Json;
  readonly first: boolean;
  wrap(entry: Json): Json;
}

/** The entries of a payload; empty when it has none and has to be kept whole. */
export function metaEntries(payload: Json): readonly MetaEntry[] {
  return list(field(payload, 'entry')).map((entry, index) => ({
    entry,
    first: index === 0,
    wrap: slice => reduced(payload, ['entry'], { entry: [slice] }, index === 0),
  }));
}

/**
 * A copy of `whole` that carries one of its items only. `carriers` are the names of its lists of items: those that
 * have any are left out and `kept` takes their place. Other lists and objects belong to no single item and go with
 * the first one; scalars (ids, names, times) go with every one.
 */
export function reduced(
  whole: Json,
  carriers: readonly string[],
  kept: JsonObject,
  first: boolean,
): JsonObject {
  const rest = Object.entries(object(whole)).filter(([name, value]) =>
    carriers.includes(name) && list(value).length > 0 ? false : first || typeof value !== 'object',
  );
  return Object.fromEntries([...rest, ...Object.entries(kept)]);
}
