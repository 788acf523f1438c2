/** What tenants' widgets say, by tenant and by public key. */
import type { Database, Transaction } from '../database.ts';

export interface WidgetRow<Settings> {
  readonly tenant_id: string;
  readonly public_key: string;
  readonly settings: Settings;
}

/** Inside `withTenant`. The key that is there stays. */
export async function upsertWidget(
  tx: Transaction,
  row: { tenantId: string; publicKey: string; settings: unknown },
): Promise<string> {
  const [kept] = await tx.query<{ public_key: string }>(
    `insert into widget (tenant_id, public_key, settings) values ($1, $2, $3)
     on conflict (tenant_id) do update set settings = excluded.settings, updated_at = now() returning public_key`,
    [row.tenantId, row.publicKey, JSON.stringify(row.settings)],
  );
  return kept!.public_key;
}

/** Inside `withTenant`. */
export async function widgetOf<Settings>(tx: Transaction): Promise<WidgetRow<Settings> | undefined> {
  const [row] = await tx.query<WidgetRow<Settings>>('select tenant_id, public_key, settings from widget');
  return row;
}

export async function findWidgetRow<Settings>(
  database: Database,
  publicKey: string,
): Promise<WidgetRow<Settings> | undefined> {
  const [row] = await database.asJob('troupe_identity', tx =>
    tx.query<WidgetRow<Settings>>(
      'select tenant_id, public_key, settings from widget where public_key = $1',
      [publicKey],
    ),
  );
  return row;
}
