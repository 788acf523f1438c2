/** The web origins from which a tenant's pages may call. */
import type { Database, Transaction } from '../database.ts';

/** Inside `withTenant`. */
export async function originsOf(tx: Transaction): Promise<readonly string[]> {
  const rows = await tx.query<{ origin: string }>('select origin from allowed_origin order by origin');
  return rows.map(({ origin }) => origin);
}

/** Inside `withTenant`: one change of a tenant's list at a time, until the transaction ends. */
export async function lockOrigins(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('origins ' || $1, 0))", [tenantId]);
}

/** Inside `withTenant`. */
export async function replaceOrigins(
  tx: Transaction,
  tenantId: string,
  origins: readonly string[],
): Promise<void> {
  await tx.query('delete from allowed_origin');
  await tx.query('insert into allowed_origin (tenant_id, origin) select $1, unnest($2::text[])', [
    tenantId,
    origins,
  ]);
}

/** Whether that tenant, or any when null, allows calls from there. */
export async function isAllowed(
  database: Database,
  origin: string,
  tenantId: string | null,
): Promise<boolean> {
  const rows = await database.asJob('troupe_identity', tx =>
    tx.query(
      'select 1 from allowed_origin where origin = $1 and ($2::text is null or tenant_id = $2) limit 1',
      [origin, tenantId],
    ),
  );
  return rows.length > 0;
}
