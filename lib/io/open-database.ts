/** Opens the database that the settings ask for. */
import { join } from 'node:path';
import type { Config } from '../kernel/config.ts';
import { describeError, type Log } from '../kernel/log.ts';
import type { Database } from './database.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';

export async function openDatabase(config: Config, log: Log): Promise<Database> {
  if (config.TROUPE_MODE === 'embedded')
    return await openPglite({ dataDir: join(config.TROUPE_DATA_DIR, 'postgres') });
  return openPostgres({
    url: config.TROUPE_DATABASE_URL,
    ownerUrl: config.TROUPE_MIGRATION_URL,
    onConnectionLost: error => log.warn('database.connection-lost', describeError(error)),
  });
}
