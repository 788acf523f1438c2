/** What is remembered of customers. Everything here runs inside `withTenant`; what has expired is not there. */
import type { RememberedFact } from '../../core/agents/customer-memory.ts';
import type { Transaction } from '../database.ts';

export interface MemoryRow {
  readonly keepDays: number;
  readonly summary: string;
  readonly facts: readonly RememberedFact[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const ROW = `keep_days as "keepDays", summary, facts, (extract(epoch from expires_at) * 1000)::float8 as "expiresAt"`;

/** Removes what has expired, of whatever customer, then reads. */
export async function readMemory(
  tx: Transaction,
  customer: string,
  lock = false,
): Promise<MemoryRow | undefined> {
  await tx.query('delete from customer_memory where expires_at <= clock_timestamp()');
  const [row] = await tx.query<MemoryRow>(
    `select ${ROW} from customer_memory where customer = $1${lock ? ' for update' : ''}`,
    [customer],
  );
  return row;
}

export async function putConsent(tx: Transaction, tenantId: string, customer: string, keepDays: number) {
  await tx.query(
    `insert into customer_memory as m (tenant_id, customer, keep_days, expires_at)
     values ($1, $2, $3, clock_timestamp() + make_interval(days => $3))
     on conflict (tenant_id, customer) do update set keep_days = excluded.keep_days, consent_at = now(), expires_at = excluded.expires_at`,
    [tenantId, customer, keepDays],
  );
}

export async function writeMemory(
  tx: Transaction,
  customer: string,
  { summary, facts }: Pick<MemoryRow, 'summary' | 'facts'>,
): Promise<void> {
  await tx.query(
    `update customer_memory set summary = $2, facts = $3::jsonb,
       expires_at = clock_timestamp() + make_interval(days => keep_days) where customer = $1`,
    [customer, summary, JSON.stringify(facts)],
  );
}

export async function deleteMemory(tx: Transaction, customer: string): Promise<boolean> {
  const rows = await tx.query('delete from customer_memory where customer = $1 returning customer', [
    customer,
  ]);
  return rows.length > 0;
}
