/**
 * Walls between tenants, tried by SQL as the application's role: for every table that the schema has, one tenant
 * tries to read, count, add, change, remove and infer the rows of another. What gets through is a finding.
 */
import type { Database, OwnerTransaction, Transaction } from '../../../lib/io/database.ts';
import { newId } from '../../../lib/kernel/ids.ts';

export interface Finding {
  /** A table or an operation. */
  readonly where: string;
  readonly what: string;
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly generated: boolean;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** Tables that belong to the platform as a whole: the application's role must not reach them at all. */
export const SHARED_TABLES: Readonly<Record<string, string>> = {
  schema_migration: 'which migrations have run',
  node_lease: 'which nodes live',
  sign_up: 'who asked for a tenant that does not exist yet',
  signing_key: "the platform's own keys for access tokens",
  relay_cursor: 'up to where committed events have been handed on',
};

/** Values that are unique among all tenants for a reason: that one is taken shows, whose it is does not. */
const UNIQUE_AMONG_ALL: Readonly<Record<string, string>> = {
  channel_account:
    'an account of a chat platform belongs to one tenant: its webhook says nothing else of whose it is',
};

export async function tablesOf(database: Database): Promise<readonly Table[]> {
  const rows = await database.asOwner(tx =>
    tx.query<{ table_name: string; name: string; type: string; required: boolean; generated: boolean }>(
      `select c.relname::text as table_name, a.attname::text as name, format_type(a.atttypid, null) as type,
         (a.attnotnull and not a.atthasdef and a.attidentity = '') as required,
         (a.attidentity <> '' or a.attgenerated <> '') as generated
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       order by 1, a.attnum`,
    ),
  );
  return Array.from(
    Map.groupBy(rows, row => row.table_name),
    ([name, columns]) => ({ name, columns }),
  );
}

/** A value of the type that holds the tenant's mark wherever it can. */
function sampleOf({ name, type }: Column, mark: string, tenantId: string): unknown {
  if (name === 'tenant_id') return tenantId;
  if (type.endsWith('[]')) return type.startsWith('text') ? [mark] : [];
  if (type === 'text' || type.startsWith('character')) return `${mark}-${name}`;
  if (type === 'jsonb' || type === 'json') return JSON.stringify({ mark });
  if (type === 'bytea') return Buffer.from(`${mark}-${name}`);
  if (type === 'vector') return '[1,2,3]';
  if (type === 'boolean') return false;
  if (type.startsWith('timestamp') || type === 'date') return '2026-01-31T09:00:00Z';
  if (type.startsWith('vector')) return `[${Array(Number(/\d+/.exec(type)?.[0] ?? 3)).fill(1)}]`;
  if (type === 'uuid') return '00000000-0000-7000-8000-000000000001';
  return 1;
}

function insertOf(table: Table, mark: string, tenantId: string): { text: string; values: unknown[] } {
  const columns = table.columns.filter(({ generated }) => !generated);
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const places = columns.map(({ type }, at) => `$${at + 1}::${type}`).join(', ');
  return {
    text: `insert into "${table.name}" (${names}) values (${places})`,
    values: columns.map(column => sampleOf(column, mark, tenantId)),
  };
}

export interface Planted {
  readonly ours: string;
  readonly theirs: string;
  readonly mark: string;
}

/**
 * A row of either tenant in every table. Only for a database of its own: what the rows must mean is put aside
 * first, since it does not matter here.
 */
export async function plant(database: Database, tables: readonly Table[]): Promise<Planted> {
  const planted = { ours: newId('tenant'), theirs: newId('tenant'), mark: 'planted-7f3c' };
  await database.asOwner(async tx => {
    await dropMeaning(tx);
    for (const [tenantId, mark] of [
      [planted.ours, 'our-own'],
      [planted.theirs, planted.mark],
    ] as const)
      for (const table of tables) {
        if (!table.columns.some(({ name }) => name === 'tenant_id')) continue;
        const { text, values } = insertOf(table, mark, tenantId);
        await tx.query(text, values);
      }
  });
  return planted;
}

async function dropMeaning(tx: OwnerTransaction): Promise<void> {
  await tx.script(`do $$ declare c record; begin
    for c in select conrelid::regclass::text as t, conname from pg_constraint
      where connamespace = 'public'::regnamespace and contype in ('c', 'f') and conparentid = 0 loop
      execute format('alter table %s drop constraint %I', c.t, c.conname);
    end loop;
    for c in select tgrelid::regclass::text as t, tgname from pg_trigger g
      join pg_class r on r.oid = g.tgrelid and r.relnamespace = 'public'::regnamespace where not tgisinternal loop
      execute format('drop trigger %I on %s', c.tgname, c.t);
    end loop;
  end $$`);
}

const UNDO = Symbol('undo');
type Outcome = { readonly rows: readonly Record<string, unknown>[] } | { readonly refused: string };

/** Runs as the application's role for a tenant, and undoes it. */
async function attempt(
  database: Database,
  tenantId: string,
  work: (tx: Transaction) => Promise<readonly Record<string, unknown>[]>,
): Promise<Outcome> {
  let rows: readonly Record<string, unknown>[] = [];
  try {
    await database.withTenant(tenantId, async tx => {
      rows = await work(tx);
      throw UNDO;
    });
  } catch (error) {
    if (error !== UNDO) return { refused: String((error as { code?: unknown }).code) };
  }
  return { rows };
}

const RLS_REFUSES = '42501';
const DUPLICATE = '23505';

/** What one tenant can do to, or learn of, another's rows. Every table is tried; one that cannot be is a finding. */
export async function tableFindings(
  database: Database,
  tables: readonly Table[],
  { ours, theirs, mark }: Planted,
): Promise<{ findings: readonly Finding[]; tried: ReadonlyMap<string, number> }> {
  const findings: Finding[] = [];
  const tried = new Map<string, number>();
  for (const table of tables) {
    const find = (what: string) => findings.push({ where: table.name, what });
    const run = async (sql: string, values: readonly unknown[] = []) => {
      tried.set(table.name, (tried.get(table.name) ?? 0) + 1);
      return await attempt(database, ours, tx => tx.query(sql, values));
    };
    const name = `"${table.name}"`;
    if (!table.columns.some(column => column.name === 'tenant_id')) {
      if (!Object.hasOwn(SHARED_TABLES, table.name))
        find('has no tenant_id and is on no list of shared tables');
      for (const sql of [`select * from ${name}`, `delete from ${name}`])
        if (!('refused' in (await run(sql)))) find(`the application may ${sql}`);
      continue;
    }
    const none = async (what: string, sql: string, values: readonly unknown[] = []) => {
      const outcome = await run(sql, values);
      if ('rows' in outcome && outcome.rows.length > 0) find(what);
      else if ('refused' in outcome && outcome.refused !== RLS_REFUSES) find(`${what}: ${outcome.refused}`);
    };
    await none('reads by tenant', `select 1 from ${name} where tenant_id = $1`, [theirs]);
    await none('reads by content', `select 1 from ${name} t where t::text like $1`, [`%${mark}%`]);
    await none('reads all', `select 1 from ${name} where tenant_id <> $1`, [ours]);
    await none('counts', `select 1 where (select count(*) from ${name}) > 1`);
    await none('locks', `select 1 from ${name} where tenant_id = $1 for update`, [theirs]);
    await none('changes', `update ${name} set tenant_id = tenant_id where tenant_id = $1 returning 1`, [
      theirs,
    ]);
    await none('takes over', `update ${name} set tenant_id = $1 where tenant_id = $2 returning 1`, [
      ours,
      theirs,
    ]);
    await none('removes', `delete from ${name} where tenant_id = $1 returning 1`, [theirs]);
    const gift = insertOf(table, 'gift', theirs);
    await none('adds', `${gift.text} returning 1`, gift.values);
    await none('gives away', `update ${name} set tenant_id = $1 where tenant_id = $2 returning 1`, [
      theirs,
      ours,
    ]);
    // Another tenant's very values, as rows of ours: that they are taken must not show.
    const twin = insertOf(table, mark, ours);
    const outcome = await attempt(database, ours, async tx => {
      await tx.query(`delete from ${name}`);
      return await tx.query(`${twin.text} returning 1`, twin.values);
    });
    if ('refused' in outcome && outcome.refused === DUPLICATE && !Object.hasOwn(UNIQUE_AMONG_ALL, table.name))
      find('infers by a value that must be unique');
  }
  return { findings, tried };
}

/** What the catalogue says: walls that stand but are not forced, keys that reach across, functions that climb over. */
export async function catalogueFindings(database: Database): Promise<readonly Finding[]> {
  const find = (rows: readonly { where: string }[], what: string) =>
    rows.map(({ where }) => ({ where, what }));
  return await database.asOwner(async tx => {
    const ask = (sql: string) => tx.query<{ where: string }>(sql);
    const tenantTables = `select c.* from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
      and exists (select 1 from pg_attribute where attrelid = c.oid and attname = 'tenant_id' and not attisdropped)`;
    return [
      ...find(
        await ask(
          `select relname::text as where from (${tenantTables}) c where not (relrowsecurity and relforcerowsecurity)`,
        ),
        'row-level security is not enabled and forced',
      ),
      ...find(
        await ask(`select relname::text as where from (${tenantTables}) c
          where pg_get_userbyid(relowner) like 'troupe\\_%' and pg_get_userbyid(relowner) in
            (select rolname from pg_roles where rolname in ('troupe_app', 'troupe_identity', 'troupe_runtime', 'troupe_relay', 'troupe_control'))`),
        'belongs to a role that works with it',
      ),
      ...find(
        await ask(
          `select rolname::text as where from pg_roles where rolname like 'troupe\\_%' and not rolcanlogin and (rolsuper or rolbypassrls)`,
        ),
        'a role that may pass row-level security',
      ),
      ...find(
        await ask(`select c.relname || '.' || p.polname as where from pg_policy p join pg_class c on c.oid = p.polrelid
          where p.polpermissive and 'troupe_app'::regrole = any (p.polroles) and (
            (p.polqual is not null and pg_get_expr(p.polqual, p.polrelid) not like '%app.tenant_id%')
            or (p.polwithcheck is not null and pg_get_expr(p.polwithcheck, p.polrelid) not like '%app.tenant_id%'))`),
        'a policy of the application that does not ask for the tenant',
      ),
      ...find(
        await ask(`select c.relname || '.' || p.polname as where from pg_policy p join pg_class c on c.oid = p.polrelid
          where 0 = any (p.polroles)`),
        'a policy for everybody',
      ),
      ...find(
        await ask(`select proname::text as where from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
          and has_function_privilege('troupe_app', oid, 'execute')`),
        'a function that the application runs with the rights of its owner',
      ),
      ...find(
        await ask(`select relname::text as where from pg_class where relnamespace = 'public'::regnamespace
          and relkind in ('v', 'm') and has_table_privilege('troupe_app', oid, 'select')
          and not coalesce('security_invoker=true' = any (reloptions), false)`),
        'a view that the application reads with the rights of its owner',
      ),
      // A key that leaves the tenant out tells whether a row of another exists.
      ...find(
        await ask(`select conrelid::regclass || '.' || conname as where from pg_constraint k
          where contype = 'f' and connamespace = 'public'::regnamespace
            and exists (select 1 from pg_attribute where attrelid = confrelid and attname = 'tenant_id')
            and has_any_column_privilege('troupe_app', conrelid, 'insert')
            and not exists (select 1 from unnest(conkey, confkey) as pair (mine, other)
              join pg_attribute a on a.attrelid = conrelid and a.attnum = mine and a.attname = 'tenant_id'
              join pg_attribute b on b.attrelid = confrelid and b.attnum = other and b.attname = 'tenant_id')`),
        'a foreign key that does not include the tenant',
      ),
    ];
  });
}
