/** People, their sign-ins and the links that they are sent. */
import type { Role } from '../../contracts/roles.ts';
import type { Database } from '../database.ts';

export interface UserRow {
  readonly tenant_id: string;
  readonly user_id: string;
  readonly email: string;
  readonly role: Role;
  readonly state: 'invited' | 'active' | 'removed';
  readonly password_hash: string | null;
}

const asIdentity = <Row extends object>(database: Database, text: string, values: readonly unknown[]) =>
  database.asJob('troupe_identity', tx => tx.query<Row>(text, values));

export async function insertSignUp(
  database: Database,
  row: { linkHash: Uint8Array; email: string; name: string; passwordHash: string; hours: number },
): Promise<void> {
  await asIdentity(
    database,
    `insert into sign_up (link_hash, email, tenant_name, password_hash, expires_at)
     values ($1, $2, $3, $4, now() + $5::int * interval '1 hour')`,
    [row.linkHash, row.email, row.name, row.passwordHash, row.hours],
  );
}

/** One transaction: the link is spent, the tenant, its owner and its first key are there. False: no such link. */
export async function completeSignUp(
  database: Database,
  linkHash: Uint8Array,
  made: {
    tenantId: string;
    userId: string;
    keyId: string;
    keyHash: Uint8Array;
    prefix: string;
    scopes: readonly string[];
  },
): Promise<boolean> {
  return await database.asJob('troupe_control', async tx => {
    const [row] = await tx.query<{ email: string; tenant_name: string; password_hash: string }>(
      `update sign_up set used_at = now() where link_hash = $1 and used_at is null and expires_at > now()
       returning email, tenant_name, password_hash`,
      [linkHash],
    );
    if (!row) return false;
    await tx.query("insert into tenant (tenant_id, name, plan) values ($1, $2, 'free')", [
      made.tenantId,
      row.tenant_name,
    ]);
    await tx.query(
      `insert into tenant_user (tenant_id, user_id, email, role, state, password_hash) values ($1, $2, $3, 'owner', 'active', $4)`,
      [made.tenantId, made.userId, row.email, row.password_hash],
    );
    await tx.query(
      'insert into api_key (tenant_id, key_id, key_hash, name, scopes, prefix) values ($1, $2, $3, $4, $5, $6)',
      [made.tenantId, made.keyId, made.keyHash, 'first key', made.scopes, made.prefix],
    );
    return true;
  });
}

/** The account of that address: in that tenant, or the newest. */
export async function findUser(
  database: Database,
  email: string,
  tenantId: string | undefined,
): Promise<UserRow | undefined> {
  const rows = await asIdentity<UserRow>(
    database,
    `select tenant_id, user_id, email, role, state, password_hash from tenant_user
     where email = $1 and ($2::text is null or tenant_id = $2) and state <> 'removed' order by created_at desc limit 1`,
    [email, tenantId ?? null],
  );
  return rows[0];
}

export async function insertPasswordLink(
  database: Database,
  row: { tenantId: string; userId: string; linkHash: Uint8Array; hours: number },
): Promise<void> {
  await database.withTenant(row.tenantId, tx =>
    tx.query(
      `insert into password_link (tenant_id, link_hash, user_id, expires_at)
       values ($1, $2, $3, now() + $4::int * interval '1 hour')`,
      [row.tenantId, row.linkHash, row.userId, row.hours],
    ),
  );
}

/** Spends the link, sets the password, ends what the person had signed in to. Undefined: no such link. */
export async function setPasswordByLink(
  database: Database,
  linkHash: Uint8Array,
  passwordHash: string,
): Promise<{ tenantId: string; userId: string } | undefined> {
  return await database.asJob('troupe_identity', async tx => {
    const [link] = await tx.query<{ tenant_id: string; user_id: string }>(
      `update password_link set used_at = now() where link_hash = $1 and used_at is null and expires_at > now()
       returning tenant_id, user_id`,
      [linkHash],
    );
    if (!link) return undefined;
    const changed = await tx.query(
      `update tenant_user set password_hash = $3, state = 'active'
       where tenant_id = $1 and user_id = $2 and state <> 'removed' returning user_id`,
      [link.tenant_id, link.user_id, passwordHash],
    );
    if (changed.length === 0) return undefined;
    await tx.query(
      'update sign_in set revoked_at = now() where tenant_id = $1 and user_id = $2 and revoked_at is null',
      [link.tenant_id, link.user_id],
    );
    await tx.query(
      'update password_link set used_at = now() where tenant_id = $1 and user_id = $2 and used_at is null',
      [link.tenant_id, link.user_id],
    );
    return { tenantId: link.tenant_id, userId: link.user_id };
  });
}

/** The person whom that issuer knows by that name: made, or joined with the account of the verified address. */
export async function upsertOidcUser(
  database: Database,
  row: {
    tenantId: string;
    userId: string;
    email: string;
    issuer: string;
    subject: string;
    role: Role;
    most: number;
  },
): Promise<{ userId: string; role: Role } | undefined> {
  return await database.asJob('troupe_identity', async tx => {
    const [known] = await tx.query<{ user_id: string; role: Role; state: string }>(
      `select user_id, role, state from tenant_user
       where tenant_id = $1 and (issuer = $2 and subject = $3 or issuer is null and email = $4 and role <> 'owner')
       order by issuer is null limit 1 for update`,
      [row.tenantId, row.issuer, row.subject, row.email],
    );
    if (known?.state === 'removed') return undefined;
    if (known) {
      await tx.query(
        "update tenant_user set issuer = $3, subject = $4, state = 'active' where tenant_id = $1 and user_id = $2",
        [row.tenantId, known.user_id, row.issuer, row.subject],
      );
      return { userId: known.user_id, role: known.role };
    }
    const made = await tx.query(
      `insert into tenant_user (tenant_id, user_id, email, role, state, issuer, subject)
       select $1, $2, $3, $4, 'active', $5, $6
       where (select count(*) from tenant_user where tenant_id = $1 and state <> 'removed') < $7
       on conflict do nothing returning user_id`,
      [row.tenantId, row.userId, row.email, row.role, row.issuer, row.subject, row.most],
    );
    return made.length > 0 ? { userId: row.userId, role: row.role } : undefined;
  });
}
