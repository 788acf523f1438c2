/** What a tenant has, so that a change of it shows. */
import type { Database } from '../../../lib/io/database.ts';
import type { Table } from './tables.ts';

/** Notes of what strangers do at a public address: that somebody came whose signature was not the account's. */
const BY_STRANGERS: ReadonlySet<string> = new Set(['channel_refusal']);

/** What every row of a tenant says, table by table. */
export async function digests(database: Database, tables: readonly Table[], tenantId: string) {
  return await database.asOwner(async tx => {
    const found: Record<string, string> = {};
    for (const { name, columns } of tables) {
      if (BY_STRANGERS.has(name) || !columns.some(column => column.name === 'tenant_id')) continue;
      const [row] = await tx.query<{ digest: string }>(
        `select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as digest from "${name}" t where tenant_id = $1`,
        [tenantId],
      );
      found[name] = row!.digest;
    }
    return found;
  });
}
