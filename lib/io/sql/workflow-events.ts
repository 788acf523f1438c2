/**
 * Events on their way to runs and schedules, and what people are asked. Everything that takes a transaction runs inside
 * `withTenant`.
 *
 * Invariant: an event is given to each run that listened when it came, or that listens later to what came since it
 * began. Publishing and listening of one tenant exclude each other, so neither can miss the other.
 */
import type { Database, Transaction } from '../database.ts';

/** An event is offered to runs that begin to listen later for so long. */
export const EVENT_DAYS = 7;

export interface DueDelivery {
  readonly tenantId: string;
  readonly seq: number;
  readonly target: string;
}

async function lockEvents(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 51))', [tenantId]);
}

/** Targets that the event goes to; undefined when it had been taken before. A schedule's target begins with `schedule:`. */
export async function insertEvent(
  tx: Transaction,
  tenantId: string,
  {
    key,
    type,
    event,
    except = '',
  }: {
    readonly key: string;
    readonly type: string;
    readonly event: string;
    /** A workflow whose schedule it does not start. */
    readonly except?: string;
  },
): Promise<string[] | undefined> {
  await lockEvents(tx, tenantId);
  const [row] = await tx.query<{ seq: number }>(
    `insert into workflow_event (tenant_id, event_key, type, event) values ($1, $2, $3, $4)
     on conflict (tenant_id, event_key) do nothing returning seq`,
    [tenantId, key, type, event],
  );
  if (!row) return undefined;
  const targets = await tx.query<{ target: string }>(
    `insert into workflow_delivery (tenant_id, seq, target)
     select $1, $2, t.target from (
       select distinct run_id as target from workflow_listener where types is null or $3 = any (types)
       union select 'schedule:' || name from workflow_schedule where schedule ? 'on' and name <> $4 and (types is null or $3 = any (types))
     ) t returning target`,
    [tenantId, row.seq, type, except],
  );
  return targets.map(({ target }) => target);
}

/** The database's time, milliseconds since the epoch. */
export async function nowMs(tx: Transaction): Promise<number> {
  const [row] = await tx.query<{ now: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  );
  return row!.now;
}

/** Those of the types that a run or a schedule waits for by name. */
export async function wantedTypes(tx: Transaction, types: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ type: string }>(
    `select t as type from unnest($1::text[]) t
     where exists (select 1 from workflow_listener where t = any (types))
        or exists (select 1 from workflow_schedule where schedule ? 'on' and t = any (types))`,
    [types],
  );
  return rows.map(row => row.type);
}

/** An event for one run alone. */
export async function insertEventFor(
  tx: Transaction,
  tenantId: string,
  { key, type, event }: { readonly key: string; readonly type: string; readonly event: string },
  target: string,
): Promise<void> {
  await lockEvents(tx, tenantId);
  await tx.query(
    `with e as (insert into workflow_event (tenant_id, event_key, type, event) values ($1, $2, $3, $4)
       on conflict (tenant_id, event_key) do nothing returning seq)
     insert into workflow_delivery (tenant_id, seq, target) select $1, e.seq, $5 from e`,
    [tenantId, key, type, event, target],
  );
}

/** The run listens from now on; gives the number of earlier events that are on their way to it. */
export async function insertListener(
  tx: Transaction,
  tenantId: string,
  wait: {
    readonly runId: string;
    readonly key: string;
    readonly types: readonly string[] | null;
    readonly since: number;
  },
): Promise<number> {
  await lockEvents(tx, tenantId);
  await tx.query(
    `insert into workflow_listener (tenant_id, run_id, wait_key, types) values ($1, $2, $3, $4::text[])
     on conflict do nothing`,
    [tenantId, wait.runId, wait.key, wait.types],
  );
  const offered = await tx.query(
    `insert into workflow_delivery (tenant_id, seq, target)
     select $1, e.seq, $2 from workflow_event e
     where e.event_key not like 'human-task %' and e.at >= to_timestamp($3::float8 / 1000.0) and ($4::text[] is null or e.type = any ($4::text[]))
     order by e.seq limit 100 on conflict do nothing returning seq`,
    [tenantId, wait.runId, wait.since, wait.types],
  );
  return offered.length;
}

export async function readEvent(tx: Transaction, seq: number): Promise<Record<string, unknown> | undefined> {
  const [row] = await tx.query<{ event: string }>('select event from workflow_event where seq = $1', [seq]);
  return row && (JSON.parse(row.event) as Record<string, unknown>);
}

export async function deleteDelivery(tx: Transaction, target: string, seq: number): Promise<void> {
  await tx.query('delete from workflow_delivery where target = $1 and seq = $2', [target, seq]);
}

export async function deleteListener(tx: Transaction, runId: string): Promise<void> {
  await tx.query('delete from workflow_listener where run_id = $1', [runId]);
}

/** Events that nobody will ask for again. */
export async function forgetEvents(tx: Transaction, days: number): Promise<void> {
  await tx.query(
    `delete from workflow_event e where e.at < clock_timestamp() - $1::int * interval '1 day'
       and not exists (select from workflow_delivery d where d.seq = e.seq)`,
    [days],
  );
}

/** Takes what is due and moves its next try on: whoever fails or dies leaves it to the next. */
export async function takeDeliveries(database: Database, limit: number): Promise<DueDelivery[]> {
  const rows = await database.statement<{ tenant_id: string; seq: number; target: string }>(
    'troupe_relay',
    'workflow_delivery_take',
    `update workflow_delivery d set attempts = d.attempts + 1,
       try_at = clock_timestamp() + least(60, 2 ^ least(d.attempts, 10)) * interval '1 second'
     from (select tenant_id, seq, target from workflow_delivery where try_at <= clock_timestamp()
           order by try_at limit $1 for update skip locked) t
     where d.tenant_id = t.tenant_id and d.seq = t.seq and d.target = t.target
     returning d.tenant_id, d.seq, d.target`,
    [limit],
  );
  return rows.map(row => ({ tenantId: row.tenant_id, seq: Number(row.seq), target: row.target }));
}
