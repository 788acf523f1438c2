/**
 * Sends the parts of answers, one after the other within a conversation, at the platform's own pace. A part is marked
 * before it is sent: whatever dies afterwards, it is not sent a second time unless the platform certainly has not
 * taken it, or a person says so.
 */
import { type Delivery, deliveryOfAnswer, deliveryOfFailure } from '../../lib/core/channels/delivery.ts';
import { LIMITS } from '../../lib/core/channels/limits.ts';
import type { Channel } from '../../lib/core/channels/message.ts';
import type { SendRequest } from '../../lib/core/channels/outbound.ts';
import type { Coordination, TakeResult } from '../../lib/io/coordination.ts';
import type { Database } from '../../lib/io/database.ts';
import type { FieldSealer } from '../../lib/io/field-sealer.ts';
import { retryAfterOf } from '../../lib/io/models/upstream.ts';
import type { SafeFetch } from '../../lib/io/safe-fetch.ts';
import type { MailToSend, SendMail } from '../../lib/io/smtp.ts';
import {
  abandonOutbound,
  type OutboxRow,
  settleOutbound,
  takeOutbound,
} from '../../lib/io/sql/channel-outbox.ts';
import { type AccountRow, accountById } from '../../lib/io/sql/channels.ts';
import { type Clock, fullJitter } from '../../lib/kernel/clock.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import { openToken } from './account-secrets.ts';

export interface OutboundPorts {
  readonly database: Database;
  readonly sealer: FieldSealer;
  readonly coordination: Coordination;
  readonly fetch: SafeFetch;
  readonly sendMail: SendMail;
  readonly clock: Clock;
  readonly log: Log;
  /** Addresses in place of the platforms' own, by channel. */
  readonly bases: Readonly<Partial<Record<Channel, string>>>;
}

const AT_ONCE = 32;
const ATTEMPTS = 8;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 120_000;
const SEND_MS = 20_000;
/** A sender that has said nothing for so long has died. */
const ABANDONED_MS = 60_000;
const MOST_ANSWER_BYTES = 65_536;

/** Where the platforms' APIs are. */
export const BASES: Readonly<Partial<Record<Channel, string>>> = {
  facebook: 'https://graph.facebook.com/v23.0',
  instagram: 'https://graph.facebook.com/v23.0',
  whatsapp: 'https://graph.facebook.com/v23.0',
  telegram: 'https://api.telegram.org',
  zalo: 'https://openapi.zalo.me',
  tiktok: 'https://business-api.tiktok.com/open_api/v1.3',
};

/** Does what is due; answers whether there may be more. */
export async function workOutbound(ports: OutboundPorts): Promise<boolean> {
  const abandoned = await abandonOutbound(ports.database, ABANDONED_MS);
  if (abandoned > 0) ports.log.warn('channels.outcome-unknown', { parts: abandoned });
  const rows = await takeOutbound(ports.database, AT_ONCE);
  await Promise.all(rows.map(row => send(ports, row)));
  return rows.length > 0;
}

async function send(ports: OutboundPorts, row: OutboxRow): Promise<void> {
  const account = await accountById(ports.database, row.accountId);
  if (!account) return await settleOutbound(ports.database, row, { state: 'refused', code: 'disconnected' });
  const turn = await ownPace(ports.coordination, account, row.conversationId);
  if (!turn.allowed)
    return await settleOutbound(ports.database, row, {
      state: 'waiting',
      code: 'own-pace',
      againMs: turn.retryAfterMs,
      uncounted: true,
    });
  let delivery: Delivery;
  try {
    delivery = await deliver(
      ports,
      account.channel,
      await openToken(ports.sealer, account),
      JSON.parse(row.request) as SendRequest,
      row,
    );
  } catch (error) {
    // Before anything was sent: the token cannot be opened, or the request is not one.
    ports.log.warn('channels.send-failed', describeError(error));
    delivery = { outcome: 'again', code: 'not-sent', afterMs: null };
  }
  if (delivery.outcome === 'sent')
    return await settleOutbound(ports.database, row, { state: 'sent', platformId: delivery.platformId });
  if (delivery.outcome !== 'again') {
    ports.log.warn('channels.not-delivered', { outcome: delivery.outcome, code: delivery.code });
    return await settleOutbound(ports.database, row, { state: delivery.outcome, code: delivery.code });
  }
  const dead = row.attempts >= ATTEMPTS;
  await settleOutbound(ports.database, row, {
    state: dead ? 'dead' : 'waiting',
    code: delivery.code,
    againMs: dead
      ? 0
      : Math.max(delivery.afterMs ?? 0, fullJitter(row.attempts, RETRY_BASE_MS, RETRY_CAP_MS)),
  });
}

/** At the pace that the platform allows the account, and the account one customer. The longest wait counts. */
async function ownPace(
  coordination: Coordination,
  { accountId, channel }: AccountRow,
  conversationId: string,
): Promise<TakeResult> {
  const { customerIntervalMs, customerBurst = 1, accountPerSecond } = LIMITS[channel];
  const account = {
    key: `channel/${accountId}`,
    capacity: accountPerSecond,
    refillPerSecond: accountPerSecond,
  };
  const customer = {
    key: `channel/${accountId}/${conversationId}`,
    capacity: customerBurst,
    refillPerSecond: 1_000 / customerIntervalMs,
  };
  const turns = await coordination.takeAll(customerIntervalMs > 0 ? [account, customer] : [account]);
  return turns.find(({ allowed }) => !allowed) ?? turns[0]!;
}

async function deliver(
  { fetch, sendMail, clock, bases }: OutboundPorts,
  channel: Channel,
  token: string,
  request: SendRequest,
  { messageId, part }: OutboxRow,
): Promise<Delivery> {
  if (request.method === 'SMTP') {
    const mail = request.body as unknown as Omit<MailToSend, 'messageId'>;
    return await sendMail(token, {
      ...mail,
      messageId: `${messageId}.${part}@${mail.from.split('@').at(-1)}`,
    });
  }
  const base = bases[channel] ?? BASES[channel];
  if (!base || request.method !== 'POST') return { outcome: 'refused', code: 'no-way-to-send' };
  const { url, headers } = addressed(channel, base, token, request.path);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(request.body),
      timeoutMs: SEND_MS,
      maxBytes: MOST_ANSWER_BYTES,
      maxRedirects: 0,
    });
    const text = await response.text();
    const retryAfterMs = retryAfterOf(response.headers.get('retry-after') ?? undefined, clock.now());
    return deliveryOfAnswer({
      status: response.status,
      body: parsed(text),
      retryAfterMs: retryAfterMs || null,
    });
  } catch (error) {
    return deliveryOfFailure(codeOf(error));
  }
}

/** Tokens go where each platform wants them; addresses that hold one are never logged. */
function addressed(
  channel: Channel,
  base: string,
  token: string,
  path: string,
): { url: string; headers: Record<string, string> } {
  switch (channel) {
    case 'telegram':
      return { url: `${base}/bot${token}${path}`, headers: {} };
    case 'zalo':
      return { url: base + path, headers: { access_token: token } };
    case 'tiktok':
      return { url: base + path, headers: { 'access-token': token } };
    default:
      return { url: base + path, headers: { authorization: `Bearer ${token}` } };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a page of a proxy: the status says what there is to say
  }
}

/** The innermost code: what the connection itself said. */
function codeOf(error: unknown): string {
  let code = 'connection';
  for (let at = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause)
    if ('code' in at && typeof at.code === 'string') code = at.code;
  return code;
}
