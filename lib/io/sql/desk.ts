/** Replies kept to hand, times of answer, and the words that were said. Everything here runs inside `withTenant`. */
import type { SaidTerms } from '../../core/outbox/conversation-terms.ts';
import type { Transaction } from '../database.ts';

export interface ReplyRow {
  readonly replyId: string;
  readonly shortcut: string;
  readonly text: string;
  readonly version: number;
  readonly changedBy: string;
  readonly changedAt: string;
}

export function listReplyRows(tx: Transaction): Promise<ReplyRow[]> {
  return tx.query<ReplyRow>(
    `select reply_id as "replyId", shortcut, body as text, version, changed_by as "changedBy",
       to_char(changed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "changedAt"
     from canned_reply order by shortcut limit 500`,
  );
}

/** One change of a tenant's replies at a time, until the transaction ends. */
export async function lockReplies(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('replies ' || $1, 0))", [tenantId]);
}

export async function upsertReply(
  tx: Transaction,
  row: { tenantId: string; replyId: string; shortcut: string; text: string; version: number; by: string },
): Promise<void> {
  await tx.query(
    `insert into canned_reply (tenant_id, reply_id, shortcut, body, version, changed_by) values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant_id, reply_id) do update set shortcut = excluded.shortcut, body = excluded.body,
       version = excluded.version, changed_by = excluded.changed_by, changed_at = now()`,
    [row.tenantId, row.replyId, row.shortcut, row.text, row.version, row.by],
  );
}

export async function deleteReplyRow(tx: Transaction, replyId: string): Promise<boolean> {
  const rows = await tx.query('delete from canned_reply where reply_id = $1 returning 1', [replyId]);
  return rows.length > 0;
}

export interface DeskPolicy {
  readonly firstReplyMinutes: number;
  readonly nextReplyMinutes: number;
}

export async function findPolicy(tx: Transaction): Promise<DeskPolicy | undefined> {
  const [row] = await tx.query<DeskPolicy>(
    'select first_reply_minutes as "firstReplyMinutes", next_reply_minutes as "nextReplyMinutes" from desk_policy',
  );
  return row;
}

export async function upsertPolicy(tx: Transaction, tenantId: string, policy: DeskPolicy): Promise<void> {
  await tx.query(
    `insert into desk_policy (tenant_id, first_reply_minutes, next_reply_minutes) values ($1, $2, $3)
     on conflict (tenant_id) do update set first_reply_minutes = excluded.first_reply_minutes,
       next_reply_minutes = excluded.next_reply_minutes, changed_at = now()`,
    [tenantId, policy.firstReplyMinutes, policy.nextReplyMinutes],
  );
}

export async function addTerms(
  tx: Transaction,
  tenantId: string,
  changes: readonly SaidTerms[],
): Promise<void> {
  const rows = changes.flatMap(({ conversationId, terms }) =>
    terms.map(term => [conversationId, term] as const),
  );
  await tx.query(
    `insert into conversation_term (tenant_id, conversation_id, term)
     select $1, r.id, r.term from unnest($2::text[], $3::text[]) as r(id, term) on conflict do nothing`,
    [tenantId, rows.map(([id]) => id), rows.map(([, term]) => term)],
  );
}

export async function clearTerms(tx: Transaction): Promise<void> {
  await tx.query('delete from conversation_term');
}
