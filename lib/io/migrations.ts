/**
 * Applies migrations/*.sql in the order of their numbers: plain SQL, roll-forward, all pending ones in one
 * transaction under an advisory lock, so that nodes that start together do not race.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TroupeError } from '../kernel/errors.ts';
import type { Database } from './database.ts';

const FOLDER = join(import.meta.dirname, '../../migrations');
/** Any constant: the key of the lock that rival runners wait for. */
const LOCK_KEY = 7_411_2026;

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

export function readMigrations(folder = FOLDER): Migration[] {
  return readdirSync(folder)
    .filter(file => /^\d{4}_.+\.sql$/.test(file))
    .sort()
    .map(name => {
      const sql = readFileSync(join(folder, name), 'utf8');
      return {
        version: Number(name.slice(0, 4)),
        name,
        sql,
        checksum: createHash('sha256').update(sql).digest('hex'),
      };
    });
}

/** Applies what is pending; returns the names applied. Throws `conflict` when an applied file was edited. */
export async function migrate(
  database: Database,
  migrations: readonly Migration[] = readMigrations(),
): Promise<string[]> {
  return await database.asOwner(async tx => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await tx.script(`create table if not exists schema_migration (
      version int primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
    const done = await tx.query<{ version: number; checksum: string }>(
      'select version, checksum from schema_migration',
    );
    const applied = new Map(done.map(row => [row.version, row.checksum]));
    const names: string[] = [];
    for (const migration of migrations) {
      const checksum = applied.get(migration.version);
      if (checksum !== undefined) {
        if (checksum !== migration.checksum)
          throw new TroupeError(
            'conflict',
            `Migration ${migration.name} was changed after it had been applied; write a new one instead`,
          );
        continue;
      }
      await tx.script(migration.sql);
      await tx.query('insert into schema_migration (version, name, checksum) values ($1, $2, $3)', [
        migration.version,
        migration.name,
        migration.checksum,
      ]);
      names.push(migration.name);
    }
    // Whatever tables there are now: those with a tenant's rows are exported and erased (migration 0033).
    const [opens] = await tx.query("select from pg_proc where proname = 'open_to_erasure'");
    if (opens) await tx.query('select open_to_erasure()');
    return names;
  });
}
