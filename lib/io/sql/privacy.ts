/** Requests to erase a tenant, and how long tenants keep conversations. */
import type { Database, Transaction } from '../database.ts';

export interface Erasure {
  readonly tenantId: string;
  readonly eraseAt: string;
  readonly erasedAt: string | null;
  readonly report: unknown;
}

const TIME = (column: string) => `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
const COLUMNS = `tenant_id as "tenantId", ${TIME('erase_at')} as "eraseAt", ${TIME('erased_at')} as "erasedAt", report`;

export async function requestErasure(
  tx: Transaction,
  row: { tenantId: string; by: string; eraseAt: number },
): Promise<void> {
  await tx.query(
    `insert into tenant_erasure (tenant_id, requested_by, erase_at) values ($1, $2, to_timestamp($3::float8 / 1000))
     on conflict (tenant_id) do update set requested_by = excluded.requested_by, erase_at = excluded.erase_at
     where tenant_erasure.erased_at is null`,
    [row.tenantId, row.by, row.eraseAt],
  );
}

/** Whether there was one that had not been carried out. */
export async function cancelErasure(tx: Transaction): Promise<boolean> {
  const rows = await tx.query('delete from tenant_erasure where erased_at is null returning tenant_id');
  return rows.length > 0;
}

export async function findErasure(database: Database, tenantId: string): Promise<Erasure | undefined> {
  const [row] = await database.asJob('troupe_control', tx =>
    tx.query<Erasure>(`select ${COLUMNS} from tenant_erasure where tenant_id = $1`, [tenantId]),
  );
  return row;
}

/** Whose time has come, and those that were erased lately: what was under way may have written once more. */
export async function dueErasures(
  database: Database,
  now: number,
  againMs: number,
): Promise<readonly string[]> {
  const rows = await database.asJob('troupe_control', tx =>
    tx.query<{ tenant_id: string }>(
      `select tenant_id from tenant_erasure
       where (erased_at is null and erase_at <= to_timestamp($1::float8 / 1000))
          or erased_at > to_timestamp($1::float8 / 1000) - $2::float8 * interval '1 millisecond'
       order by erase_at limit 20`,
      [now, againMs],
    ),
  );
  return rows.map(row => row.tenant_id);
}

export async function keepReport(
  database: Database,
  tenantId: string,
  now: number,
  report: unknown,
): Promise<void> {
  await database.asJob('troupe_control', tx =>
    tx.query(
      `update tenant_erasure set report = $3, erased_at = coalesce(erased_at, to_timestamp($2::float8 / 1000)) where tenant_id = $1`,
      [tenantId, now, JSON.stringify(report)],
    ),
  );
}

export async function putRetention(tx: Transaction, tenantId: string, days: number | null): Promise<void> {
  if (days === null) {
    await tx.query('delete from tenant_retention');
    return;
  }
  await tx.query(
    `insert into tenant_retention (tenant_id, conversation_days) values ($1, $2)
     on conflict (tenant_id) do update set conversation_days = excluded.conversation_days, changed_at = now()`,
    [tenantId, days],
  );
}

export async function retentionOf(
  tx: Transaction,
): Promise<{ readonly conversationDays: number | null; readonly eraseAt: Date | null }> {
  const [row] = await tx.query<{ conversationDays: number | null; eraseAt: Date | null }>(
    `select (select conversation_days from tenant_retention) as "conversationDays",
       (select erase_at from tenant_erasure where erased_at is null) as "eraseAt"`,
  );
  return row!;
}

export async function allRetentions(
  database: Database,
): Promise<readonly { tenantId: string; days: number }[]> {
  return await database.asJob('troupe_control', tx =>
    tx.query<{ tenantId: string; days: number }>(
      'select tenant_id as "tenantId", conversation_days as days from tenant_retention order by tenant_id',
    ),
  );
}

/** Inside `asEraser`. Conversations whose last message is older, with everything that is kept of each; how many went. */
export async function forgetConversations(tx: Transaction, before: number, limit: number): Promise<number> {
  const old = await tx.query<{ conversation_id: string }>(
    `select conversation_id from conversation_list where last_message_at < to_timestamp($1::float8 / 1000)
     order by last_message_at limit $2`,
    [before, limit],
  );
  await tx.query(
    `delete from channel_inbox where state <> 'waiting' and received_at < to_timestamp($1::float8 / 1000)`,
    [before],
  );
  const ids = old.map(row => row.conversation_id);
  if (ids.length === 0) return 0;
  await forgetActors(
    tx,
    ids.map(id => `conversation/${id}`),
  );
  await forgetCustomers(tx, ids);
  for (const table of [
    'attachment',
    'attachment_text',
    'channel_media',
    'channel_outbox',
    'channel_thread',
    'conversation_read',
    'conversation_term',
    'conversation_list',
  ])
    await tx.query(`delete from ${table} where conversation_id = any($1::text[])`, [ids]);
  return ids.length;
}

async function forgetActors(tx: Transaction, actors: readonly string[]): Promise<void> {
  for (const table of ['reminder', 'snapshot', 'journal'])
    await tx.query(`delete from ${table} where actor = any($1::text[])`, [actors]);
}

/** Customers of channels of whom no other conversation is left: who they are elsewhere, and what they consented to. */
async function forgetCustomers(tx: Transaction, conversationIds: readonly string[]): Promise<void> {
  for (const table of ['channel_identity', 'channel_consent', 'channel_link_code'])
    await tx.query(
      `delete from ${table} c using channel_thread t
       where t.conversation_id = any($1::text[]) and c.account_id = t.account_id and c.customer_id = t.customer_id
         and not exists (select from channel_thread o where o.account_id = t.account_id and o.customer_id = t.customer_id
           and o.conversation_id <> all($1::text[]))`,
      [conversationIds],
    );
}

/**
 * What agents and workflows did, as long ago: runs that have ended, with their journal and tasks; events; calls of tools
 * whose outcome is known. Of one that is not known the key stays taken. Tells how many runs are gone.
 */
export async function forgetWork(tx: Transaction, before: number, limit: number): Promise<number> {
  const ended = await tx.query<{ run_id: string }>(
    `select run_id from workflow_run where ended_at < to_timestamp($1::float8 / 1000) order by ended_at limit $2`,
    [before, limit],
  );
  const runs = ended.map(row => row.run_id);
  await forgetActors(
    tx,
    runs.map(id => `workflow-run/${id}`),
  );
  for (const table of ['workflow_listener', 'human_task', 'workflow_run'])
    await tx.query(`delete from ${table} where run_id = any($1::text[])`, [runs]);
  await tx.query(
    `delete from workflow_event where ctid = any(array(
       select ctid from workflow_event where at < to_timestamp($1::float8 / 1000) limit $2))`,
    [before, limit],
  );
  await tx.query(
    `delete from tool_call where ctid = any(array(
       select ctid from tool_call where content is not null and started_at < to_timestamp($1::float8 / 1000) limit $2))`,
    [before, limit],
  );
  return runs.length;
}
