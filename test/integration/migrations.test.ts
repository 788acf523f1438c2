// Protects: migrations apply once, in order, whoever runs them and however many at a time; schema.sql tells what they amount to.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Database } from '../../lib/io/database.ts';
import { type Migration, migrate, readMigrations } from '../../lib/io/migrations.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { describeSchema, SCHEMA_FILE } from '../../scripts/schema.ts';
import { type EmptyPostgres, emptyPglite, emptyPostgres, type TestDatabase } from '../suites/databases.ts';
import { refusal, rejection } from '../suites/rejection.ts';

const ALL = readMigrations().map(({ name }) => name);

/** A migrator as an operator's machine runs it: a process of its own. Gives the names that it applied. */
async function migrator(url: string): Promise<string[]> {
  const program = `
    import { migrate } from './lib/io/migrations.ts';
    import { openPostgres } from './lib/io/postgres.ts';
    const database = openPostgres({ url: process.argv[1] });
    console.log(JSON.stringify(await migrate(database)));
    await database.close();`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, url], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  expect(code).to.equal(0);
  return JSON.parse(output) as string[];
}

async function emptyPostgresAsOwner(): Promise<TestDatabase & { url: string }> {
  const empty: EmptyPostgres = await emptyPostgres();
  const database = openPostgres({ url: empty.ownerUrl });
  return {
    database,
    url: empty.ownerUrl,
    async close() {
      await database.close();
      await empty.drop();
    },
  };
}

const applied = (database: Database) =>
  database.asOwner(tx => tx.query<{ name: string }>('select name from schema_migration order by version'));

const IMPLEMENTATIONS = [
  ['PGlite', emptyPglite],
  ['PostgreSQL', emptyPostgresAsOwner],
] as const;

for (const [name, open] of IMPLEMENTATIONS)
  describe(`migrations on ${name}`, () => {
    let opened: TestDatabase;
    before(async () => {
      opened = await open();
    });
    after(() => opened?.close());

    const extra = (sql: string, version = 9001): Migration => ({
      version,
      name: `${version}_extra.sql`,
      sql,
      checksum: sql,
    });

    it('are all applied to an empty database, in the order of their numbers', async () => {
      expect(await migrate(opened.database)).to.deep.equal(ALL);
      expect((await applied(opened.database)).map(row => row.name)).to.deep.equal(ALL);
    });

    it('are not applied again', async () => {
      expect(await migrate(opened.database)).to.deep.equal([]);
    });

    it('amount to what migrations/schema.sql tells (`make db-schema` writes it)', async () => {
      expect(await describeSchema(opened.database)).to.equal(readFileSync(SCHEMA_FILE, 'utf8'));
    });

    it('refuse a file that was edited after it had been applied, and change nothing', async () => {
      const [first, ...rest] = readMigrations();
      const edited = { ...first!, checksum: 'another' };
      const error = await refusal(migrate(opened.database, [edited, ...rest]), 'conflict');
      expect(error.message).to.include(first!.name);
    });

    it('leave nothing of a run in which one of them fails', async () => {
      const run = migrate(opened.database, [
        ...readMigrations(),
        extra('create table half (a int)'),
        extra('create table half (a int)', 9002),
      ]);
      expect((await rejection(run)).message).to.include('already exists');
      expect((await applied(opened.database)).map(row => row.name)).to.deep.equal(ALL);
      const [row] = await opened.database.asOwner(tx =>
        tx.query<{ there: boolean }>(`select to_regclass('half') is not null as there`),
      );
      expect(row?.there).to.equal(false);
    });
  });

describe('rival migrators', () => {
  it('started at once on an empty database, apply each migration once between them', async () => {
    const { url, database, close } = await emptyPostgresAsOwner();
    try {
      const runs = await Promise.all([migrator(url), migrator(url), migrate(database)]);
      expect(runs.flat().sort()).to.deep.equal(ALL);
      expect((await applied(database)).map(row => row.name)).to.deep.equal(ALL);
    } finally {
      await close();
    }
  });

  it('on two databases of one server do not stumble over the roles that both make', async () => {
    const databases = await Promise.all([emptyPostgresAsOwner(), emptyPostgresAsOwner()]);
    try {
      const runs = await Promise.all(databases.map(({ database }) => migrate(database)));
      expect(runs).to.deep.equal([ALL, ALL]);
    } finally {
      await Promise.all(databases.map(each => each.close()));
    }
  });
});
