/**
 * What every implementation of the database port must do: confine a tenant, keep its roles powerless, commit all or
 * nothing, and carry every value there and back.
 */
import { expect } from 'chai';
import type { Database, JobRole } from '../../lib/io/database.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { makeTenant, type TestDatabase } from './databases.ts';
import { journalSuite } from './journal.ts';
import { refusal, rejection } from './rejection.ts';

const JOBS: readonly JobRole[] = ['troupe_identity', 'troupe_runtime', 'troupe_relay', 'troupe_control'];
const ROLES = ['troupe_app', ...JOBS];

export function databaseSuite(name: string, open: () => Promise<TestDatabase>): void {
  describe(`the database port on ${name}`, () => {
    let opened: TestDatabase;
    let db: Database;
    let ours: string;
    let theirs: string;
    before(async () => {
      opened = await open();
      db = opened.database;
      await migrate(db);
      ours = await makeTenant(db, 'ours');
      theirs = await makeTenant(db, 'theirs');
    });
    after(() => opened?.close());

    const addOrder = (tenantId: string, rowTenant: string, id: string) =>
      db.withTenant(tenantId, tx =>
        tx.query('insert into knowledge_statistics values ($1, $2, 0, 0)', [rowTenant, Number(id)]),
      );
    const seen = (tenantId: string) =>
      db.withTenant(tenantId, tx =>
        tx.query<{ tenant_id: string; chunks: number }>('select tenant_id, chunks from knowledge_statistics'),
      );

    describe('a tenant', () => {
      before(async () => {
        await addOrder(ours, ours, '1');
        await addOrder(theirs, theirs, '2');
      });

      it('sees its own rows and nobody else’s', async () => {
        expect(await seen(ours)).to.deep.equal([{ tenant_id: ours, chunks: 1 }]);
        expect(await seen(theirs)).to.deep.equal([{ tenant_id: theirs, chunks: 2 }]);
      });

      it('cannot write a row for another tenant', async () => {
        const error = await rejection(addOrder(ours, theirs, '3'));
        expect(error.message).to.include('row-level security');
      });

      it('cannot move a row to another tenant, nor change or delete one of theirs', async () => {
        const moved = db.withTenant(ours, tx =>
          tx.query('update knowledge_statistics set tenant_id = $1', [theirs]),
        );
        expect((await rejection(moved)).message).to.include('row-level security');
        await db.withTenant(ours, async tx => {
          await tx.query('update knowledge_statistics set chunks = 9 where tenant_id = $1', [theirs]);
          await tx.query('delete from knowledge_statistics where tenant_id = $1', [theirs]);
        });
        expect(await seen(theirs)).to.deep.equal([{ tenant_id: theirs, chunks: 2 }]);
      });

      it('is needed: without one nothing is done', async () => {
        await refusal(
          db.withTenant('', tx => tx.query('select 1')),
          'tenant-missing',
        );
      });

      it('that does not exist sees nothing', async () => {
        expect(await seen('ten_00000000000000000000000000')).to.deep.equal([]);
      });

      it('cannot be smuggled in by its name', async () => {
        const name = `' or true; select set_config('app.tenant_id', '${theirs}', true); --`;
        expect(await seen(name)).to.deep.equal([]);
      });

      it('leaves nothing behind on the connection', async () => {
        await Promise.all(Array.from({ length: 20 }, () => seen(ours)));
        const [row] = await db.asJob('troupe_control', tx =>
          tx.query<{ left: string | null }>(`select current_setting('app.tenant_id', true) as left`),
        );
        expect(row?.left ?? '').to.equal('');
      });
    });

    describe('the roles', () => {
      const asRole = <T>(role: string, work: (tx: { query: Database['asJob'] }) => T) =>
        role === 'troupe_app' ? db.withTenant(ours, work as never) : db.asJob(role as JobRole, work as never);

      for (const role of ROLES)
        it(`${role} owns nothing, is no superuser and cannot bypass row-level security`, async () => {
          const [row] = (await asRole(role, tx =>
            (tx as never as { query(text: string): unknown }).query(
              `select current_user::text as "user", rolsuper or rolbypassrls or rolcreaterole or rolcreatedb as powerful,
                 (select count(*)::int from pg_class where relowner = r.oid) as owned
               from pg_roles r where rolname = current_user`,
            ),
          )) as [{ user: string; powerful: boolean; owned: number }];
          expect(row).to.deep.equal({ user: role, powerful: false, owned: 0 });
        });

      it('see, each, no more than their policies name', async () => {
        const count = async (role: JobRole, table: string) =>
          (await db.asJob(role, tx => tx.query<{ n: number }>(`select count(*)::int as n from ${table}`)))[0]!
            .n;
        expect(await count('troupe_identity', 'tenant')).to.equal(2);
        expect(await count('troupe_control', 'tenant')).to.equal(2);
        expect(await count('troupe_relay', 'journal')).to.equal(0);
        const refused = [
          ['troupe_identity', 'journal'],
          ['troupe_identity', 'document'],
          ['troupe_relay', 'tenant'],
          ['troupe_relay', 'document'],
          ['troupe_runtime', 'tenant'],
          ['troupe_runtime', 'api_key'],
          ['troupe_runtime', 'chunk'],
          ['troupe_control', 'journal'],
          ['troupe_control', 'shop_order'],
        ] as const;
        for (const [role, table] of refused)
          expect((await rejection(count(role, table))).message, `${role} on ${table}`).to.include(
            'permission denied',
          );
      });

      it('of identity and relay write nothing', async () => {
        for (const role of ['troupe_identity', 'troupe_relay'] as const)
          for (const table of ['tenant', 'api_key', 'journal'])
            expect(
              (await rejection(db.asJob(role, tx => tx.query(`delete from ${table}`)))).message,
            ).to.include('permission denied');
      });

      it('cannot make tables, nor become the owner', async () => {
        for (const role of JOBS) {
          expect(
            (await rejection(db.asJob(role, tx => tx.query('create table mine (a int)')))).message,
          ).to.include('permission denied');
        }
      });
    });

    it('has forced row-level security and a policy on every table of tenants', async () => {
      const tables = await db.asOwner(tx =>
        tx.query<{ name: string; forced: boolean; policies: number }>(
          `select c.relname::text as name, c.relrowsecurity and c.relforcerowsecurity as forced,
             (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies
           from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
           where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`,
        ),
      );
      expect(tables.length).to.be.greaterThan(5);
      for (const { name: table, forced, policies } of tables) {
        expect(forced, `${table} is not forced`).to.equal(true);
        expect(policies, `${table} has no policy`).to.be.greaterThan(0);
      }
    });

    it('shows no row of any tenant table to a transaction that names no tenant', async () => {
      const tables = await db.asOwner(tx =>
        tx.query<{ name: string }>(
          `select table_name::text as name from information_schema.role_table_grants
           where grantee = 'troupe_app' and privilege_type = 'SELECT' and table_schema = 'public'`,
        ),
      );
      expect(tables.length).to.be.greaterThan(5);
      await db.asOwner(async tx => {
        await tx.script('set local role troupe_app');
        for (const { name: table } of tables) {
          const [row] = await tx.query<{ n: number }>(`select count(*)::int as n from ${table}`);
          expect(row!.n, table).to.equal(0);
        }
      });
    });

    describe('a transaction', () => {
      const names = () =>
        db.asJob('troupe_control', tx => tx.query<{ name: string }>('select name from tenant order by name'));

      it('that fails has written nothing', async () => {
        const before = await names();
        const failing = db.asJob('troupe_control', async tx => {
          await tx.query(`update tenant set name = 'changed'`);
          throw new Error('thought better of it');
        });
        expect((await rejection(failing)).message).to.equal('thought better of it');
        expect(await names()).to.deep.equal(before);
      });

      it('never resolves without having committed, even when a failure inside it was swallowed', async () => {
        const before = await names();
        const swallowing = db.asJob('troupe_control', async tx => {
          await tx.query(`update tenant set name = 'changed'`);
          await tx.query('select 1 / 0').catch(() => {});
        });
        await rejection(swallowing);
        expect(await names()).to.deep.equal(before);
      });

      it('leaves its connection fit for the next one when it fails', async () => {
        await Promise.allSettled(
          Array.from({ length: 12 }, () => db.withTenant(ours, tx => tx.query('select nonsense'))),
        );
        expect(await seen(ours)).to.have.length(1);
      });

      it('tells which rule was broken', async () => {
        const error = await rejection(
          db.asJob('troupe_control', tx =>
            tx.query(`insert into tenant (tenant_id, name) values ('bad', 'x')`),
          ),
        );
        expect(error.code).to.equal('23514');
      });

      it('adds up with the others that run at the same time', async () => {
        await Promise.all(
          Array.from({ length: 40 }, () =>
            db.withTenant(theirs, tx =>
              tx.query('update knowledge_statistics set title_terms = title_terms + 1'),
            ),
          ),
        );
        const [row] = await db.withTenant(theirs, tx =>
          tx.query<{ title_terms: number }>('select title_terms from knowledge_statistics'),
        );
        expect(row?.title_terms).to.equal(40);
      });
    });

    it('gives int8 as a number, up to 2^53 - 1', async () => {
      const [row] = await db.withTenant(ours, tx =>
        tx.query<{ a: number; b: number }>('select 9007199254740991::bigint as a, (-7)::bigint as b'),
      );
      expect(row).to.deep.equal({ a: Number.MAX_SAFE_INTEGER, b: -7 });
    });

    describe('a statement', () => {
      const echo = async (texts: readonly (string | null)[]) =>
        (
          await db.statement<{ value: string | null }>(
            'troupe_runtime',
            'echo_text',
            'select value from unnest($1::text[]) with ordinality as t(value, ord) order by ord',
            [texts],
          )
        ).map(row => row.value);

      it('carries texts as they are', async () => {
        const texts = [
          '',
          ' ',
          `it's "quoted"`,
          'back\\slash \\\\ and {braces}, commas',
          '"nul": "\\u0000"',
          'null',
          'NULL',
          null,
          'Xin chào 👋🏽 你好 \u{1F9D1}‍💻 é é',
          'line\nbreak\ttab\r',
          '�',
        ];
        expect(await echo(texts)).to.deep.equal(texts);
      });

      it('carries empty lists, and lists of nothing but null', async () => {
        expect(await echo([])).to.deep.equal([]);
        expect(await echo([null, null])).to.deep.equal([null, null]);
      });

      it('carries numbers and flags', async () => {
        const rows = await db.statement<{ n: number; b: boolean }>(
          'troupe_runtime',
          'echo_numbers',
          'select n, b from unnest($1::bigint[], $2::boolean[]) with ordinality as t(n, b, ord) order by ord',
          [
            [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
            [true, false, true, false],
          ],
        );
        expect(rows).to.deep.equal([
          { n: 0, b: true },
          { n: -1, b: false },
          { n: Number.MAX_SAFE_INTEGER, b: true },
          { n: Number.MIN_SAFE_INTEGER, b: false },
        ]);
      });
    });

    journalSuite(() => ({ db, ours, theirs }));
  });
}
