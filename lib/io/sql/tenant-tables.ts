/**
 * A tenant's rows in every table that has them, by the database's own catalogue: a new table is exported and erased
 * without a word here.
 */
import type { TenantTable } from '../../core/privacy/erasure-order.ts';
import type { Database, Transaction } from '../database.ts';

/** Rows per transaction: erasing a large tenant must not hold locks for minutes. */
const BATCH = 5_000;
/** Kept: the report of the erasure itself. */
const KEPT = 'tenant_erasure';

export async function tenantTables(database: Database): Promise<readonly TenantTable[]> {
  return await database.asJob('troupe_erasure', tx =>
    tx.query<{ name: string; refersTo: string[] }>(
      `select c.relname::text as name, coalesce((
         select array_agg(distinct r.relname::text) from pg_constraint f join pg_class r on r.oid = f.confrelid
         where f.contype = 'f' and f.conrelid = c.oid), '{}') as "refersTo"
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> $1 order by 1`,
      [KEPT],
    ),
  );
}

/** One transaction that sees the tenant's rows in every table and may delete them. */
export async function asEraser<T>(
  database: Database,
  tenantId: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return await database.asJob('troupe_erasure', async tx => {
    await tx.query("select set_config('app.tenant_id', $1, true), set_config('app.erasing', $1, true)", [
      tenantId,
    ]);
    return await work(tx);
  });
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** Rows that were deleted. */
export async function emptyTable(database: Database, tenantId: string, table: string): Promise<number> {
  let deleted = 0;
  for (;;) {
    const [row] = await asEraser(database, tenantId, tx =>
      tx.query<{ n: number }>(
        `with gone as (
           delete from ${quoted(table)} where ctid = any(array(select ctid from ${quoted(table)} limit ${BATCH})) returning 1
         ) select count(*)::int as n from gone`,
      ),
    );
    deleted += row!.n;
    if (row!.n < BATCH) return deleted;
  }
}

/** Rows that are there, by table. */
export async function countRows(
  database: Database,
  tenantId: string,
  tables: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  return await asEraser(database, tenantId, async tx => {
    const counts: Record<string, number> = {};
    for (const table of tables)
      counts[table] = (
        await tx.query<{ n: number }>(`select count(*)::int as n from ${quoted(table)}`)
      )[0]!.n;
    return counts;
  });
}

/** Never exported: hashes of keys, and data keys, which are of no use elsewhere and a danger. */
export const NOT_EXPORTED: ReadonlySet<string> = new Set(['api_key', 'data_key']);

export interface ExportedRow {
  readonly table: string;
  readonly row: Record<string, unknown>;
}

export interface ExportCursor {
  readonly table: string;
  /** Primary key of the last row that was told of it. */
  readonly after?: readonly string[];
}

export interface ExportPage {
  readonly rows: readonly ExportedRow[];
  readonly next: ExportCursor | undefined;
}

type FoundRow = { readonly row: ExportedRow['row']; readonly at: readonly string[] };
type KeyColumn = { readonly table: string; readonly name: string; readonly type: string };

/** Columns of the primary keys of all tables, in their order. */
async function keyColumns(tx: Transaction): Promise<ReadonlyMap<string, readonly KeyColumn[]>> {
  const columns = await tx.query<KeyColumn>(
    `select c.relname::text as table, a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type
     from pg_index i join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
     join lateral unnest(i.indkey) with ordinality k(num, place) on true
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.num
     where i.indisprimary order by c.relname, k.place`,
  );
  return Map.groupBy(columns, ({ table }) => table);
}

/**
 * Rows of the tenant in those tables from a cursor on, each table in the order of its primary key. In one transaction:
 * a page of many tables would else wait in line as often as there are tables.
 */
export async function exportPage(
  database: Database,
  tenantId: string,
  tables: readonly string[],
  from: ExportCursor,
  limit: number,
): Promise<ExportPage> {
  return await asEraser(database, tenantId, async tx => {
    const keys = await keyColumns(tx);
    const rows: ExportedRow[] = [];
    let cursor: ExportCursor | undefined = from;
    while (cursor && rows.length < limit) {
      const { table, after }: ExportCursor = cursor;
      const key = keys.get(table) ?? [];
      const columns = key.map(({ name }) => quoted(name)).join(', ');
      const values = key.map(({ type }, i) => `$${i + 1}::text::${type}`).join(', ');
      const wanted = limit - rows.length;
      const found: readonly FoundRow[] = await tx.query<FoundRow>(
        `select to_jsonb(t) as row, array[${key.map(({ name }) => `${quoted(name)}::text`).join(', ')}] as at
         from ${quoted(table)} t ${after ? `where (${columns}) > (${values})` : ''} order by ${columns} limit ${wanted}`,
        after ? [...after] : [],
      );
      for (const { row } of found) rows.push({ table, row });
      const following: string | undefined = tables[tables.indexOf(table) + 1];
      if (found.length === wanted) cursor = { table, after: found.at(-1)!.at };
      else cursor = following === undefined ? undefined : { table: following };
    }
    return { rows, next: cursor };
  });
}
