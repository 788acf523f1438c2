/** What a request asks for, as far as routing, budgets and metering have to know; the rest is passed on as it came. */
import { customerDigest } from '../../../lib/core/identity/customer-conversation.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';
import { checkDepth } from '../json-body.ts';

export interface Asked {
  readonly model: string;
  readonly stream?: unknown;
  readonly messages?: unknown;
  readonly input?: unknown;
  readonly max_tokens?: unknown;
  readonly max_completion_tokens?: unknown;
  readonly stream_options?: unknown;
  /** The caller's own customer: what budgets of customers go by. */
  readonly user?: unknown;
  readonly [field: string]: unknown;
}

const MOST_MESSAGES = 5_000;

export function parse(bytes: Buffer, capability: 'chat' | 'embeddings'): Asked {
  const text = bytes.toString('utf8');
  checkDepth(text);
  let asked: Asked;
  try {
    asked = JSON.parse(text) as Asked;
  } catch (cause) {
    throw new TroupeError('malformed-body', 'The body is not valid JSON', { cause });
  }
  const wrong = (field: string, what: string) => new TroupeError('validation-failed', `"${field}" ${what}`);
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked))
    throw new TroupeError('validation-failed', 'The body must be a JSON object');
  if (typeof asked.model !== 'string' || asked.model === '' || asked.model.length > 200)
    throw wrong('model', 'must name a model');
  if (asked.stream !== undefined && asked.stream !== null && typeof asked.stream !== 'boolean')
    throw wrong('stream', 'must be true or false');
  const { messages } = asked;
  if (capability === 'chat') {
    if (!Array.isArray(messages) || messages.length === 0 || messages.length > MOST_MESSAGES)
      throw wrong('messages', `must be a list of 1 to ${MOST_MESSAGES} messages`);
    if (messages.some(message => typeof message !== 'object' || message === null))
      throw wrong('messages', 'must hold objects');
  } else if (typeof asked.input !== 'string' && !Array.isArray(asked.input))
    throw wrong('input', 'must be a text or a list');
  for (const field of ['max_tokens', 'max_completion_tokens'] as const) {
    const value = asked[field];
    if (value !== undefined && value !== null && (!Number.isSafeInteger(value) || (value as number) < 1))
      throw wrong(field, 'must be a whole number above 0');
  }
  return asked;
}

/** Milliseconds that the client waits: OpenAI's clients say so in seconds; no longer than the door does. */
export function patienceOf(header: string | string[] | undefined, limitMs: number): number {
  const seconds = Number(header);
  return seconds > 0 ? Math.min(limitMs, seconds * 1_000) : limitMs;
}

/** Budgets go by a digest, the same as that of the customer's conversations. */
export function customerOf({ user }: Asked): string | null {
  return typeof user === 'string' && user !== '' ? customerDigest(user) : null;
}

export function outputOf({ max_tokens: most, max_completion_tokens: newer }: Asked): number | undefined {
  return (newer ?? most ?? undefined) as number | undefined;
}
