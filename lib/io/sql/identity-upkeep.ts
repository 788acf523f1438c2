/** Forgets what identity no longer needs. */
import type { Database } from '../database.ts';

export interface Forgotten {
  readonly signUps: number;
  readonly passwordLinks: number;
  readonly signIns: number;
  readonly refreshTokens: number;
}

const BATCH = 1_000;

/**
 * Sign-ups an hour after they were used or ran out (they hold an address and belong to no tenant); links of passwords
 * and sign-ins a day after. A spent refresh token stays for as long as its sign-in: by it reuse is noticed. At most a
 * thousand of each; rows that another node works on are left to it.
 */
export async function forgetSpent(database: Database): Promise<Forgotten> {
  return await database.asJob('troupe_identity', async tx => {
    const signUps = await tx.query(
      `delete from sign_up where link_hash = any (array(select link_hash from sign_up
         where least(used_at, expires_at) < now() - interval '1 hour' limit ${BATCH} for update skip locked)) returning 1`,
    );
    const passwordLinks = await tx.query(
      `delete from password_link where link_hash = any (array(select link_hash from password_link
         where least(used_at, expires_at) < now() - interval '1 day' limit ${BATCH} for update skip locked)) returning 1`,
    );
    const over = await tx.query<{ session_id: string }>(
      `select session_id from sign_in where least(revoked_at, expires_at) < now() - interval '1 day'
       limit ${BATCH} for update skip locked`,
    );
    const sessions = [over.map(row => row.session_id)];
    const tokens = await tx.query(
      'delete from refresh_token where session_id = any ($1) returning 1',
      sessions,
    );
    const signIns = await tx.query('delete from sign_in where session_id = any ($1) returning 1', sessions);
    return {
      signUps: signUps.length,
      passwordLinks: passwordLinks.length,
      signIns: signIns.length,
      refreshTokens: tokens.length,
    };
  });
}
