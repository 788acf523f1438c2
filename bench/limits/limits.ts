/**
 * Limits of nodes that spend at once, as figures: 1,000 concurrent calls on two processes against a budget for 300, a
 * process killed with reservations open, and tokens for running calls with their holder killed. Needs PostgreSQL and
 * Redis: `make bench-limits`. The last line is one JSON object.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { migrate } from '../../lib/io/migrations.ts';
import { ClusterTokens } from '../../lib/io/models/concurrency.ts';
import { Spending } from '../../lib/io/models/spending.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { RedisCoordination } from '../../lib/io/redis-coordination.ts';
import { putBudget, spentOf } from '../../lib/io/sql/spending.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { provided } from '../../scripts/provision/settings.ts';
import { emptyPostgres, makeTenant } from '../../test/suites/databases.ts';

const COST = 100;
const AFFORDED = 300;
const CALLS = 1_000;
const HELD = 250;
const MOST = 5;
const LEASE_MS = 4_000;
const TOKEN_LEASE_MS = 1_500;

function node<T>(script: string, args: readonly string[]) {
  const path = join(import.meta.dirname, '../../test/suites', script);
  const child = spawn(process.execPath, ['--disable-proto=delete', path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  return { child, told: once(lines, 'line').then(([line]) => JSON.parse(line as string) as T) };
}

interface Spent {
  readonly granted: number;
  readonly refusals: Readonly<Record<string, number>>;
}

async function budgets() {
  const server = await emptyPostgres();
  const database = openPostgres({ url: server.ownerUrl, ownerUrl: server.ownerUrl });
  await migrate(database);
  const tenantOf = async () => {
    const tenantId = await makeTenant(database, 'spender');
    const row = {
      id: 'all',
      scope: 'tenant',
      period: 'day',
      limitMicroUsd: AFFORDED * COST,
      alertsAt: [],
    } as const;
    await database.withTenant(tenantId, tx => putBudget(tx, tenantId, row));
    return tenantId;
  };
  const spender = (tenantId: string, calls: number, manner: string) =>
    node<Spent>('spending-process.ts', [server.ownerUrl, tenantId, String(calls), String(COST), manner]);

  const tenantId = await tenantOf();
  const told = await Promise.all([1, 2].map(() => spender(tenantId, CALLS / 2, 'settle').told));
  const spent = await database.withTenant(tenantId, tx => spentOf(tx));
  const spentMicro = Array.from(spent).find(([account]) => account.startsWith('tenant:'))![1];
  const refused = told.reduce((sum, { refusals }) => sum + (refusals['budget-exhausted'] ?? 0), 0);
  const granted = told.reduce((sum, each) => sum + each.granted, 0);

  const other = await tenantOf();
  const { child, told: holding } = spender(other, HELD, 'hold');
  const reserved = (await holding).granted;
  child.kill('SIGKILL');
  const began = performance.now();
  const spending = new Spending({
    database,
    clock: systemClock,
    log: silentLog,
    holder: 'here',
    dailyCapMicroUsd: 0,
    alert: () => {},
    allotmentTtlMs: LEASE_MS,
  });
  const subject = { tenantId: other, agentId: null, conversationId: null };
  let back = false;
  while (!back && performance.now() - began < 60_000) {
    back = await spending.reserve(subject, AFFORDED * COST).then(
      all => {
        all.settle(0);
        return true;
      },
      () => false,
    );
    if (!back) await pause(50);
  }
  const backMs = Math.round(performance.now() - began);
  await spending.close();
  await database.close();
  await server.drop();
  return {
    calls: CALLS,
    afforded: AFFORDED,
    granted,
    refusedByName: refused,
    spentMicro,
    limitMicro: AFFORDED * COST,
    overspentMicro: Math.max(0, spentMicro - AFFORDED * COST),
    killed: { reserved, leaseMs: LEASE_MS, back, backMs },
  };
}

async function tokens() {
  const url = provided('redis');
  const namespace = `limits-${process.pid}:`;
  const redis = new Redis(url);
  const coordination = new RedisCoordination(redis, namespace, systemClock, silentLog);
  await coordination.connected();
  const nodeOf = <T>(tenant: string, manner: string) =>
    node<T>('token-process.ts', [url, namespace, tenant, String(MOST), manner]);
  const busy = await Promise.all([1, 2].map(() => nodeOf<{ highest: number }>('busy', 'calls:200').told));
  const { child, told } = nodeOf('held', `hold:${MOST}`);
  await told;
  child.kill('SIGKILL');
  const began = performance.now();
  const { signal } = new AbortController();
  const here = new ClusterTokens({
    coordination,
    clock: systemClock,
    log: silentLog,
    ttlMs: TOKEN_LEASE_MS,
  });
  await Promise.all(Array.from({ length: MOST }, () => here.take('held', MOST, 60_000, signal)));
  const backMs = Math.round(performance.now() - began);
  await coordination.close();
  redis.disconnect();
  return {
    limit: MOST,
    calls: 400,
    mostAtOnce: Math.max(...busy.map(({ highest }) => highest)),
    killed: { held: MOST, leaseMs: TOKEN_LEASE_MS, backMs },
  };
}

const budget = await budgets();
const running = await tokens();
console.log(JSON.stringify({ budget, tokens: running, load: Math.round(loadavg()[0]! * 10) / 10 }));
process.exit(budget.overspentMicro === 0 && budget.killed.back && running.mostAtOnce <= MOST ? 0 : 1);
