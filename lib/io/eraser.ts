/**
 * Erases a tenant: its rows in every table, its data keys, its messages in the event stream, its keys in Redis. Safe to
 * repeat, and repeated for a while, since a call that was under way may write once more. The report says what was
 * found where, and what is left: nothing, or the erasure is not done.
 */
import type { Redis } from 'ioredis';
import type { Events } from '../contracts/events.ts';
import { erasureOrder } from '../core/privacy/erasure-order.ts';
import type { Database } from './database.ts';
import { countRows, emptyTable, tenantTables } from './sql/tenant-tables.ts';

export interface ErasurePorts {
  readonly database: Database;
  /** Makes every node forget what it remembers of the tenant, opened data keys among it. */
  readonly forget: (tenantId: string) => Promise<void>;
  readonly events: Pick<Events, 'erase'> | undefined;
  readonly redis: Redis | undefined;
}

export interface ErasureReport {
  /** Rows deleted, by table; every table that has a tenant's rows is named. */
  readonly tables: Readonly<Record<string, number>>;
  readonly streamMessages: number;
  readonly redisKeys: number;
  readonly dataKeys: 'shredded';
  /** Rows that are still there: 0. */
  readonly remaining: number;
}

/** Writers under way are overtaken after a few rounds: without keys nobody begins anew. */
const ROUNDS = 5;

export async function eraseTenant(
  { database, forget, events, redis }: ErasurePorts,
  tenantId: string,
): Promise<ErasureReport> {
  const order = erasureOrder(await tenantTables(database));
  const tables: Record<string, number> = Object.fromEntries(order.map(name => [name, 0]));
  const empty = async (name: string) => {
    tables[name]! += await emptyTable(database, tenantId, name);
  };
  // Keys of access and of encryption first: from here on nobody comes in, and what is copied elsewhere is unreadable.
  await empty('api_key');
  await empty('data_key');
  await forget(tenantId);
  let remaining = 1;
  for (let round = 0; remaining > 0 && round < ROUNDS; round++) {
    for (const name of order) await empty(name);
    const counts = await countRows(database, tenantId, order);
    remaining = Object.values(counts).reduce((sum, n) => sum + n, 0);
  }
  return {
    tables,
    streamMessages: (await events?.erase?.(tenantId)) ?? 0,
    redisKeys: redis ? await forgetKeys(redis, tenantId) : 0,
    dataKeys: 'shredded',
    remaining,
  };
}

async function forgetKeys(redis: Redis, tenantId: string): Promise<number> {
  let gone = 0;
  for await (const keys of redis.scanStream({ match: `*${tenantId}*`, count: 1_000 }))
    if ((keys as string[]).length > 0) gone += await redis.unlink(...(keys as string[]));
  return gone;
}

/** The reports of an erasure and of its repetition, as one. */
export function addReports(first: ErasureReport | null, second: ErasureReport): ErasureReport {
  if (!first) return second;
  const names = new Set([...Object.keys(first.tables), ...Object.keys(second.tables)]);
  return {
    ...second,
    tables: Object.fromEntries(
      [...names].map(name => [name, (first.tables[name] ?? 0) + (second.tables[name] ?? 0)]),
    ),
    streamMessages: first.streamMessages + second.streamMessages,
    redisKeys: first.redisKeys + second.redisKeys,
  };
}
