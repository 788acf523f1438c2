/** Endpoints of models that tenants bring, and the alerts of their budgets. */
import type { Database, Transaction } from '../database.ts';

export interface EndpointRow {
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly sealedKey: string | null;
}

export async function endpointsOf(tx: Transaction): Promise<readonly EndpointRow[]> {
  return await tx.query<EndpointRow>(
    'select name, definition, sealed_key as "sealedKey" from model_endpoint order by name limit 100',
  );
}

/** A key that is not given anew stays. */
export async function putEndpoint(tx: Transaction, tenantId: string, row: EndpointRow): Promise<void> {
  await tx.query(
    `insert into model_endpoint (tenant_id, name, definition, sealed_key) values ($1, $2, $3, $4)
     on conflict (tenant_id, name) do update set definition = excluded.definition,
       sealed_key = coalesce(excluded.sealed_key, model_endpoint.sealed_key), updated_at = now()`,
    [tenantId, row.name, JSON.stringify(row.definition), row.sealedKey],
  );
}

export async function deleteEndpoint(tx: Transaction, name: string): Promise<boolean> {
  return (await tx.query('delete from model_endpoint where name = $1 returning 1', [name])).length > 0;
}

export interface BudgetAlert {
  readonly tenantId: string;
  readonly account: string;
  readonly share: number;
  readonly spentMicroUsd: number;
}

/** Those that were not there yet: what reached a share twice, on whichever nodes, is told once. */
export async function addAlerts(
  database: Database,
  alerts: readonly BudgetAlert[],
): Promise<readonly BudgetAlert[]> {
  const added = await database.statement<{ tenant_id: string; account: string; share: number }>(
    'troupe_metering',
    'add_budget_alerts',
    `insert into budget_alert (tenant_id, account, share, spent_micro_usd)
     select * from unnest($1::text[], $2::text[], $3::text[]::float8[], $4::int8[])
     on conflict do nothing returning tenant_id, account, share`,
    [
      alerts.map(alert => alert.tenantId),
      alerts.map(alert => alert.account),
      alerts.map(alert => String(alert.share)),
      alerts.map(alert => alert.spentMicroUsd),
    ],
  );
  return alerts.filter(alert =>
    added.some(
      row => row.tenant_id === alert.tenantId && row.account === alert.account && row.share === alert.share,
    ),
  );
}

export async function alertsOf(
  tx: Transaction,
  limit: number,
): Promise<readonly { account: string; share: number; spentMicroUsd: number; at: string }[]> {
  return await tx.query(
    `select account, share, spent_micro_usd::float8 as "spentMicroUsd",
       to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
     from budget_alert order by at desc limit $1`,
    [limit],
  );
}
