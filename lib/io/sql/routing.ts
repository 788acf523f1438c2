/** The router's tables. Functions that take a transaction run inside `withTenant`. */
import type { CanaryState } from '../../core/routing/canary.ts';
import type { LearntRouter, RouteBasis, RoutePolicy } from '../../core/routing/learnt-router.ts';
import type { RouteAudit, RouteDecision } from '../../core/routing/route-decision.ts';
import type { Database, Transaction } from '../database.ts';

export interface DecisionRow {
  readonly tenantId: string;
  readonly decisionId: string;
  readonly conversationId: string | null;
  readonly agent: string | null;
  readonly canaryId: string | null;
  readonly arm: 'control' | 'candidate' | null;
  readonly version: number;
  readonly seed: number;
  readonly basis: RouteBasis;
  readonly decision: RouteDecision;
}

/** Decisions of whatever tenants, in one statement. */
export async function insertDecisions(database: Database, rows: readonly DecisionRow[]): Promise<void> {
  await database.statement(
    'troupe_routing',
    'router_decisions',
    `insert into router_decision (tenant_id, decision_id, conversation_id, agent, canary_id, arm, router_version, seed, basis, decision)
       select r.t, r.id, r.conversation, r.agent, r.canary, r.arm, r.version, r.seed, r.basis::jsonb, r.decision::jsonb
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::text[])
         as r(t, id, conversation, agent, canary, arm, version, seed, basis, decision)
       on conflict do nothing`,
    [
      rows.map(row => row.tenantId),
      rows.map(row => row.decisionId),
      rows.map(row => row.conversationId),
      rows.map(row => row.agent),
      rows.map(row => row.canaryId),
      rows.map(row => row.arm),
      rows.map(row => row.version),
      rows.map(row => row.seed),
      rows.map(row => JSON.stringify(row.basis)),
      rows.map(row => JSON.stringify(row.decision)),
    ],
  );
}

const DECISION = `tenant_id as "tenantId", decision_id as "decisionId", conversation_id as "conversationId", agent,
  canary_id as "canaryId", arm, router_version as version, seed, basis, decision`;

/** Those that there are, by their ids. */
export async function readDecisions(
  tx: Transaction,
  decisionIds: readonly string[],
): Promise<Map<string, DecisionRow>> {
  const rows = await tx.query<DecisionRow>(
    `select ${DECISION} from router_decision where decision_id = any($1::text[])`,
    [decisionIds],
  );
  return new Map(
    rows.map(row => [row.decisionId, { ...row, version: Number(row.version), seed: Number(row.seed) }]),
  );
}

export async function readDecision(tx: Transaction, decisionId: string): Promise<DecisionRow | undefined> {
  return (await readDecisions(tx, [decisionId])).get(decisionId);
}

/** The tenant's router, locked until the transaction ends; `initial` where it has none yet. */
export async function lockRouter(
  tx: Transaction,
  tenantId: string,
  initial: LearntRouter,
): Promise<LearntRouter> {
  await tx.query(
    'insert into router_state (tenant_id, version, state) values ($1, $2, $3) on conflict do nothing',
    [tenantId, initial.version, JSON.stringify(initial)],
  );
  const [row] = await tx.query<{ state: LearntRouter }>('select state from router_state for update');
  return row!.state;
}

export async function writeRouter(tx: Transaction, router: LearntRouter): Promise<void> {
  await tx.query('update router_state set version = $1, state = $2', [
    router.version,
    JSON.stringify(router),
  ]);
}

/** The router where it is newer than that version. */
export async function readRouter(tx: Transaction, newerThan: number): Promise<LearntRouter | undefined> {
  const [row] = await tx.query<{ state: LearntRouter }>('select state from router_state where version > $1', [
    newerThan,
  ]);
  return row?.state;
}

export async function insertSnapshot(tx: Transaction, tenantId: string, router: LearntRouter): Promise<void> {
  await tx.query(
    'insert into router_snapshot (tenant_id, version, state) values ($1, $2, $3) on conflict do nothing',
    [tenantId, router.version, JSON.stringify(router)],
  );
}

/** The latest snapshot at or before a version. */
export async function readSnapshot(tx: Transaction, version: number): Promise<LearntRouter | undefined> {
  const [row] = await tx.query<{ state: LearntRouter }>(
    'select state from router_snapshot where version <= $1 order by version desc limit 1',
    [version],
  );
  return row?.state;
}

export interface OutcomeRow {
  readonly version: number;
  readonly decisionId: string;
  readonly source: string;
  readonly quality: number;
  readonly escalated: boolean;
  readonly costMicroUsd: number;
  readonly latencyMs: number;
  readonly misrouted: RouteAudit['misrouted'];
  readonly costRatio: number | null;
  readonly latencyRatio: number | null;
}

export async function insertOutcomes(
  tx: Transaction,
  tenantId: string,
  rows: readonly OutcomeRow[],
): Promise<void> {
  await tx.query(
    `insert into router_outcome (tenant_id, version, decision_id, source, quality, escalated, cost_micro_usd, latency_ms,
       misrouted, cost_ratio, latency_ratio)
     select $1, o.* from unnest($2::bigint[], $3::text[], $4::text[], $5::float8[], $6::boolean[], $7::bigint[], $8::int[],
       $9::text[], $10::float8[], $11::float8[]) as o`,
    [
      tenantId,
      rows.map(row => row.version),
      rows.map(row => row.decisionId),
      rows.map(row => row.source),
      rows.map(row => row.quality),
      rows.map(row => row.escalated),
      rows.map(row => row.costMicroUsd),
      rows.map(row => row.latencyMs),
      rows.map(row => row.misrouted),
      rows.map(row => row.costRatio),
      rows.map(row => row.latencyRatio),
    ],
  );
}

/** What has been told of these decisions, by `<decision> <source>`. */
export async function outcomesTold(
  tx: Transaction,
  decisionIds: readonly string[],
): Promise<Map<string, Pick<OutcomeRow, 'version' | 'misrouted'>>> {
  const rows = await tx.query<Pick<OutcomeRow, 'decisionId' | 'source' | 'version' | 'misrouted'>>(
    `select decision_id as "decisionId", source, version, misrouted from router_outcome
     where decision_id = any($1::text[])`,
    [decisionIds],
  );
  return new Map(
    rows.map(({ decisionId, source, version, misrouted }) => [
      `${decisionId} ${source}`,
      { version: Number(version), misrouted },
    ]),
  );
}

/** Outcomes after one version up to another, each with the decision it tells of, in the order they were learnt. */
export async function readLearnt(
  tx: Transaction,
  after: number,
  upTo: number,
): Promise<
  {
    decision: RouteDecision;
    quality: number;
    escalated: boolean;
    costMicroUsd: number;
    latencyMs: number;
  }[]
> {
  const rows = await tx.query<{
    decision: RouteDecision;
    quality: number;
    escalated: boolean;
    costMicroUsd: number;
    latencyMs: number;
  }>(
    `select d.decision, o.quality, o.escalated, o.cost_micro_usd as "costMicroUsd", o.latency_ms as "latencyMs"
     from router_outcome o join router_decision d using (tenant_id, decision_id)
     where o.version > $1 and o.version <= $2 order by o.version`,
    [after, upTo],
  );
  return rows.map(row => ({ ...row, costMicroUsd: Number(row.costMicroUsd) }));
}

export interface CanaryRow {
  readonly canaryId: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly candidate: RoutePolicy;
  readonly share: number;
  readonly status: CanaryState['status'];
  readonly state: CanaryState;
}

const CANARY = `canary_id as "canaryId", started_at as "startedAt", ended_at as "endedAt", candidate, share, status, state`;

/** Newest first. */
export async function listCanaries(tx: Transaction, limit: number): Promise<CanaryRow[]> {
  return await tx.query<CanaryRow>(
    `select ${CANARY} from router_canary order by started_at desc, canary_id desc limit $1`,
    [limit],
  );
}

/** The running canary and the policy that the last promoted one has left in force. */
export async function readPolicy(
  tx: Transaction,
): Promise<{ inForce: RoutePolicy; running: CanaryRow | undefined }> {
  const rows = await tx.query<CanaryRow>(
    `(select ${CANARY} from router_canary where status = 'running')
     union all (select ${CANARY} from router_canary where status = 'promoted' order by ended_at desc limit 1)`,
  );
  return {
    inForce: rows.find(({ status }) => status === 'promoted')?.candidate ?? {},
    running: rows.find(({ status }) => status === 'running'),
  };
}

export async function lockCanary(tx: Transaction, canaryId: string): Promise<CanaryRow | undefined> {
  const [row] = await tx.query<CanaryRow>(
    `select ${CANARY} from router_canary where canary_id = $1 for update`,
    [canaryId],
  );
  return row;
}

/** False when another one is running. */
export async function insertCanary(
  tx: Transaction,
  tenantId: string,
  row: Pick<CanaryRow, 'canaryId' | 'candidate' | 'share' | 'state'>,
): Promise<boolean> {
  const rows = await tx.query(
    `insert into router_canary (tenant_id, canary_id, candidate, share, status, state) values ($1, $2, $3, $4, 'running', $5)
     on conflict (tenant_id) where status = 'running' do nothing returning canary_id`,
    [tenantId, row.canaryId, JSON.stringify(row.candidate), row.share, JSON.stringify(row.state)],
  );
  return rows.length > 0;
}

export async function writeCanary(tx: Transaction, canaryId: string, state: CanaryState): Promise<void> {
  await tx.query(
    `update router_canary set state = $2, status = $3, ended_at = case when $3 = 'running' then null else now() end where canary_id = $1`,
    [canaryId, JSON.stringify(state), state.status],
  );
}

/** Adds the words of a node to those the tenant is known to use; answers all. */
export async function mergeVocabulary(
  tx: Transaction,
  tenantId: string,
  bits: Uint8Array,
): Promise<Uint8Array> {
  await tx.query('insert into router_vocabulary (tenant_id, bits) values ($1, $2) on conflict do nothing', [
    tenantId,
    bits,
  ]);
  const [row] = await tx.query<{ bits: Uint8Array }>('select bits from router_vocabulary for update');
  const stored = new Uint8Array(row!.bits);
  const merged = bits.map((byte, i) => byte | (stored[i] ?? 0));
  if (merged.some((byte, i) => byte !== stored[i]))
    await tx.query('update router_vocabulary set bits = $1', [merged]);
  return merged;
}

export async function readVocabulary(tx: Transaction): Promise<Uint8Array | undefined> {
  const [row] = await tx.query<{ bits: Uint8Array }>('select bits from router_vocabulary');
  return row && new Uint8Array(row.bits);
}
