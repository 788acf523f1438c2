/** Where alerts of budgets are sent, and which are due. */
import type { Database, Transaction } from '../database.ts';

export interface AlertWebhookRow {
  readonly url: string;
  readonly sealedSecret: string;
}

export async function alertWebhook(tx: Transaction): Promise<AlertWebhookRow | undefined> {
  const [row] = await tx.query<AlertWebhookRow>(
    'select url, sealed_secret as "sealedSecret" from alert_webhook',
  );
  return row;
}

export async function putAlertWebhook(
  tx: Transaction,
  tenantId: string,
  row: AlertWebhookRow,
): Promise<void> {
  await tx.query(
    `insert into alert_webhook (tenant_id, url, sealed_secret) values ($1, $2, $3)
     on conflict (tenant_id) do update set url = excluded.url, sealed_secret = excluded.sealed_secret`,
    [tenantId, row.url, row.sealedSecret],
  );
}

export async function deleteAlertWebhook(tx: Transaction): Promise<boolean> {
  return (await tx.query('delete from alert_webhook returning 1')).length > 0;
}

export interface DueAlert {
  readonly tenantId: string;
  readonly account: string;
  readonly share: number;
  readonly spentMicroUsd: number;
  readonly at: string;
  readonly attempts: number;
  readonly url: string;
  readonly sealedSecret: string;
}

/** Takes alerts that are due, each by one node at a time; what is not settled comes again after the lease. */
export async function takeDueAlerts(
  database: Database,
  { most, attempts, leaseMs }: { most: number; attempts: number; leaseMs: number },
): Promise<readonly DueAlert[]> {
  return await database.asJob('troupe_metering', tx =>
    tx.query<DueAlert>(
      `with due as (
         select a.tenant_id, a.account, a.share from budget_alert a join alert_webhook w on w.tenant_id = a.tenant_id
         where a.delivered_at is null and a.due_at <= now() and a.attempts < $2 and a.at >= w.created_at
         order by a.due_at limit $1 for update of a skip locked)
       update budget_alert a set attempts = a.attempts + 1, due_at = now() + make_interval(secs => $3 / 1000.0)
       from due d join alert_webhook w on w.tenant_id = d.tenant_id
       where a.tenant_id = d.tenant_id and a.account = d.account and a.share = d.share
       returning a.tenant_id as "tenantId", a.account, a.share, a.spent_micro_usd::float8 as "spentMicroUsd",
         to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, a.attempts, w.url,
         w.sealed_secret as "sealedSecret"`,
      [most, attempts, leaseMs],
    ),
  );
}

/** `againMs` undefined: it is delivered. */
export async function settleAlert(
  database: Database,
  { tenantId, account, share }: DueAlert,
  againMs: number | undefined,
): Promise<void> {
  await database.asJob('troupe_metering', tx =>
    tx.query(
      `update budget_alert set delivered_at = case when $4::float8 is null then now() end,
         due_at = now() + make_interval(secs => coalesce($4, 0) / 1000.0)
       where tenant_id = $1 and account = $2 and share = $3`,
      [tenantId, account, share, againMs ?? null],
    ),
  );
}

/** Its receiver has said that it is gone. */
export async function forgetAlertWebhook(database: Database, tenantId: string): Promise<void> {
  await database.asJob('troupe_metering', tx =>
    tx.query('delete from alert_webhook where tenant_id = $1', [tenantId]),
  );
}
