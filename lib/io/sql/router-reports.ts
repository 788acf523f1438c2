/** Outcomes as a series, reports of drift, and trained intents. Functions that take a transaction run inside `withTenant`. */
import type { DriftPoint, SignalReport } from '../../core/routing/drift-report.ts';
import type { Database, Transaction } from '../database.ts';

export interface DriftReportRow {
  readonly drifted: boolean;
  readonly outcomes: number;
  readonly signals: readonly SignalReport[];
}

/** The latest outcomes of the last 30 days, oldest first. */
export async function readOutcomeSeries(tx: Transaction, limit: number): Promise<DriftPoint[]> {
  const rows = await tx.query<{
    at: Date;
    quality: number;
    misrouted: boolean;
    cost_ratio: number | null;
    latency_ratio: number | null;
  }>(
    `select at, quality, misrouted is not null as misrouted, cost_ratio, latency_ratio from router_outcome
     where at > now() - interval '30 days' order by version desc limit $1`,
    [limit],
  );
  return rows.toReversed().map(row => ({
    atMs: row.at.getTime(),
    quality: row.quality,
    misrouted: row.misrouted,
    costRatio: row.cost_ratio,
    latencyRatio: row.latency_ratio,
  }));
}

export async function writeDrift(
  tx: Transaction,
  tenantId: string,
  day: string,
  report: DriftReportRow,
): Promise<void> {
  await tx.query(
    `insert into router_drift (tenant_id, day, drifted, report) values ($1, $2::date, $3, $4)
     on conflict (tenant_id, day) do update set at = now(), drifted = excluded.drifted, report = excluded.report`,
    [tenantId, day, report.drifted, JSON.stringify(report)],
  );
}

/** Tenants that had outcomes in the last day and no report of that day yet. */
export async function tenantsWithoutReport(
  database: Database,
  day: string,
  limit: number,
): Promise<string[]> {
  const rows = await database.asJob('troupe_routing', tx =>
    tx.query<{ tenant_id: string }>(
      `select distinct o.tenant_id from router_outcome o where o.at > now() - interval '1 day'
         and not exists (select 1 from router_drift r where r.tenant_id = o.tenant_id and r.day = $1::date) limit $2`,
      [day, limit],
    ),
  );
  return rows.map(row => row.tenant_id);
}

/** Removes some decisions that are older than so many days and taught nothing: what was learnt from stays for replay. */
export async function clearOldDecisions(database: Database, days: number, limit: number): Promise<number> {
  const rows = await database.asJob('troupe_routing', tx =>
    tx.query(
      `delete from router_decision where (tenant_id, decision_id) in (
         select d.tenant_id, d.decision_id from router_decision d where d.at < now() - make_interval(days => $1)
           and not exists (select 1 from router_outcome o where o.tenant_id = d.tenant_id and o.decision_id = d.decision_id)
         limit $2) returning 1`,
      [days, limit],
    ),
  );
  return rows.length;
}

export interface IntentRow {
  readonly version: number;
  readonly model: Uint8Array;
}

/** Answers the new version. */
export async function writeIntents(
  tx: Transaction,
  tenantId: string,
  agent: string,
  trained: { readonly examples: number; readonly labels: readonly string[]; readonly model: Uint8Array },
): Promise<number> {
  const [row] = await tx.query<{ version: number }>(
    `insert into intent_model as m (tenant_id, agent, version, examples, labels, model) values ($1, $2, 1, $3, $4, $5)
     on conflict (tenant_id, agent) do update set version = m.version + 1, trained_at = now(), examples = excluded.examples,
       labels = excluded.labels, model = excluded.model returning version`,
    [tenantId, agent, trained.examples, trained.labels, trained.model],
  );
  return Number(row!.version);
}

export async function intentVersion(tx: Transaction, agent: string): Promise<number | undefined> {
  const [row] = await tx.query<{ version: number }>('select version from intent_model where agent = $1', [
    agent,
  ]);
  return row && Number(row.version);
}

export async function readIntents(tx: Transaction, agent: string): Promise<IntentRow | undefined> {
  const [row] = await tx.query<{ version: number; model: Uint8Array }>(
    'select version, model from intent_model where agent = $1',
    [agent],
  );
  return row && { version: Number(row.version), model: row.model };
}
