/** The ledger of model calls, budgets, and what nodes hold of them. */
import type { ToSettle } from '../../core/pricing/allotments.ts';
import type { Period } from '../../core/pricing/budget-period.ts';
import type { Database, Transaction } from '../database.ts';

export interface ModelCallRow {
  readonly tenantId: string;
  readonly callId: string;
  readonly source: 'api' | 'conversation' | 'knowledge';
  readonly conversationId: string | null;
  readonly agent: string | null;
  readonly tier: string;
  readonly model: string;
  readonly endpoint: string;
  readonly outcome: string;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly measured: boolean;
  readonly costMicroUsd: number;
  /** What an answer that was kept would have cost; default 0. */
  readonly savedMicroUsd?: number;
  readonly latencyMs: number;
}

export interface BudgetRow {
  readonly id: string;
  readonly scope: 'tenant' | 'agent' | 'customer' | 'conversation';
  readonly period: Period;
  readonly limitMicroUsd: number;
  readonly alertsAt: readonly number[];
}

const INSERT_CALLS = `
  insert into model_call (tenant_id, call_id, source, conversation_id, agent, tier, model, endpoint, outcome,
    input_tokens, cached_input_tokens, output_tokens, measured, cost_micro_usd, saved_micro_usd, latency_ms)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::int8[], $11::int8[], $12::int8[], $13::bool[], $14::int8[], $15::int8[], $16::int8[])`;

/**
 * One statement for all. `again`: some may be there already, and are left as they are; looking for them makes an
 * insert half as dear again.
 */
export async function insertCalls(
  database: Database,
  rows: readonly ModelCallRow[],
  again: boolean,
): Promise<void> {
  const column = <K extends keyof ModelCallRow>(name: K) => rows.map(row => row[name]);
  const [name, text] = again
    ? ['insert_model_calls_again', `${INSERT_CALLS} on conflict do nothing`]
    : ['insert_model_calls', INSERT_CALLS];
  await database.statement('troupe_metering', name, text, [
    column('tenantId'),
    column('callId'),
    column('source'),
    column('conversationId'),
    column('agent'),
    column('tier'),
    column('model'),
    column('endpoint'),
    column('outcome'),
    column('inputTokens'),
    column('cachedInputTokens'),
    column('outputTokens'),
    column('measured'),
    column('costMicroUsd'),
    rows.map(({ savedMicroUsd = 0 }) => savedMicroUsd),
    column('latencyMs'),
  ]);
}

/** `granted` 0: not even what is needed is left; `left` says how much is. */
export async function takeAllotment(
  database: Database,
  row: { tenantId: string; account: string; holder: string; limit: number; need: number; ttlMs: number },
): Promise<{ granted: number; left: number }> {
  const [taken] = await database.statement<{ granted: number; left_over: number }>(
    'troupe_metering',
    'budget_take',
    'select granted, left_over from budget_take($1, $2, $3, $4, $5, $6)',
    [row.tenantId, row.account, row.holder, row.limit, row.need, row.ttlMs],
  );
  return { granted: Number(taken!.granted), left: Number(taken!.left_over) };
}

/** What was spent of an account before and after, micro-units. */
export interface AccountChange {
  readonly tenantId: string;
  readonly account: string;
  readonly before: number;
  readonly after: number;
}

export async function settleAllotments(
  database: Database,
  holder: string,
  rows: readonly ToSettle[],
  ttlMs: number,
): Promise<readonly AccountChange[]> {
  const settled = await database.statement<{
    tenant_id: string;
    account: string;
    spent_before: number;
    spent_after: number;
  }>(
    'troupe_metering',
    'budget_settle',
    'select * from budget_settle($1::text[], $2::text[], $3, $4::int8[], $5::int8[], $6)',
    [
      rows.map(row => row.tenantId),
      rows.map(row => row.account),
      holder,
      rows.map(row => row.spent),
      rows.map(row => row.returned),
      ttlMs,
    ],
  );
  return settled.map(row => ({
    tenantId: row.tenant_id,
    account: row.account,
    before: Number(row.spent_before),
    after: Number(row.spent_after),
  }));
}

const COLUMNS =
  'budget_id as id, scope, period, limit_micro_usd::float8 as "limitMicroUsd", alerts_at as "alertsAt"';

export async function budgetsOf(database: Database, tenantId: string): Promise<readonly BudgetRow[]> {
  return await database.withTenant(tenantId, tx =>
    tx.query<BudgetRow>(`select ${COLUMNS} from budget order by budget_id`),
  );
}

/** Since when a tenant is in safe mode, and because of which account. */
export interface SafeModeRow {
  readonly account: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

const SAFE_MODE = `account, to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since`;

/** Budgets of a tenant, and what `then` finds in the accounts that it names. */
export async function budgetState(
  database: Database,
  tenantId: string,
  accountsOf: (budgets: readonly BudgetRow[]) => readonly string[],
  safeBy: ((spent: ReadonlyMap<string, number>) => string | undefined) | undefined,
): Promise<{
  readonly budgets: readonly BudgetRow[];
  readonly safe: SafeModeRow | undefined;
  /** Safe mode began or ended just now, and nobody else has seen it. */
  readonly changed: 'began' | 'ended' | undefined;
}> {
  return await database.withTenant(tenantId, async tx => {
    const budgets = await tx.query<BudgetRow>(`select ${COLUMNS} from budget order by budget_id`);
    const accounts = accountsOf(budgets);
    if (!safeBy) return { budgets, safe: undefined, changed: undefined };
    const [before] = await tx.query<SafeModeRow>(`select ${SAFE_MODE} from safe_mode`);
    const rows =
      accounts.length === 0
        ? []
        : await tx.query<{ account: string; spent: number }>(
            'select account, spent_micro_usd::float8 as spent from budget_account where account = any($1)',
            [accounts],
          );
    const account = safeBy(new Map(rows.map(row => [row.account, row.spent])));
    if ((account === undefined) === (before === undefined))
      return { budgets, safe: before, changed: undefined };
    if (account === undefined) {
      const gone = await tx.query('delete from safe_mode returning 1');
      return { budgets, safe: undefined, changed: gone.length > 0 ? 'ended' : undefined };
    }
    const [begun] = await tx.query<SafeModeRow>(
      `insert into safe_mode (tenant_id, account) values ($1, $2) on conflict do nothing returning ${SAFE_MODE}`,
      [tenantId, account],
    );
    const [safe] = begun ? [begun] : await tx.query<SafeModeRow>(`select ${SAFE_MODE} from safe_mode`);
    return { budgets, safe, changed: begun ? 'began' : undefined };
  });
}

export async function putBudget(tx: Transaction, tenantId: string, row: BudgetRow): Promise<void> {
  await tx.query(
    `insert into budget (tenant_id, budget_id, scope, period, limit_micro_usd, alerts_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant_id, budget_id) do update set scope = excluded.scope, period = excluded.period,
       limit_micro_usd = excluded.limit_micro_usd, alerts_at = excluded.alerts_at`,
    [tenantId, row.id, row.scope, row.period, row.limitMicroUsd, row.alertsAt],
  );
}

export async function deleteBudget(tx: Transaction, budgetId: string): Promise<boolean> {
  return (await tx.query('delete from budget where budget_id = $1 returning 1', [budgetId])).length > 0;
}

export async function spentOf(tx: Transaction): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.query<{ account: string; spent: number }>(
    'select account, spent_micro_usd::float8 as spent from budget_account',
  );
  return new Map(rows.map(row => [row.account, row.spent]));
}

export interface CallSum {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicroUsd: number;
  /** What kept answers would have cost. */
  readonly savedMicroUsd: number;
}

export async function spendingByDay(
  tx: Transaction,
  fromMs: number,
  toMs: number,
): Promise<
  readonly {
    readonly day: string;
    readonly agent: string | null;
    readonly model: string;
    readonly tier: string;
    readonly calls: number;
    readonly tokens: number;
    readonly costMicroUsd: number;
  }[]
> {
  return await tx.query(
    `select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, agent, model, tier, count(*)::int as calls,
       sum(input_tokens + output_tokens)::float8 as tokens, sum(cost_micro_usd)::float8 as "costMicroUsd"
     from model_call where at >= to_timestamp($1 / 1000.0) and at < to_timestamp($2 / 1000.0)
     group by 1, agent, model, tier order by 1, agent nulls first, model, tier limit 50000`,
    [fromMs, toMs],
  );
}

export async function sumCalls(
  tx: Transaction,
  fromMs: number,
  toMs: number,
): Promise<readonly (CallSum & { model: string; tier: string; outcome: string })[]> {
  return await tx.query(
    `select model, tier, outcome, count(*)::int as calls, sum(input_tokens)::float8 as "inputTokens",
       sum(output_tokens)::float8 as "outputTokens", sum(cost_micro_usd)::float8 as "costMicroUsd",
       sum(saved_micro_usd)::float8 as "savedMicroUsd"
     from model_call where at >= to_timestamp($1 / 1000.0) and at < to_timestamp($2 / 1000.0)
     group by model, tier, outcome order by model, tier, outcome`,
    [fromMs, toMs],
  );
}
