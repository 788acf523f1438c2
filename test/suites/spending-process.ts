/**
 * A node that spends, in a process of its own. Given the database's address, the tenant, how many calls at once, what
 * each costs, and `settle` or `hold`. Prints what came of them as JSON; with `hold` it keeps what it reserved until killed.
 */
import { Spending } from '../../lib/io/models/spending.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { silentLog } from '../../lib/kernel/log.ts';

const [url, tenantId, calls, micro, manner] = process.argv.slice(2);
const database = openPostgres({ url: url! });
const alerts: number[] = [];
const spending = new Spending({
  database,
  clock: systemClock,
  log: silentLog,
  holder: `process-${process.pid}`,
  dailyCapMicroUsd: 1_000_000,
  alert: ({ account, share }) => {
    if (account.startsWith('tenant:')) alerts.push(share);
  },
  allotmentTtlMs: 4_000,
});
const refusals = new Map<string, number>();
const cost = Number(micro);
let granted = 0;
await Promise.all(
  Array.from({ length: Number(calls) }, async (_, n) => {
    // Every call is the first of its conversation.
    const subject = { tenantId: tenantId!, agentId: 'support', conversationId: `cnv_${process.pid}_${n}` };
    try {
      const reserved = await spending.reserve(subject, cost);
      granted++;
      if (manner === 'settle') reserved.settle(cost);
    } catch (error) {
      const code = error instanceof TroupeError ? error.code : String(error);
      refusals.set(code, (refusals.get(code) ?? 0) + 1);
    }
  }),
);
if (manner === 'settle') await spending.close();
console.log(JSON.stringify({ granted, refusals: Object.fromEntries(refusals), alerts }));
if (manner === 'settle') await database.close();
else setInterval(() => {}, 1_000);
