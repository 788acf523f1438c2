/** Connected accounts, the threads of conversations, what came in and what goes out. */

import type { Channel } from '../../core/channels/message.ts';
import type { Template } from '../../core/channels/template.ts';
import type { Database, Transaction } from '../database.ts';

export interface AccountRow {
  readonly tenantId: string;
  readonly accountId: string;
  readonly channel: Channel;
  readonly externalId: string | null;
  readonly name: string;
  readonly agent: string | null;
  /** Sealed. */
  readonly signing: string;
  readonly credentials: string;
  /** What is sent after the platform's window; null when nothing is. */
  readonly template: Template | null;
}

const ACCOUNT = `tenant_id as "tenantId", account_id as "accountId", channel, external_id as "externalId", name, agent, signing, credentials, template`;

export async function insertAccount(tx: Transaction, row: AccountRow): Promise<void> {
  await tx.query(
    `insert into channel_account (tenant_id, account_id, channel, external_id, name, agent, signing, credentials)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      row.tenantId,
      row.accountId,
      row.channel,
      row.externalId,
      row.name,
      row.agent,
      row.signing,
      row.credentials,
    ],
  );
}

export async function accountsOf(tx: Transaction): Promise<readonly AccountRow[]> {
  return await tx.query<AccountRow>(`select ${ACCOUNT} from channel_account order by account_id limit 1000`);
}

export async function putTemplate(
  tx: Transaction,
  accountId: string,
  template: Template | null,
): Promise<AccountRow | undefined> {
  const [row] = await tx.query<AccountRow>(
    `update channel_account set template = $2 where account_id = $1 returning ${ACCOUNT}`,
    [accountId, template === null ? null : JSON.stringify(template)],
  );
  return row;
}

export async function deleteAccount(tx: Transaction, accountId: string): Promise<boolean> {
  return (
    (await tx.query('delete from channel_account where account_id = $1 returning 1', [accountId])).length > 0
  );
}

export async function accountById(database: Database, accountId: string): Promise<AccountRow | undefined> {
  const [row] = await database.asJob('troupe_channels', tx =>
    tx.query<AccountRow>(`select ${ACCOUNT} from channel_account where account_id = $1`, [accountId]),
  );
  return row;
}

/** Accounts of whatever tenants that a platform knows by that name: which of them it is, the signature tells. */
export async function accountsByExternal(
  database: Database,
  channels: readonly Channel[],
  externalIds: readonly string[],
): Promise<readonly AccountRow[]> {
  return await database.asJob('troupe_channels', tx =>
    tx.query<AccountRow>(
      `select ${ACCOUNT} from channel_account where channel = any ($1::text[]) and external_id = any ($2::text[]) limit 20`,
      [channels, externalIds],
    ),
  );
}

/** The customer has written: in its transaction, what waited for that goes before what will be answered. */
export async function heardFrom(
  tx: Transaction,
  row: {
    tenantId: string;
    conversationId: string;
    accountId: string;
    customerId: string;
    threadId: string | null;
    messageId: string | null;
    subject: string | null;
    atMs: number;
  },
): Promise<void> {
  await tx.query(
    `insert into channel_thread as t
       (tenant_id, conversation_id, account_id, customer_id, thread_id, last_inbound_at, last_message_id, subject)
     values ($1, $2, $3, $4, $5, to_timestamp($6 / 1000.0), $7, $8)
     on conflict (tenant_id, conversation_id) do update set customer_id = excluded.customer_id, thread_id = excluded.thread_id,
       last_inbound_at = greatest(t.last_inbound_at, excluded.last_inbound_at), sent_since = 0,
       last_message_id = excluded.last_message_id, subject = coalesce(t.subject, excluded.subject)`,
    [
      row.tenantId,
      row.conversationId,
      row.accountId,
      row.customerId,
      row.threadId,
      row.atMs,
      row.messageId,
      row.subject?.slice(0, 500) ?? null,
    ],
  );
  await tx.query(
    `update channel_outbox set state = 'waiting', code = null, due_at = now()
     where conversation_id = $1 and state = 'parked'`,
    [row.conversationId],
  );
}

export interface ThreadRow {
  readonly conversationId: string;
  readonly accountId: string;
  readonly channel: Channel;
  readonly externalId: string | null;
  readonly customerId: string;
  readonly threadId: string | null;
  readonly lastInboundMs: number | null;
  readonly sentSince: number;
  /** The customer's newest message, as the platform names it, and the subject of the first. */
  readonly lastMessageId: string | null;
  readonly subject: string | null;
  readonly template: Template | null;
  /** Parts that wait for the customer to write. */
  readonly parked: number;
  /** The customer wants to be told nothing unasked. */
  readonly unaskedRefused: boolean;
}

export async function threadsOf(
  tx: Transaction,
  conversationIds: readonly string[],
): Promise<readonly ThreadRow[]> {
  return await tx.query<ThreadRow>(
    `select t.conversation_id as "conversationId", t.account_id as "accountId", a.channel, a.external_id as "externalId",
       t.customer_id as "customerId", t.thread_id as "threadId",
       (extract(epoch from t.last_inbound_at) * 1000)::float8 as "lastInboundMs", t.sent_since as "sentSince",
       t.last_message_id as "lastMessageId", t.subject, a.template, t.unasked_refused as "unaskedRefused",
       (select count(*)::int from channel_outbox o where o.conversation_id = t.conversation_id and o.state = 'parked') as parked
     from channel_thread t join channel_account a using (tenant_id, account_id)
     where t.conversation_id = any ($1::text[])`,
    [conversationIds],
  );
}

/** The later word counts, in whatever order they come. */
export async function noteUnaskedWish(
  tx: Transaction,
  row: {
    readonly accountId: string;
    readonly customerId: string;
    readonly refused: boolean;
    readonly atMs: number;
  },
): Promise<void> {
  await tx.query(
    `update channel_thread set unasked_refused = $3, unasked_wished_at = to_timestamp($4::float8 / 1000)
     where account_id = $1 and customer_id = $2
       and (unasked_wished_at is null or unasked_wished_at <= to_timestamp($4::float8 / 1000))`,
    [row.accountId, row.customerId, row.refused, row.atMs],
  );
}

export interface Undelivered {
  readonly kind: 'inbound' | 'outbound' | 'media';
  readonly id: string;
  readonly accountId: string;
  readonly conversationId: string | null;
  readonly state: string;
  readonly code: string | null;
  readonly attempts: number;
  readonly at: Date;
}

export async function undelivered(tx: Transaction, limit: number): Promise<readonly Undelivered[]> {
  const inbound = await tx.query<Undelivered>(
    `select 'inbound' as kind, account_id || ' ' || dedupe_key as id, account_id as "accountId", null as "conversationId", state, code,
       attempts, received_at as at from channel_inbox where state = 'dead' order by position desc limit $1`,
    [limit],
  );
  const outbound = await tx.query<Undelivered>(
    `select 'outbound' as kind, message_id || ' ' || part as id, account_id as "accountId", conversation_id as "conversationId", state,
       code, attempts, coalesce(taken_at, due_at) as at from channel_outbox where state in ('dead', 'unknown', 'refused', 'parked')
     order by position desc limit $1`,
    [limit],
  );
  const media = await tx.query<Undelivered>(
    `select 'media' as kind, media_id as id, account_id as "accountId", conversation_id as "conversationId", state, code, attempts,
       received_at as at from channel_media where state in ('dead', 'refused') order by received_at desc limit $1`,
    [limit],
  );
  return [...inbound, ...outbound, ...media];
}

export async function settleUndelivered(
  tx: Transaction,
  kind: 'inbound' | 'outbound' | 'media',
  id: string,
  decision: 'retry' | 'accept',
): Promise<boolean> {
  if (kind === 'media') return await settleUnfetched(tx, id, decision);
  const space = id.indexOf(' ');
  const [first, second] = [id.slice(0, space), id.slice(space + 1)];
  const rows =
    kind === 'inbound'
      ? await tx.query(
          `update channel_inbox set state = $3, attempts = 0, due_at = now()
           where account_id = $1 and dedupe_key = $2 and state = 'dead' returning 1`,
          [first, second, decision === 'retry' ? 'waiting' : 'done'],
        )
      : await tx.query(
          `update channel_outbox set state = $3, attempts = 0, due_at = now()
           where message_id = $1 and part = $2 and state in ('dead', 'unknown', 'refused', 'parked') returning 1`,
          [first, /^\d{1,6}$/.test(second) ? Number(second) : -1, decision === 'retry' ? 'waiting' : 'sent'],
        );
  return rows.length > 0;
}

/** A file that could not be fetched: once more, or never, and then nothing of it is kept. */
async function settleUnfetched(
  tx: Transaction,
  mediaId: string,
  decision: 'retry' | 'accept',
): Promise<boolean> {
  const rows = await tx.query(
    decision === 'retry'
      ? `update channel_media set state = 'waiting', attempts = 0, due_at = now()
         where media_id = $1 and state in ('dead', 'refused') returning 1`
      : `delete from channel_media where media_id = $1 and state in ('dead', 'refused') returning 1`,
    [mediaId],
  );
  return rows.length > 0;
}
