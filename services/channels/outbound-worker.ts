/**
 * Sends the parts of answers, one after the other within a conversation, at the platform's own pace. A part is marked
 * before it is sent: whatever dies afterwards, it is not sent a second time unless the platform certainly has not
 * taken it, or a person says so.
 */
import type { Delivery } from '../../lib/core/channels/delivery.ts';
import { LIMITS } from '../../lib/core/channels/limits.ts';
import type { SendRequest } from '../../lib/core/channels/outbound.ts';
import type { Coordination, TakeResult } from '../../lib/io/coordination.ts';
import type { Database } from '../../lib/io/database.ts';
import type { FieldSealer } from '../../lib/io/field-sealer.ts';
import { readAttachment } from '../../lib/io/sql/attachments.ts';
import {
  keepUploaded,
  type OutboxRow,
  settleOutbound,
  takeOutbound,
} from '../../lib/io/sql/channel-outbox.ts';
import { type AccountRow, accountById } from '../../lib/io/sql/channels.ts';
import { fullJitter } from '../../lib/kernel/clock.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import { openToken } from './account-secrets.ts';
import { callPlatform, type PlatformPorts } from './platform-call.ts';

export interface OutboundPorts extends PlatformPorts {
  readonly database: Database;
  readonly sealer: FieldSealer;
  readonly coordination: Coordination;
  readonly log: Log;
}

const AT_ONCE = 32;
const ATTEMPTS = 8;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 120_000;

/** Does what is due; answers whether there may be more. */
export async function workOutbound(ports: OutboundPorts): Promise<boolean> {
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
    const { database } = ports;
    delivery = await callPlatform(ports, {
      channel: account.channel,
      token: await openToken(ports.sealer, account),
      request: JSON.parse(row.request) as SendRequest,
      name: `${row.messageId}.${row.part}`,
      read: id => database.withTenant(row.tenantId, async tx => (await readAttachment(tx, id))?.content),
      uploaded: request => keepUploaded(database, row, JSON.stringify(request)),
    });
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
