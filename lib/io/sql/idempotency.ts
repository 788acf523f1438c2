/** Requests with an Idempotency-Key, and what was answered. Everything here runs inside `withTenant`. */
import type { Transaction } from '../database.ts';

export interface IdempotentRequest {
  readonly tenantId: string;
  /** Who asks: keys of one subject are nothing to another. */
  readonly subject: string;
  readonly route: string;
  readonly keyHash: Uint8Array;
  readonly digest: Uint8Array;
}

export interface RecordedAnswer {
  /** The same request was asked. */
  readonly same: boolean;
  /** Null while it is worked on, or when whoever worked on it has gone. */
  readonly status: number | null;
  readonly body: string | null;
  /** Whoever works on it still may. */
  readonly held: boolean;
}

const SAME_KEY = 'tenant_id = $1 and subject = $2 and route = $3 and key_hash = $4';
const keyOf = ({ tenantId, subject, route, keyHash }: IdempotentRequest) => [
  tenantId,
  subject,
  route,
  keyHash,
];

/**
 * Takes the key, or tells what is known of it. A key whose time has passed is free again; so is one whose holder
 * has gone, if `takeOver` says that its work may be done twice.
 */
export async function takeKey(
  tx: Transaction,
  request: IdempotentRequest,
  hold: { holder: string; lockMs: number; keepMs: number; takeOver: boolean },
): Promise<'taken' | RecordedAnswer> {
  const taken = await tx.query(
    `insert into idempotency_record as r (tenant_id, subject, route, key_hash, digest, holder, locked_until, expires_at)
     values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 ms', now() + $8 * interval '1 ms')
     on conflict (tenant_id, subject, route, key_hash) do update
       set digest = excluded.digest, holder = excluded.holder, locked_until = excluded.locked_until,
           expires_at = excluded.expires_at, status = null, body = null
       where r.expires_at < now()
          or ($9::bool and r.status is null and r.locked_until < now() and r.digest = excluded.digest)
     returning 1 as taken`,
    [...keyOf(request), request.digest, hold.holder, hold.lockMs, hold.keepMs, hold.takeOver],
  );
  if (taken.length > 0) return 'taken';
  const [known] = await tx.query<RecordedAnswer & { same: boolean }>(
    `select digest = $5 as same, status, body, locked_until > now() as held from idempotency_record where ${SAME_KEY}`,
    [...keyOf(request), request.digest],
  );
  // Gone between the two statements: it is being let go just now.
  return known ?? { same: true, status: null, body: null, held: true };
}

/** Keeps the answer, unless the key has passed to another holder meanwhile. */
export async function keepAnswer(
  tx: Transaction,
  request: IdempotentRequest,
  holder: string,
  answer: { status: number; body: string | null },
): Promise<void> {
  await tx.query(`update idempotency_record set status = $6, body = $7 where ${SAME_KEY} and holder = $5`, [
    ...keyOf(request),
    holder,
    answer.status,
    answer.body,
  ]);
}

/** Nothing was done: the key is free again. */
export async function releaseKey(tx: Transaction, request: IdempotentRequest, holder: string): Promise<void> {
  await tx.query(`delete from idempotency_record where ${SAME_KEY} and holder = $5`, [
    ...keyOf(request),
    holder,
  ]);
}

export async function removeExpired(tx: Transaction, tenantId: string, limit: number): Promise<void> {
  await tx.query(
    `delete from idempotency_record where ctid in (
       select ctid from idempotency_record where tenant_id = $1 and expires_at < now() limit $2)`,
    [tenantId, limit],
  );
}
