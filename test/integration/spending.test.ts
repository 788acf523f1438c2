// Protects: whatever number of nodes spend at once, a budget is never passed at any level; what a dead node had reserved is free again; what nobody spends refuses nobody.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import type { Database } from '../../lib/io/database.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { Spending } from '../../lib/io/models/spending.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { putBudget, spentOf } from '../../lib/io/sql/spending.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import type { TroupeError } from '../../lib/kernel/errors.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { until } from '../e2e/client.ts';
import { type EmptyPostgres, emptyPostgres, makeTenant } from '../suites/databases.ts';
import { refusal } from '../suites/rejection.ts';

const COST = 100;
const LIMIT = 300 * COST;

interface Result {
  readonly granted: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly alerts: readonly number[];
}

describe('spending on several nodes', function () {
  this.timeout(60_000);
  let server: EmptyPostgres;
  let database: Database;
  let tenantId: string;
  const children: ChildProcess[] = [];
  const open: Spending[] = [];

  before(async () => {
    server = await emptyPostgres();
    database = openPostgres({ url: server.ownerUrl, ownerUrl: server.ownerUrl });
    await migrate(database);
  });
  beforeEach(async () => {
    tenantId = await makeTenant(database, 'spender');
    await budget('all', 'tenant', 'day', LIMIT);
    await budget('agents', 'agent', 'month', LIMIT + COST);
    await budget('each', 'conversation', 'ever', COST);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const spending of open.splice(0)) await spending.close();
  });
  after(async () => {
    await database?.close();
    await server?.drop();
  });

  async function budget(
    id: string,
    scope: 'tenant' | 'agent' | 'conversation',
    period: 'day' | 'month' | 'ever',
    limitMicroUsd: number,
  ) {
    const row = { id, scope, period, limitMicroUsd, alertsAt: [0.5, 1] };
    await database.withTenant(tenantId, tx => putBudget(tx, tenantId, row));
  }

  function node(calls: number, manner: 'settle' | 'hold'): { child: ChildProcess; result: Promise<Result> } {
    const script = join(import.meta.dirname, '../suites/spending-process.ts');
    const args = [
      '--disable-proto=delete',
      script,
      server.ownerUrl,
      tenantId,
      String(calls),
      String(COST),
      manner,
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const lines = createInterface({ input: child.stdout! });
    return { child, result: once(lines, 'line').then(([line]) => JSON.parse(line as string) as Result) };
  }

  function here(): Spending {
    const spending = new Spending({
      database,
      clock: systemClock,
      log: silentLog,
      holder: 'here',
      dailyCapMicroUsd: 1_000_000,
      alert: () => {},
      allotmentTtlMs: 4_000,
    });
    open.push(spending);
    return spending;
  }
  const subject = (conversationId: string) => ({ tenantId, agentId: 'support', conversationId });
  const spent = async () => {
    const accounts = await database.withTenant(tenantId, tx => spentOf(tx));
    return Array.from(accounts).find(([account]) => account.startsWith('tenant:'))![1];
  };

  it('lets 300 of 1,000 concurrent calls on two nodes through a budget for 300, and tells the others why', async () => {
    const results = await Promise.all([node(500, 'settle').result, node(500, 'settle').result]);
    const granted = results.reduce((sum, result) => sum + result.granted, 0);
    expect(granted).to.be.at.most(300);
    expect(await spent()).to.equal(granted * COST);
    for (const { granted: some, refusals } of results)
      expect(refusals).to.deep.equal({ 'budget-exhausted': 500 - some });
    // What a node held and did not use is given back: the rest of the budget can be spent to the last call.
    const spending = here();
    for (let n = granted; n < 300; n++) (await spending.reserve(subject(`cnv_rest_${n}`), COST)).settle(COST);
    const error = await refusal(spending.reserve(subject('cnv_late'), COST), 'budget-exhausted');
    expect(error.data).to.deep.include({ limitMicroUsd: LIMIT, leftMicroUsd: 0 });
    await spending.flush();
    expect(await spent()).to.equal(LIMIT);
    expect(results.flatMap(({ alerts }) => alerts).filter(share => share === 0.5)).to.deep.equal([0.5]);
  });

  it('gives back what a killed node had reserved, and not before it is known to be dead', async () => {
    const { child, result } = node(250, 'hold');
    expect((await result).granted).to.equal(250);
    const spending = here();
    for (let n = 0; n < 10; n++) (await spending.reserve(subject(`cnv_a_${n}`), COST)).settle(0);
    await refusal(spending.reserve(subject('cnv_much'), 60 * COST), 'budget-exhausted');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await database.withTenant(tenantId, tx => tx.query(`delete from budget where budget_id = 'each'`));
    spending.forgetRules(tenantId);
    const outcome = await until(
      () =>
        spending.reserve(subject('cnv_all'), LIMIT).then(
          all => {
            all.settle(0);
            return 'reserved';
          },
          (error: TroupeError) => error.code,
        ),
      seen => seen !== 'budget-exhausted',
    );
    expect(outcome).to.equal('reserved');
    await spending.flush();
    expect(await spent()).to.equal(0);
  });
});
