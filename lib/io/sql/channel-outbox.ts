/** The outbound ledger: parts of answers, planned once, marked before they are sent, settled by what became of them. */
import type { ChannelAnswer } from '../../core/outbox/channel-answers.ts';
import type { Database, Transaction } from '../database.ts';
import { type ThreadRow, threadsOf } from './channels.ts';

export interface PlannedPart {
  readonly messageId: string;
  readonly part: number;
  readonly conversationId: string;
  readonly accountId: string;
  readonly request: string;
  readonly state: 'waiting' | 'parked' | 'refused';
  readonly correlation: string;
  readonly code: string | null;
}

/** A part that is planned already stays as it is: neither a repeated event nor a rebuild sends it again. True when one is new. */
export async function planParts(
  tx: Transaction,
  tenantId: string,
  parts: readonly PlannedPart[],
): Promise<boolean> {
  let added = false;
  for (const part of parts) {
    const rows = await tx.query(
      `insert into channel_outbox (tenant_id, message_id, part, conversation_id, account_id, request, state, correlation, code)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning 1`,
      [
        tenantId,
        part.messageId,
        part.part,
        part.conversationId,
        part.accountId,
        part.request,
        part.state,
        part.correlation,
        part.code,
      ],
    );
    added ||= rows.length > 0;
  }
  return added;
}

export type AnswerPlanner = (thread: ThreadRow, answer: ChannelAnswer) => readonly PlannedPart[];

/** For the consumer of the journal: plans, in the transaction that counts the event, what the answers become. */
export async function planAnswers(
  tx: Transaction,
  tenantId: string,
  answers: readonly ChannelAnswer[],
  plan: AnswerPlanner,
): Promise<void> {
  const threads = new Map(
    (
      await threadsOf(
        tx,
        answers.map(a => a.conversationId),
      )
    ).map(t => [t.conversationId, t]),
  );
  for (const answer of answers) {
    const thread = threads.get(answer.conversationId);
    if (thread) await planParts(tx, tenantId, plan(thread, answer));
  }
}

export interface OutboxRow {
  readonly tenantId: string;
  readonly messageId: string;
  readonly part: number;
  readonly conversationId: string;
  readonly accountId: string;
  readonly request: string;
  readonly attempts: number;
}

/** Marks the next part of each conversation as being sent, for good before it is sent. */
export async function takeOutbound(database: Database, limit: number): Promise<readonly OutboxRow[]> {
  return await database.statement<OutboxRow>(
    'troupe_channels',
    'channel_outbox_take',
    `update channel_outbox o set state = 'sending', attempts = attempts + 1, taken_at = now()
     from (
       select tenant_id, message_id, part from channel_outbox w
       where state = 'waiting' and due_at <= now() and not exists (
         select from channel_outbox e where e.tenant_id = w.tenant_id and e.conversation_id = w.conversation_id
           and e.state in ('waiting', 'sending') and e.position < w.position)
       order by position limit $1 for update skip locked
     ) as t
     where o.tenant_id = t.tenant_id and o.message_id = t.message_id and o.part = t.part
     returning o.tenant_id as "tenantId", o.message_id as "messageId", o.part, o.conversation_id as "conversationId",
       o.account_id as "accountId", o.request, o.attempts`,
    [limit],
  );
}

/** What a dead node was sending may have been shown: never again by itself. */
export async function abandonOutbound(database: Database, olderMs: number): Promise<number> {
  const rows = await database.statement<object>(
    'troupe_channels',
    'channel_outbox_abandon',
    `update channel_outbox set state = 'unknown', code = 'sender-died'
     where state = 'sending' and taken_at < now() - make_interval(secs => $1 / 1000.0) returning 1`,
    [olderMs],
  );
  return rows.length;
}

/** What the platform called an uploaded file: sent again, the part names it and gives the bytes no second time. */
export async function keepUploaded(
  database: Database,
  row: Pick<OutboxRow, 'tenantId' | 'messageId' | 'part'>,
  request: string,
): Promise<void> {
  await database.withTenant(row.tenantId, tx =>
    tx.query(
      `update channel_outbox set request = $3 where message_id = $1 and part = $2 and state = 'sending'`,
      [row.messageId, row.part, request],
    ),
  );
}

export async function settleOutbound(
  database: Database,
  row: Pick<OutboxRow, 'tenantId' | 'messageId' | 'part' | 'conversationId'>,
  settled: {
    state: 'waiting' | 'sent' | 'unknown' | 'refused' | 'dead';
    platformId?: string | null;
    code?: string | null;
    againMs?: number;
    uncounted?: boolean;
  },
): Promise<void> {
  await database.withTenant(row.tenantId, async tx => {
    // A status or echo may have been faster: what is known to have arrived stays so.
    await tx.query(
      `update channel_outbox set state = $3, platform_id = coalesce($4, platform_id), code = $5,
         due_at = now() + make_interval(secs => $6 / 1000.0), attempts = attempts - $7
       where message_id = $1 and part = $2 and state = 'sending'`,
      [
        row.messageId,
        row.part,
        settled.state,
        settled.platformId ?? null,
        settled.code ?? null,
        settled.againMs ?? 0,
        settled.uncounted ? 1 : 0,
      ],
    );
    if (settled.state === 'sent')
      await tx.query('update channel_thread set sent_since = sent_since + 1 where conversation_id = $1', [
        row.conversationId,
      ]);
  });
}

/** Worst first: what holds of an answer is what holds of its worst part. */
const STATES = `array['parked', 'waiting', 'sending', 'unknown', 'refused', 'dead', 'sent', 'delivered', 'read']`;

type DeliveryState =
  | 'parked'
  | 'waiting'
  | 'sending'
  | 'unknown'
  | 'refused'
  | 'dead'
  | 'sent'
  | 'delivered'
  | 'read';

export interface AnswerDelivery {
  readonly messageId: string;
  readonly state: DeliveryState;
  readonly code: string | null;
  readonly parts: number;
}

/** The newest answers of a conversation that went out over its channel. */
export async function deliveriesOf(
  tx: Transaction,
  conversationId: string,
  limit: number,
): Promise<readonly AnswerDelivery[]> {
  return await tx.query<AnswerDelivery>(
    `select message_id as "messageId", (${STATES})[min(array_position(${STATES}, state))] as state,
       (array_agg(code order by array_position(${STATES}, state)))[1] as code, count(*)::int as parts
     from channel_outbox where conversation_id = $1 group by message_id order by min(position) desc limit $2`,
    [conversationId, limit],
  );
}

/**
 * What the platform tells of something we sent: found by its id or by what we attached. Never goes back. The
 * conversations that it concerns.
 */
export async function noteStatus(
  tx: Transaction,
  accountId: string,
  found: { platformIds: readonly string[]; correlation: string | null },
  state: 'sent' | 'delivered' | 'read' | 'refused',
): Promise<readonly string[]> {
  const rows = await tx.query<{ conversation_id: string }>(
    `update channel_outbox set state = $4, platform_id = coalesce(platform_id, $5)
     where account_id = $1 and (platform_id = any ($2::text[]) or correlation = $3)
       and state not in ('waiting', 'parked') and ($4 = 'refused' and state in ('sending', 'unknown', 'sent')
         or array_position(${STATES}, state) < array_position(${STATES}, $4))
     returning conversation_id`,
    [accountId, found.platformIds, found.correlation, state, found.platformIds[0] ?? null],
  );
  return [...new Set(rows.map(row => row.conversation_id))];
}
