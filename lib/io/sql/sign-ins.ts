/** Sign-ins, the refresh tokens that descend from them, and the keys that sign access tokens. */
import type { Role } from '../../contracts/roles.ts';
import type { Database } from '../database.ts';

export interface SignInRow {
  readonly tenant_id: string;
  readonly user_id: string;
  readonly session_id: string;
  readonly role: Role;
}

export async function insertSignIn(
  database: Database,
  row: { tenantId: string; userId: string; sessionId: string; tokenHash: Uint8Array; days: number },
): Promise<void> {
  await database.asJob('troupe_identity', async tx => {
    await tx.query(
      `insert into sign_in (tenant_id, session_id, user_id, expires_at) values ($1, $2, $3, now() + $4::int * interval '1 day')`,
      [row.tenantId, row.sessionId, row.userId, row.days],
    );
    await tx.query('insert into refresh_token (tenant_id, token_hash, session_id) values ($1, $2, $3)', [
      row.tenantId,
      row.tokenHash,
      row.sessionId,
    ]);
    await tx.query('update tenant_user set signed_in_at = now() where tenant_id = $1 and user_id = $2', [
      row.tenantId,
      row.userId,
    ]);
  });
}

const LIVING = "s.revoked_at is null and s.expires_at > now() and u.state = 'active'";

/** Whose sign-in ended because a spent token came again. */
export interface Reused {
  readonly reused: string;
  readonly userId: string;
  readonly sessionId: string;
}

/** Spends one refresh token and keeps the next. `reused`: it was spent before, and its sign-in has now ended. */
export async function rotateRefreshToken(
  database: Database,
  spent: Uint8Array,
  next: Uint8Array,
): Promise<SignInRow | Reused | undefined> {
  return await database.asJob('troupe_identity', async tx => {
    const [token] = await tx.query<{ tenant_id: string; session_id: string }>(
      'update refresh_token set used_at = now() where token_hash = $1 and used_at is null returning tenant_id, session_id',
      [spent],
    );
    if (!token) {
      const [ended] = await tx.query<{ tenant_id: string; user_id: string; session_id: string }>(
        `update sign_in s set revoked_at = coalesce(s.revoked_at, now()) from refresh_token r
         where r.token_hash = $1 and r.tenant_id = s.tenant_id and r.session_id = s.session_id
         returning s.tenant_id, s.user_id, s.session_id`,
        [spent],
      );
      return ended && { reused: ended.tenant_id, userId: ended.user_id, sessionId: ended.session_id };
    }
    const [row] = await tx.query<SignInRow>(
      `select s.tenant_id, s.user_id, s.session_id, u.role from sign_in s
       join tenant_user u on u.tenant_id = s.tenant_id and u.user_id = s.user_id
       where s.tenant_id = $1 and s.session_id = $2 and ${LIVING}`,
      [token.tenant_id, token.session_id],
    );
    if (!row) return undefined;
    await tx.query('insert into refresh_token (tenant_id, token_hash, session_id) values ($1, $2, $3)', [
      row.tenant_id,
      next,
      row.session_id,
    ]);
    return row;
  });
}

/** Ends the sign-in that a refresh token descends from; whose it was. */
export async function endSignIn(
  database: Database,
  tokenHash: Uint8Array,
): Promise<{ readonly tenantId: string; readonly userId: string } | undefined> {
  const [row] = await database.asJob('troupe_identity', tx =>
    tx.query<{ tenantId: string; userId: string }>(
      `update sign_in s set revoked_at = now() from refresh_token r
       where r.token_hash = $1 and r.tenant_id = s.tenant_id and r.session_id = s.session_id and s.revoked_at is null
       returning s.tenant_id as "tenantId", s.user_id as "userId"`,
      [tokenHash],
    ),
  );
  return row;
}

/** The person of a living sign-in, with the role that he has now. */
export async function findSignIn(
  database: Database,
  tenantId: string,
  sessionId: string,
): Promise<
  (SignInRow & { readonly email: string; readonly plan: string; readonly region: string | null }) | undefined
> {
  const [row] = await database.asJob('troupe_identity', tx =>
    tx.query<SignInRow & { email: string; plan: string; region: string | null }>(
      `select s.tenant_id, s.user_id, s.session_id, u.role, u.email, t.plan, t.settings ->> 'region' as region from sign_in s
       join tenant_user u on u.tenant_id = s.tenant_id and u.user_id = s.user_id
       join tenant t on t.tenant_id = s.tenant_id
       where s.tenant_id = $1 and s.session_id = $2 and ${LIVING}`,
      [tenantId, sessionId],
    ),
  );
  return row;
}

export interface SigningKeyRow {
  readonly key_id: string;
  readonly public_jwk: Record<string, string>;
  readonly sealed_private: string;
}

/** Newest first; those whose last token has long run out are left out. */
export async function listSigningKeys(database: Database): Promise<SigningKeyRow[]> {
  return await database.asJob('troupe_identity', tx =>
    tx.query<SigningKeyRow>(
      `select key_id, public_jwk, sealed_private from signing_key k
       where not exists (select from signing_key n where n.created_at > k.created_at and n.created_at < now() - interval '1 day')
       order by created_at desc, key_id desc limit 20`,
      [],
    ),
  );
}

export async function insertSigningKey(database: Database, row: SigningKeyRow): Promise<void> {
  await database.asJob('troupe_identity', tx =>
    tx.query('insert into signing_key (key_id, public_jwk, sealed_private) values ($1, $2, $3)', [
      row.key_id,
      JSON.stringify(row.public_jwk),
      row.sealed_private,
    ]),
  );
}
