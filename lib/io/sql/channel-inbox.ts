/** What came in over channels: accepted once, taken in the order of its thread, settled. */
import type { Database, Transaction } from '../database.ts';
import type { AccountRow } from './channels.ts';

export interface InboxRow {
  readonly tenantId: string;
  readonly accountId: string;
  readonly dedupeKey: string;
  readonly event: string;
  readonly attempts: number;
}

/** Writes what is new; answers how much that was. */
export async function acceptEvents(
  tx: Transaction,
  account: Pick<AccountRow, 'tenantId' | 'accountId'>,
  events: readonly { readonly dedupeKey: string; readonly thread: string; readonly event: string }[],
): Promise<number> {
  const rows = await tx.query(
    `insert into channel_inbox (tenant_id, account_id, dedupe_key, thread, event)
     select $1, $2, r.dedupe_key, r.thread, r.event
     from unnest($3::text[], $4::text[], $5::text[]) with ordinality as r(dedupe_key, thread, event, n) order by r.n
     on conflict do nothing returning 1`,
    [
      account.tenantId,
      account.accountId,
      events.map(e => e.dedupeKey),
      events.map(e => e.thread),
      events.map(e => e.event),
    ],
  );
  return rows.length;
}

/** Takes what is due, the first of each thread; what is taken comes again after a while unless it is settled. */
export async function takeInbound(
  database: Database,
  limit: number,
  leaseMs: number,
): Promise<readonly InboxRow[]> {
  return await database.statement<InboxRow>(
    'troupe_channels',
    'channel_inbox_take',
    `update channel_inbox i set attempts = attempts + 1, due_at = now() + make_interval(secs => $2 / 1000.0)
     from (
       select tenant_id, account_id, dedupe_key from channel_inbox w
       where state = 'waiting' and due_at <= now() and not exists (
         select from channel_inbox e where e.tenant_id = w.tenant_id and e.account_id = w.account_id
           and e.thread = w.thread and e.state = 'waiting' and e.position < w.position)
       order by position limit $1 for update skip locked
     ) as t
     where i.tenant_id = t.tenant_id and i.account_id = t.account_id and i.dedupe_key = t.dedupe_key
     returning i.tenant_id as "tenantId", i.account_id as "accountId", i.dedupe_key as "dedupeKey", i.event, i.attempts`,
    [limit, leaseMs],
  );
}

export async function settleInbound(
  database: Database,
  row: Pick<InboxRow, 'tenantId' | 'accountId' | 'dedupeKey'>,
  state: 'done' | 'dead' | 'waiting',
  code: string | null,
  againMs = 0,
): Promise<void> {
  await database.withTenant(row.tenantId, tx =>
    tx.query(
      `update channel_inbox set state = $3, code = $4, due_at = now() + make_interval(secs => $5 / 1000.0)
       where account_id = $1 and dedupe_key = $2`,
      [row.accountId, row.dedupeKey, state, code, againMs],
    ),
  );
}
