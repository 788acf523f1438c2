/** Databases for tests: each new and empty, on the provided PostgreSQL or in memory, and gone afterwards. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Database } from '../../lib/io/database.ts';
import { openPglite } from '../../lib/io/pglite.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { provided } from '../../scripts/provision/settings.ts';
import { pgliteTemplate } from './pglite-template.ts';

export interface TestDatabase {
  readonly database: Database;
  close(): Promise<void>;
}

export async function emptyPglite(): Promise<TestDatabase> {
  const database = await openPglite();
  return { database, close: () => database.close() };
}

/** Has the schema already: `migrate` finds nothing to do. */
export async function pgliteInMemory(): Promise<TestDatabase> {
  const database = await openPglite({ template: await pgliteTemplate() });
  return { database, close: () => database.close() };
}

export interface EmptyPostgres {
  /** As a user who owns nothing but belongs to the platform's roles once they exist. */
  readonly userUrl: string;
  /** As the owner of the schema. */
  readonly ownerUrl: string;
  drop(): Promise<void>;
}

export async function emptyPostgres(): Promise<EmptyPostgres> {
  const adminUrl = provided('pg');
  const name = `troupe_test_${randomBytes(6).toString('hex')}`;
  // PostgreSQL keeps roles for the whole server: the user goes when its database goes.
  await asAdmin(adminUrl, async client => {
    await client.query(`create database ${name}`);
    await client.query(`create role ${name} login password '${name}'`);
  });
  const ownerUrl = new URL(adminUrl);
  ownerUrl.pathname = `/${name}`;
  const userUrl = new URL(ownerUrl);
  userUrl.username = name;
  userUrl.password = name;
  return {
    userUrl: userUrl.href,
    ownerUrl: ownerUrl.href,
    drop: () =>
      asAdmin(adminUrl, async client => {
        await client.query(`drop database if exists ${name} with (force)`);
        await client.query(`drop role if exists ${name}`);
      }),
  };
}

/** The platform's own user is no superuser and owns no table: what it can do, its roles allow. */
export async function postgresAsPlainUser(): Promise<TestDatabase> {
  const { userUrl, ownerUrl, drop } = await emptyPostgres();
  const database = openPostgres({ url: userUrl, ownerUrl });
  const user = new URL(userUrl).username;
  return {
    database: {
      ...database,
      // Once the roles exist the user is taken into them, as an operator does (docs/runbooks).
      asOwner: async work => {
        const result = await database.asOwner(work);
        await database.asOwner(tx => tx.script(MEMBERSHIP(user)));
        return result;
      },
    },
    async close() {
      await database.close();
      await drop();
    },
  };
}

const MEMBERSHIP = (user: string) => `do $$
declare r text;
begin
  perform pg_advisory_xact_lock(7411);
  for r in select rolname from pg_roles where rolname like 'troupe\\_%' and not rolcanlogin
    and not pg_has_role('${user}', oid, 'member') loop
    execute format('grant %I to %I', r, '${user}');
  end loop;
end $$`;

async function asAdmin(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** A tenant's row, so that tables that refer to it can be written. */
export async function makeTenant(database: Database, name: string): Promise<string> {
  const tenantId = newId('tenant');
  await database.asJob('troupe_control', tx =>
    tx.query('insert into tenant (tenant_id, name) values ($1, $2)', [tenantId, name]),
  );
  return tenantId;
}
