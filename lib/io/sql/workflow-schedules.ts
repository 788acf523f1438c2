/** When workflows start by themselves. Everything that takes a transaction runs inside `withTenant`. */
import type { Database, Transaction } from '../database.ts';

export interface ScheduleRow {
  readonly name: string;
  readonly version: string;
  readonly schedule: Record<string, unknown>;
  readonly gathered: unknown;
  /** Milliseconds since the epoch. */
  readonly lastStartAt: number | null;
  readonly nextAt: number | null;
  readonly lastRun: string | null;
}

export async function putSchedule(
  tx: Transaction,
  tenantId: string,
  row: {
    readonly name: string;
    readonly version: string;
    readonly schedule: unknown;
    readonly types: readonly string[] | null;
    readonly nextAt: number | null;
  },
): Promise<void> {
  await tx.query(
    `insert into workflow_schedule (tenant_id, name, version, schedule, types, next_at)
     values ($1, $2, $3, $4::jsonb, $5::text[], to_timestamp($6::float8 / 1000.0))
     on conflict (tenant_id, name) do update set version = excluded.version, schedule = excluded.schedule,
       types = excluded.types, next_at = excluded.next_at, gathered = 'null', attempts = 0`,
    [tenantId, row.name, row.version, JSON.stringify(row.schedule), row.types, row.nextAt],
  );
}

export async function deleteSchedule(tx: Transaction, name: string): Promise<void> {
  await tx.query('delete from workflow_schedule where name = $1', [name]);
}

/** The schedule with a lock on its row. */
export async function lockSchedule(tx: Transaction, name: string): Promise<ScheduleRow | undefined> {
  const [row] = await tx.query<ScheduleRow>(
    `select name, version, schedule, gathered, last_run as "lastRun",
       (extract(epoch from last_start_at) * 1000)::float8 as "lastStartAt", (extract(epoch from next_at) * 1000)::float8 as "nextAt"
     from workflow_schedule where name = $1 for update`,
    [name],
  );
  return row;
}

/** The start that is due begins, as this run. It stays due until `scheduleNext`: a start that was cut off is repeated. */
export async function scheduleStarting(tx: Transaction, name: string, run: string): Promise<void> {
  await tx.query(
    'update workflow_schedule set last_start_at = next_at, last_run = $2, attempts = 0 where name = $1',
    [name, run],
  );
}

/** `nextAt`: milliseconds since the epoch; null when the end of the run tells. */
export async function scheduleNext(tx: Transaction, name: string, nextAt: number | null): Promise<void> {
  await tx.query('update workflow_schedule set next_at = to_timestamp($2::float8 / 1000.0) where name = $1', [
    name,
    nextAt,
  ]);
}

export async function keepGathered(tx: Transaction, name: string, gathered: unknown): Promise<void> {
  await tx.query('update workflow_schedule set gathered = $2::jsonb where name = $1', [
    name,
    JSON.stringify(gathered),
  ]);
}

/** Schedules whose time has come, across tenants. They stay due until a run has been started. */
export async function dueSchedules(
  database: Database,
  limit: number,
): Promise<{ readonly tenantId: string; readonly name: string }[]> {
  const rows = await database.statement<{ tenant_id: string; name: string }>(
    'troupe_relay',
    'workflow_schedule_due',
    'select tenant_id, name from workflow_schedule where next_at <= clock_timestamp() order by next_at limit $1',
    [limit],
  );
  return rows.map(row => ({ tenantId: row.tenant_id, name: row.name }));
}
