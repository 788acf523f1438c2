/** The demo shop's books. Everything here runs inside `withTenant`. */
import type { Transaction } from '../database.ts';

type Book = 'payment' | 'stock' | 'shipment';

/** One writer of a tenant's books at a time: sums hold until the entry stands. */
export async function lockBooks(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 52))', [tenantId]);
}

/** What the call of that key gave, if it was made. */
export async function entryOf(tx: Transaction, key: string): Promise<string | undefined> {
  const [row] = await tx.query<{ result: string }>('select result from shop_entry where entry_key = $1', [
    key,
  ]);
  return row?.result;
}

export async function addEntry(
  tx: Transaction,
  tenantId: string,
  entry: {
    readonly key: string;
    readonly book: Book;
    readonly reference: string;
    readonly account: string;
    readonly amount: number;
    readonly result: string;
  },
): Promise<void> {
  await tx.query(
    `insert into shop_entry (tenant_id, entry_key, book, reference, account, amount, result)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [tenantId, entry.key, entry.book, entry.reference, entry.account, entry.amount, entry.result],
  );
}

export async function sumOfAccount(tx: Transaction, book: Book, account: string): Promise<number> {
  const [row] = await tx.query<{ sum: number }>(
    'select coalesce(sum(amount), 0)::float8 as sum from shop_entry where book = $1 and account = $2',
    [book, account],
  );
  return row!.sum;
}

export async function sumOfReference(
  tx: Transaction,
  book: Book,
  reference: string,
  account?: string,
): Promise<number> {
  const [row] = await tx.query<{ sum: number }>(
    `select coalesce(sum(amount), 0)::float8 as sum from shop_entry
     where book = $1 and reference = $2 and ($3::text is null or account = $3)`,
    [book, reference, account ?? null],
  );
  return row!.sum;
}
