/** Secrets of identity as they are sealed: of tenants (widget keys, OIDC clients) and of the platform (signing keys). */
import type { Database } from '../database.ts';
import type { FieldPlace } from '../field-sealer.ts';

export const SECRETS = [
  { table: 'widget_key', column: 'sealed_secret', id: 'key_id', tenant: 'tenant_id' },
  { table: 'oidc_provider', column: 'sealed_secret', id: 'tenant_id', tenant: 'tenant_id' },
  { table: 'signing_key', column: 'sealed_private', id: 'key_id', tenant: 'null::text' },
] as const;
export type SecretTable = (typeof SECRETS)[number]['table'];

/** Where a secret stands, by the id of its row. */
export function secretPlace(table: SecretTable, row: string): FieldPlace {
  return { table, column: SECRETS.find(each => each.table === table)!.column, row };
}

export interface SealedSecret {
  readonly table: SecretTable;
  readonly id: string;
  /** Null for the platform's own. */
  readonly tenantId: string | null;
  readonly sealed: string;
}

/** Those that have the form of before there was a key service: two parts where there are three now. */
export async function secretsOfOldForm(database: Database, limit: number): Promise<readonly SealedSecret[]> {
  return await database.asJob('troupe_identity', async tx => {
    const found: SealedSecret[] = [];
    for (const { table, column, id, tenant } of SECRETS)
      found.push(
        ...(await tx.query<SealedSecret>(
          `select '${table}' as table, ${id} as id, ${tenant} as "tenantId", ${column} as sealed from ${table}
           where ${column} ~ '^v1[.][^.]+$' limit $1`,
          [limit],
        )),
      );
    return found;
  });
}

/** Unless somebody else has changed it meanwhile. */
export async function replaceSecret(database: Database, old: SealedSecret, sealed: string): Promise<void> {
  const { column, id } = SECRETS.find(each => each.table === old.table)!;
  await database.asJob('troupe_identity', tx =>
    tx.query(`update ${old.table} set ${column} = $3 where ${id} = $1 and ${column} = $2`, [
      old.id,
      old.sealed,
      sealed,
    ]),
  );
}
