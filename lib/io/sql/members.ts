/** A tenant's people, API keys, widget keys and OIDC issuer, as the tenant itself manages them. */
import type { Role } from '../../contracts/roles.ts';
import type { Database, Transaction } from '../database.ts';

export interface MemberRow {
  readonly user_id: string;
  readonly email: string;
  readonly role: Role;
  readonly state: 'invited' | 'active' | 'removed';
  readonly created_at: Date;
  readonly signed_in_at: Date | null;
}

export function listUsers(tx: Transaction): Promise<MemberRow[]> {
  return tx.query<MemberRow>(
    `select user_id, email, role, state, created_at, signed_in_at from tenant_user where state <> 'removed'
     order by created_at, user_id limit 5000`,
  );
}

export async function emailOf(tx: Transaction, userId: string): Promise<string | null> {
  const [row] = await tx.query<{ email: string }>('select email from tenant_user where user_id = $1', [
    userId,
  ]);
  return row?.email ?? null;
}

/** Rows of all people, locked, so that two changes at once cannot both take the last owner away. */
export async function lockUsers(tx: Transaction): Promise<MemberRow[]> {
  await tx.query("select pg_advisory_xact_lock(7412, hashtext(current_setting('app.tenant_id')))");
  return await listUsers(tx);
}

export async function insertUser(
  tx: Transaction,
  row: { tenantId: string; userId: string; email: string; role: Role },
): Promise<string> {
  const [made] = await tx.query<{ user_id: string }>(
    `insert into tenant_user (tenant_id, user_id, email, role) values ($1, $2, $3, $4)
     on conflict (tenant_id, email) do update set role = excluded.role, state = 'invited' returning user_id`,
    [row.tenantId, row.userId, row.email, row.role],
  );
  return made!.user_id;
}

export async function updateUser(
  tx: Transaction,
  userId: string,
  change: { role: Role; state: 'active' | 'invited' | 'removed' },
): Promise<void> {
  await tx.query('update tenant_user set role = $2, state = $3 where user_id = $1', [
    userId,
    change.role,
    change.state,
  ]);
}

export async function endSignInsOf(tx: Transaction, userId: string): Promise<void> {
  await tx.query('update sign_in set revoked_at = now() where user_id = $1 and revoked_at is null', [userId]);
}

export interface KeyRow {
  readonly key_id: string;
  readonly name: string;
  readonly prefix: string | null;
  readonly scopes: string[];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

export function listKeyRows(tx: Transaction): Promise<KeyRow[]> {
  return tx.query<KeyRow>(
    `select key_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at from api_key
     order by created_at desc, key_id limit 1000`,
  );
}

/** False when the tenant has `most` living keys already. */
export async function insertKeyRow(
  tx: Transaction,
  row: {
    tenantId: string;
    keyId: string;
    keyHash: Uint8Array;
    prefix: string;
    name: string;
    scopes: readonly string[];
    expiresInDays: number | undefined;
    most: number;
  },
): Promise<boolean> {
  await tx.query("select pg_advisory_xact_lock(7413, hashtext(current_setting('app.tenant_id')))");
  const made = await tx.query(
    `insert into api_key (tenant_id, key_id, key_hash, name, scopes, prefix, expires_at)
     select $1, $2, $3, $4, $5, $6, now() + $7::int * interval '1 day'
     where (select count(*) from api_key where revoked_at is null and (expires_at is null or expires_at > now())) < $8::int
     returning key_id`,
    [
      row.tenantId,
      row.keyId,
      row.keyHash,
      row.name,
      row.scopes,
      row.prefix,
      row.expiresInDays ?? null,
      row.most,
    ],
  );
  return made.length > 0;
}

export async function endKey(tx: Transaction, keyId: string, inSeconds: number): Promise<KeyRow | undefined> {
  const [row] = await tx.query<KeyRow>(
    `update api_key set revoked_at = case when $2::int = 0 then now() else revoked_at end,
       expires_at = least(expires_at, now() + $2::int * interval '1 second')
     where key_id = $1 and revoked_at is null and (expires_at is null or expires_at > now())
     returning key_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at`,
    [keyId, inSeconds],
  );
  return row;
}

export async function replaceWidgetKey(
  tx: Transaction,
  row: { tenantId: string; keyId: string; sealedSecret: string },
): Promise<void> {
  await tx.query('update widget_key set revoked_at = now() where revoked_at is null');
  await tx.query('insert into widget_key (tenant_id, key_id, sealed_secret) values ($1, $2, $3)', [
    row.tenantId,
    row.keyId,
    row.sealedSecret,
  ]);
}

/** Unless the tenant has a living one. */
export async function insertWidgetKey(
  tx: Transaction,
  row: { tenantId: string; keyId: string; sealedSecret: string },
): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('widget-key ' || $1, 0))", [row.tenantId]);
  await tx.query(
    `insert into widget_key (tenant_id, key_id, sealed_secret) select $1, $2, $3
     where not exists (select 1 from widget_key where revoked_at is null)`,
    [row.tenantId, row.keyId, row.sealedSecret],
  );
}

export interface WidgetKeyRow {
  readonly tenant_id: string;
  readonly key_id: string;
  readonly sealed_secret: string;
  readonly plan: string;
  readonly region: string | null;
}

/** By its own id, or the tenant's present one. */
export async function findWidgetKey(
  database: Database,
  by: { keyId: string } | { tenantId: string },
): Promise<WidgetKeyRow | undefined> {
  const [row] = await database.asJob('troupe_identity', tx =>
    tx.query<WidgetKeyRow>(
      `select w.tenant_id, w.key_id, w.sealed_secret, t.plan, t.settings ->> 'region' as region from widget_key w join tenant t on t.tenant_id = w.tenant_id
       where (w.key_id = $1 or w.tenant_id = $2) and w.revoked_at is null`,
      ['keyId' in by ? by.keyId : null, 'tenantId' in by ? by.tenantId : null],
    ),
  );
  return row;
}

export interface OidcRow {
  readonly issuer: string;
  readonly client_id: string;
  readonly sealed_secret: string;
  readonly default_role: Role;
  readonly plan: string;
}

/** As identity's own role: the application may write a secret, but naming it in `on conflict` counts as reading it. */
export async function upsertOidc(
  database: Database,
  row: { tenantId: string; issuer: string; clientId: string; sealedSecret: string; defaultRole: Role },
): Promise<void> {
  await database.asJob('troupe_identity', tx =>
    tx.query(
      `insert into oidc_provider (tenant_id, issuer, client_id, sealed_secret, default_role) values ($1, $2, $3, $4, $5)
       on conflict (tenant_id) do update set issuer = excluded.issuer, client_id = excluded.client_id,
         sealed_secret = excluded.sealed_secret, default_role = excluded.default_role, updated_at = now()`,
      [row.tenantId, row.issuer, row.clientId, row.sealedSecret, row.defaultRole],
    ),
  );
}

export async function deleteOidc(database: Database, tenantId: string): Promise<boolean> {
  return (
    (
      await database.asJob('troupe_identity', tx =>
        tx.query('delete from oidc_provider where tenant_id = $1 returning 1', [tenantId]),
      )
    ).length > 0
  );
}

export async function findOidc(database: Database, tenantId: string): Promise<OidcRow | undefined> {
  const [row] = await database.asJob('troupe_identity', tx =>
    tx.query<OidcRow>(
      `select o.issuer, o.client_id, o.sealed_secret, o.default_role, t.plan from oidc_provider o
       join tenant t on t.tenant_id = o.tenant_id where o.tenant_id = $1`,
      [tenantId],
    ),
  );
  return row;
}

export async function findTenantRow(tx: Transaction): Promise<{ name: string; plan: string } | undefined> {
  return (await tx.query<{ name: string; plan: string }>('select name, plan from tenant'))[0];
}
