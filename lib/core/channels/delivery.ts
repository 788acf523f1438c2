/**
 * What became of a request to a platform. The platforms take no idempotency keys, so what may have been shown to the
 * customer is never sent again by itself: only what certainly was not is.
 */

export type Delivery =
  /** It was taken; the platform's own id of the message where it gives one. */
  | { readonly outcome: 'sent'; readonly platformId: string | null }
  /** It was certainly not taken: again later. */
  | { readonly outcome: 'again'; readonly code: string; readonly afterMs: number | null }
  /** The platform will not take it, however often. */
  | { readonly outcome: 'refused'; readonly code: string }
  /** It may have been taken: an echo or a status may still tell, else a person decides. */
  | { readonly outcome: 'unknown'; readonly code: string };

export interface PlatformAnswer {
  readonly status: number;
  /** Parsed body; undefined when it is no JSON. */
  readonly body: unknown;
  readonly retryAfterMs: number | null;
}

/** Failures of a connection before a byte of the request can have been read. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

export function deliveryOfFailure(code: string): Delivery {
  return NEVER_SENT.has(code) ? { outcome: 'again', code, afterMs: null } : { outcome: 'unknown', code };
}

type Tree = { readonly [name: string]: unknown } | undefined;
const within = (value: unknown, ...names: readonly string[]): unknown =>
  names.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Tree)?.[name] : undefined),
    value,
  );

/** Zalo and TikTok answer 200 and say in the body that they refused: `error` or `code` other than 0. */
function refusalWithin(body: unknown): string | undefined {
  const error = within(body, 'error') ?? within(body, 'code');
  return typeof error === 'number' && error !== 0 ? String(error) : undefined;
}

/** Zalo's and TikTok's own codes for too many requests. */
const BUSY_CODES = new Set(['-32', '40100', '50002']);

export function deliveryOfAnswer({ status, body, retryAfterMs }: PlatformAnswer): Delivery {
  if (status === 429)
    return { outcome: 'again', code: 'http-429', afterMs: retryAfterMs ?? telegramWait(body) };
  if (status === 503 && retryAfterMs !== null)
    return { outcome: 'again', code: 'http-503', afterMs: retryAfterMs };
  if (status >= 500 || status === 408) return { outcome: 'unknown', code: `http-${status}` };
  if (status >= 400) return { outcome: 'refused', code: `http-${status}${codeOf(body)}` };
  const refused = refusalWithin(body);
  if (refused !== undefined)
    return BUSY_CODES.has(refused)
      ? { outcome: 'again', code: `platform-${refused}`, afterMs: retryAfterMs }
      : { outcome: 'refused', code: `platform-${refused}` };
  return { outcome: 'sent', platformId: platformIdOf(body) };
}

function telegramWait(body: unknown): number | null {
  const seconds = within(body, 'parameters', 'retry_after');
  return typeof seconds === 'number' && seconds > 0 ? Math.min(seconds, 3_600) * 1_000 : null;
}

function codeOf(body: unknown): string {
  const code = within(body, 'error', 'code') ?? within(body, 'error_code');
  return typeof code === 'number' || (typeof code === 'string' && /^[\w-]{1,40}$/.test(code))
    ? `-${code}`
    : '';
}

/** Messenger `message_id`, WhatsApp `messages[0].id`, Telegram `result.message_id`, Zalo and TikTok `data.message_id`. */
function platformIdOf(body: unknown): string | null {
  const messages = within(body, 'messages');
  const found =
    within(body, 'message_id') ??
    (Array.isArray(messages) ? within(messages[0], 'id') : undefined) ??
    within(body, 'result', 'message_id') ??
    within(body, 'data', 'message_id') ??
    within(body, 'data', 'message', 'message_id');
  return typeof found === 'string' || typeof found === 'number' ? String(found).slice(0, 300) : null;
}

/** How far the conversation with a mail server came, and what it said last (RFC 5321, section 4.2.1). */
export interface SmtpFailure {
  readonly step: 'connect' | 'login' | 'envelope' | 'data';
  readonly status: number | null;
  readonly code: string;
}

export function deliveryOfSmtp({ step, status, code }: SmtpFailure): Delivery {
  if (code === 'outbound-refused' || code === 'ERR_INVALID_URL') return { outcome: 'refused', code };
  if (status !== null && status >= 500) return { outcome: 'refused', code: `smtp-${status}` };
  if (status !== null) return { outcome: 'again', code: `smtp-${status}`, afterMs: null };
  // The mail was on its way, and whether it was taken was never said.
  if (step === 'data') return { outcome: 'unknown', code };
  return { outcome: 'again', code, afterMs: null };
}
