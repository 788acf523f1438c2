/** Tenants and their API keys. */
import type { Database } from '../database.ts';

export interface KeyOwner {
  /** SHA-256 in hexadecimal. */
  readonly keyHash: string;
  readonly tenantId: string;
  readonly plan: string;
  /** Where the tenant's data and models must be; null is anywhere. */
  readonly region: string | null;
  readonly keyId: string;
  readonly scopes: readonly string[];
  /** Milliseconds since the Unix epoch; null: never. */
  readonly expiresAt: number | null;
}

export async function insertTenant(
  database: Database,
  row: { tenantId: string; name: string; settings: unknown; plan: string },
): Promise<void> {
  await database.asJob('troupe_control', tx =>
    tx.query('insert into tenant (tenant_id, name, settings, plan) values ($1, $2, $3, $4)', [
      row.tenantId,
      row.name,
      JSON.stringify(row.settings),
      row.plan,
    ]),
  );
}

export async function insertApiKey(
  database: Database,
  row: {
    tenantId: string;
    keyId: string;
    keyHash: Uint8Array;
    prefix: string;
    name: string;
    scopes: readonly string[];
  },
): Promise<void> {
  await database.asJob('troupe_control', tx =>
    tx.query(
      'insert into api_key (tenant_id, key_id, key_hash, name, scopes, prefix) values ($1, $2, $3, $4, $5, $6)',
      [row.tenantId, row.keyId, row.keyHash, row.name, row.scopes, row.prefix],
    ),
  );
}

/** The living keys among those hashes. That they are in use is noted, once a minute at most. */
export async function findKeys(
  database: Database,
  keyHashes: readonly string[],
): Promise<readonly KeyOwner[]> {
  const rows = await database.statement<{
    key_hash: string;
    tenant_id: string;
    key_id: string;
    scopes: string[];
    plan: string;
    region: string | null;
    expires_at: number | null;
    stale: boolean;
  }>(
    'troupe_identity',
    'key_find',
    `select encode(k.key_hash, 'hex') as key_hash, k.tenant_id, k.key_id, k.scopes, t.plan,
         t.settings ->> 'region' as region, extract(epoch from k.expires_at)::float8 * 1000 as expires_at,
         k.last_used_at is null or k.last_used_at < now() - interval '1 minute' as stale
       from api_key k join tenant t on t.tenant_id = k.tenant_id
       where k.key_hash = any (array(select decode(h, 'hex') from unnest($1::text[]) h))
         and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`,
    [keyHashes],
  );
  const stale = rows.filter(row => row.stale).map(row => row.key_hash);
  // Past what another node notes at this moment, so that two of them never wait for each other in a ring.
  if (stale.length > 0)
    await database.statement(
      'troupe_identity',
      'key_used',
      `update api_key set last_used_at = now() where key_hash = any (array(
           select key_hash from api_key where key_hash = any (array(select decode(h, 'hex') from unnest($1::text[]) h))
           order by key_hash for update skip locked))`,
      [stale],
    );
  return rows.map(row => ({
    keyHash: row.key_hash,
    tenantId: row.tenant_id,
    keyId: row.key_id,
    scopes: row.scopes,
    plan: row.plan,
    region: row.region,
    expiresAt: row.expires_at === null ? null : Math.floor(row.expires_at),
  }));
}

export async function findTenantByName(
  database: Database,
  name: string,
): Promise<{ tenantId: string; settings: Record<string, unknown> } | undefined> {
  const [row] = await database.asJob('troupe_identity', tx =>
    tx.query<{ tenant_id: string; settings: Record<string, unknown> }>(
      'select tenant_id, settings from tenant where name = $1 order by created_at limit 1',
      [name],
    ),
  );
  return row && { tenantId: row.tenant_id, settings: row.settings };
}

export async function updateSettings(database: Database, tenantId: string, settings: unknown): Promise<void> {
  await database.asJob('troupe_control', tx =>
    tx.query('update tenant set settings = $2 where tenant_id = $1', [tenantId, JSON.stringify(settings)]),
  );
}

export async function readSettings(database: Database, tenantId: string): Promise<Record<string, unknown>> {
  const [row] = await database.withTenant(tenantId, tx =>
    tx.query<{ settings: Record<string, unknown> }>('select settings from tenant', []),
  );
  return row?.settings ?? {};
}

/** A tenant's plan and settings; those of the least plan where there is no such tenant. */
export async function readTenant(
  database: Database,
  tenantId: string,
): Promise<{ readonly plan: string; readonly settings: Record<string, unknown> }> {
  const [row] = await database.withTenant(tenantId, tx =>
    tx.query<{ plan: string; settings: Record<string, unknown> }>('select plan, settings from tenant', []),
  );
  return row ?? { plan: 'free', settings: {} };
}
