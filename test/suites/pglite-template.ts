/**
 * The embedded database with the schema in it, made once and begun with by every test: a new one takes seconds.
 * Kept in the repository's cache folder under a name that changes with the migrations and with PGlite.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { link, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { migrate, readMigrations } from '../../lib/io/migrations.ts';
import { openPglite } from '../../lib/io/pglite.ts';

const ROOT = join(import.meta.dirname, '../..');

export async function pgliteTemplate(): Promise<string> {
  const state = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const { checksum } of readMigrations()) state.update(checksum);
  const cache = join(ROOT, '.cache');
  const file = join(cache, `pglite-${state.digest('hex').slice(0, 16)}.tar`);
  if (existsSync(file)) return file;
  mkdirSync(cache, { recursive: true });
  const dataDir = await mkdtemp(join(tmpdir(), 'troupe-template-'));
  try {
    const database = await openPglite({ dataDir });
    await migrate(database);
    await database.close();
    const opened = await PGlite.create({ dataDir, extensions: { vector } });
    const dump = await opened.dumpDataDir('none');
    await opened.close();
    const own = `${file}.${process.pid}`;
    await writeFile(own, Buffer.from(await dump.arrayBuffer()));
    // Rivals make the same. The first stays, for it may be under somebody's eyes: a link does not replace what is there.
    await link(own, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await rm(own);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  return file;
}
