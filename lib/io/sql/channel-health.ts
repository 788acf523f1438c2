/** When what happened last at each connected account. */
import type { Transaction } from '../database.ts';

/** A stranger's requests write once in this time at most. */
const REFUSAL_SECONDS = 10;

export async function noteRefusal(
  tx: Transaction,
  row: { readonly tenantId: string; readonly accountId: string; readonly code: string },
): Promise<void> {
  await tx.query(
    `insert into channel_refusal as r (tenant_id, account_id, code) values ($1, $2, $3)
     on conflict (tenant_id, account_id) do update set at = excluded.at, code = excluded.code
     where r.at < now() - make_interval(secs => ${REFUSAL_SECONDS})`,
    [row.tenantId, row.accountId, row.code],
  );
}

export interface AccountHealthRow {
  readonly accountId: string;
  readonly received: Date | null;
  readonly sent: Date | null;
  readonly refused: Date | null;
  readonly failed: Date | null;
  readonly failure: string | null;
  readonly waiting: number;
  readonly lost: number;
}

export async function healthRows(tx: Transaction): Promise<readonly AccountHealthRow[]> {
  return await tx.query<AccountHealthRow>(
    `select a.account_id as "accountId",
       (select max(i.received_at) from channel_inbox i where i.tenant_id = a.tenant_id and i.account_id = a.account_id) as received,
       (select max(o.taken_at) from channel_outbox o where o.tenant_id = a.tenant_id and o.account_id = a.account_id
          and o.state in ('sent', 'delivered', 'read')) as sent,
       r.at as refused, f.at as failed, f.code as failure,
       (select count(*)::int from channel_inbox i where i.tenant_id = a.tenant_id and i.account_id = a.account_id and i.state = 'waiting')
         as waiting,
       (select count(*)::int from channel_inbox i where i.tenant_id = a.tenant_id and i.account_id = a.account_id and i.state = 'dead')
         + (select count(*)::int from channel_outbox o where o.tenant_id = a.tenant_id and o.account_id = a.account_id
              and o.state in ('unknown', 'refused', 'dead')) as lost
     from channel_account a
     left join channel_refusal r on r.tenant_id = a.tenant_id and r.account_id = a.account_id
     left join lateral (
       select coalesce(o.taken_at, o.due_at) as at, o.code from channel_outbox o
       where o.tenant_id = a.tenant_id and o.account_id = a.account_id and o.state in ('unknown', 'refused', 'dead')
       order by 1 desc limit 1
     ) f on true
     order by a.account_id limit 1000`,
  );
}
