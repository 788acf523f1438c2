/** Workflow documents, the list of runs, and schedules. Everything that takes a transaction runs inside `withTenant`. */
import type { ListedPhase, RunChange } from '../../core/workflow/run-list.ts';
import type { Transaction } from '../database.ts';

export interface DocumentRow {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly source: string;
  readonly title: string;
  readonly createdAt: number;
  readonly createdBy: string;
}

const DOCUMENT = `name, version, digest, source, title, created_by as "createdBy",
  (extract(epoch from created_at) * 1000)::float8 as "createdAt"`;

/** One writer of a tenant's documents at a time, so that the newest is the newest. */
export async function lockDocuments(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 50))', [tenantId]);
}

export async function insertDocument(
  tx: Transaction,
  tenantId: string,
  row: Omit<DocumentRow, 'createdAt'>,
): Promise<void> {
  await tx.query(
    `insert into workflow_document (tenant_id, name, version, digest, source, title, created_by)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [tenantId, row.name, row.version, row.digest, row.source, row.title, row.createdBy],
  );
}

export async function findDocument(
  tx: Transaction,
  name: string,
  version: string | undefined,
): Promise<DocumentRow | undefined> {
  const [row] = await tx.query<DocumentRow>(
    `select ${DOCUMENT} from workflow_document where name = $1 and ($2::text is null or version = $2)
     order by created_at desc limit 1`,
    [name, version ?? null],
  );
  return row;
}

export async function documentVersions(tx: Transaction, name: string): Promise<string[]> {
  const rows = await tx.query<{ version: string }>(
    'select version from workflow_document where name = $1 order by created_at desc limit 1000',
    [name],
  );
  return rows.map(row => row.version);
}

export async function newestDocuments(
  tx: Transaction,
): Promise<(Omit<DocumentRow, 'source'> & { schedule: unknown })[]> {
  return await tx.query(
    `select distinct on (d.name) d.name, d.version, d.digest, d.title, d.created_by as "createdBy",
       (extract(epoch from d.created_at) * 1000)::float8 as "createdAt", s.schedule
     from workflow_document d left join workflow_schedule s on s.name = d.name
     order by d.name, d.created_at desc limit 1000`,
  );
}

export async function mergeRuns(
  tx: Transaction,
  tenantId: string,
  changes: readonly RunChange[],
): Promise<void> {
  for (const change of changes)
    await tx.query(
      `insert into workflow_run as r (tenant_id, run_id, workflow, version, phase, steps, error, started_at, ended_at, seq, namespace)
       values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8 / 1000.0), to_timestamp($9 / 1000.0), $10, $11)
       on conflict (tenant_id, run_id) do update set
         workflow = case when excluded.workflow = '' then r.workflow else excluded.workflow end,
         namespace = case when excluded.workflow = '' then r.namespace else excluded.namespace end,
         version = case when excluded.version = '' then r.version else excluded.version end,
         phase = case when excluded.phase = '' or excluded.seq < r.seq then r.phase else excluded.phase end,
         steps = r.steps + excluded.steps, error = coalesce(excluded.error, r.error),
         started_at = least(r.started_at, excluded.started_at), ended_at = coalesce(excluded.ended_at, r.ended_at),
         seq = greatest(r.seq, excluded.seq)`,
      [
        tenantId,
        change.runId,
        change.workflow,
        change.version,
        change.phase,
        change.steps,
        change.error,
        change.startedAt,
        change.endedAt,
        change.seq,
        change.namespace,
      ],
    );
  const ended = changes.filter(change => change.endedAt !== null).map(change => change.runId);
  if (ended.length === 0) return;
  await tx.query('delete from workflow_listener where run_id = any ($1)', [ended]);
  await tx.query(
    `update human_task set state = 'withdrawn', decided_at = clock_timestamp() where state = 'open' and run_id = any ($1)`,
    [ended],
  );
  // A schedule that counts from the end of its last run goes on from here, also when that end is told before its start.
  await tx.query(
    `update workflow_schedule set next_at = clock_timestamp()
     where last_run = any ($1) and schedule ? 'after' and (next_at is null or next_at = last_start_at)`,
    [ended],
  );
}

/** Name, namespace and version of the workflow of each of these runs. */
export async function runReferences(
  tx: Transaction,
  runIds: readonly string[],
): Promise<
  { readonly id: string; readonly name: string; readonly namespace: string; readonly version: string }[]
> {
  return await tx.query(
    'select run_id as id, workflow as name, namespace, version from workflow_run where run_id = any ($1)',
    [runIds],
  );
}

export async function clearRuns(tx: Transaction): Promise<void> {
  await tx.query('delete from workflow_run');
}

export interface ListedRun {
  readonly id: string;
  readonly workflow: string;
  readonly version: string;
  readonly phase: ListedPhase;
  readonly steps: number;
  readonly error: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export async function listRuns(
  tx: Transaction,
  given: {
    after: { at: number; id: string } | undefined;
    workflow: string | undefined;
    phase: string | undefined;
    limit: number;
  },
): Promise<ListedRun[]> {
  const rows = await tx.query<ListedRun>(
    `select run_id as id, workflow, version, phase, steps::int as steps, error,
       (extract(epoch from started_at) * 1000)::float8 as "startedAt", (extract(epoch from ended_at) * 1000)::float8 as "endedAt"
     from workflow_run
     where ($1::float8 is null or (started_at, run_id) < (to_timestamp($1::float8 / 1000.0), $2::text))
       and ($3::text is null or workflow = $3) and ($4::text is null or phase = $4)
     order by started_at desc, run_id desc limit $5`,
    [
      given.after?.at ?? null,
      given.after?.id ?? null,
      given.workflow ?? null,
      given.phase ?? null,
      given.limit,
    ],
  );
  return rows.map(row => ({
    ...row,
    startedAt: Math.round(row.startedAt),
    endedAt: row.endedAt === null ? null : Math.round(row.endedAt),
  }));
}
