/** The audit log. Everything here runs inside `withTenant`. */
import type { ChainedEntry, ChainPosition } from '../../core/audit/chain.ts';
import type { Transaction } from '../database.ts';

const COLUMNS =
  'tenant_id as "tenantId", seq::float8 as seq, at, actor, action, target, detail, previous, hash';

/** The end of the chain, locked until the transaction ends; the first call of a tenant makes it from `start`. */
export async function lockHead(
  tx: Transaction,
  tenantId: string,
  start: ChainPosition,
): Promise<ChainPosition> {
  await tx.query(
    'insert into audit_head (tenant_id, seq, hash) values ($1, $2, $3) on conflict (tenant_id) do nothing',
    [tenantId, start.seq, start.hash],
  );
  const [row] = await tx.query<{ seq: number; hash: string }>(
    'select seq::float8 as seq, hash from audit_head for update',
  );
  return row!;
}

export async function addEntry(tx: Transaction, entry: ChainedEntry, seal: string | null): Promise<void> {
  await tx.query(
    `insert into audit_entry (tenant_id, seq, at, actor, action, target, detail, previous, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      entry.tenantId,
      entry.seq,
      entry.at,
      entry.actor,
      entry.action,
      entry.target,
      entry.detail,
      entry.previous,
      entry.hash,
    ],
  );
  await tx.query('update audit_head set seq = $1, hash = $2, seal = $3', [entry.seq, entry.hash, seal]);
}

export async function readEntries(
  tx: Transaction,
  after: number,
  limit: number,
): Promise<readonly ChainedEntry[]> {
  return await tx.query<ChainedEntry>(
    `select ${COLUMNS} from audit_entry where seq > $1 order by seq limit $2`,
    [after, limit],
  );
}

/** The newest first; before 0 stands for the end. */
export async function readNewest(
  tx: Transaction,
  before: number,
  limit: number,
): Promise<readonly ChainedEntry[]> {
  return await tx.query<ChainedEntry>(
    `select ${COLUMNS} from audit_entry where $1::bigint = 0 or seq < $1::bigint order by seq desc limit $2`,
    [before, limit],
  );
}

export async function readHead(
  tx: Transaction,
): Promise<(ChainPosition & { readonly seal: string | null }) | undefined> {
  const [row] = await tx.query<{ seq: number; hash: string; seal: string | null }>(
    'select seq::float8 as seq, hash, seal from audit_head',
  );
  return row;
}
