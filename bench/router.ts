/**
 * What a routing decision costs, in process: features, calibrated probability, bandit, canary, expected cost and time,
 * for a tenant whose router has learnt, over messages of a support desk; then the action `router.decide`, which answers
 * once the decision is committed. `npm run -s bench:router` prints one JSON line.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { createTenant } from '../lib/contracts/platform.contracts.ts';
import { decideRoute, routeOutcome, startCanary } from '../lib/contracts/router.contracts.ts';
import { TIERS } from '../lib/core/routing/early-exit.ts';
import { LearntRouters } from '../lib/io/routing/learnt-routers.ts';
import { routerMetrics } from '../lib/io/routing/router-metrics.ts';
import { TierRouter } from '../lib/io/routing/tier-router.ts';
import { seededRandom, systemClock } from '../lib/kernel/clock.ts';
import { readConfig } from '../lib/kernel/config.ts';
import { call } from '../lib/moleculer/action.ts';
import { startNode } from '../moleculer.config.ts';
import { ESSENTIAL } from '../units.config.ts';

const WARM = 5_000;
const DECISIONS = 50_000;
const COMMITTED = 2_000;
const OUTCOMES = 300;
const GOAL_MS = 1;
const SENTENCES = [
  'Where is my order?',
  'The kettle that came on Tuesday leaks from the lid and I want my money back.',
  'Can you change the address of the parcel to my office, please?',
  'My card was charged twice for invoice 20418; is this fraud?',
  'Wie lange habe ich Zeit, etwas zurückzuschicken?',
  'Tôi muốn đổi lịch giao hàng sang thứ Sáu.',
  'Please calculate the interest rate on the remaining instalments and explain the contract clause.',
  'The app throws an exception: TypeError in function checkout().',
];
const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['kind', 'urgent'],
  properties: { kind: { enum: ['order', 'return', 'other'] }, urgent: { type: 'boolean' } },
};

const random = seededRandom(7);
/** From one sentence to some 2,000 words: most messages are short, some are pasted mails. */
function message(): string {
  const sentences = Math.ceil(Math.exp(random() ** 3 * Math.log(160)));
  return Array.from(
    { length: sentences },
    () => `${SENTENCES[Math.floor(random() * SENTENCES.length)]!} (${Math.floor(random() * 1e4)})`,
  ).join(' ');
}

const folder = await mkdtemp(join(tmpdir(), 'troupe-router-'));
const node = await startNode(
  readConfig({
    TROUPE_PORT: '0',
    TROUPE_LOG_LEVEL: 'error',
    TROUPE_DATA_DIR: folder,
    TROUPE_UNITS: [...ESSENTIAL, 'router', 'gateway'].join(),
  }),
);
const { broker, database } = node;
const { tenantId } = await call(broker, createTenant, { name: 'router bench' });
const meta = { tenantId };
for (let n = 0; n < OUTCOMES; n++) {
  const { decisionId } = await call(broker, decideRoute, { message: message() }, { meta });
  const quality = Number(random() < 0.7);
  await call(broker, routeOutcome, { decisionId, source: 'thumbs', quality }, { meta });
}
await call(broker, startCanary, { candidate: { sufficesAt: 0.9 } }, { meta });

const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const router = new TierRouter({
  database,
  clock: systemClock,
  log,
  routers: new LearntRouters({ database, clock: systemClock, log }),
  metrics: routerMetrics(new Registry()),
});
const known = await router.routers.of(tenantId);
const messages = Array.from({ length: 2_000 }, message);
const taken = new Float64Array(DECISIONS);
let cpuFrom = process.cpuUsage();
const tiers = new Map<string, number>();
for (let n = -WARM; n < DECISIONS; n++) {
  if (n === 0) cpuFrom = process.cpuUsage();
  const asked = {
    tenantId,
    text: messages[(n + WARM) % messages.length]!,
    schema: n % 10 === 0 ? SCHEMA : undefined,
    turnDepth: n % 6,
    toolsWanted: n % 3,
    tiers: TIERS,
    conversationId: `cnv_${n % 500}`,
    agent: null,
  };
  const begun = performance.now();
  const { decision } = router.decide(asked, known);
  const ms = performance.now() - begun;
  if (n < 0) continue;
  taken[n] = ms;
  tiers.set(decision.tier, (tiers.get(decision.tier) ?? 0) + 1);
}
const cpu = process.cpuUsage(cpuFrom);
const committed = new Float64Array(COMMITTED);
for (let n = 0; n < COMMITTED; n++) {
  const begun = performance.now();
  await call(broker, decideRoute, { message: messages[n % messages.length]! }, { meta });
  committed[n] = performance.now() - begun;
}
await router.close();
await node.stop();
await rm(folder, { recursive: true, force: true });

const round = (x: number) => Math.round(x * 1e4) / 1e4;
const summary = (times: Float64Array) => {
  const sorted = times.toSorted();
  const at = (share: number) => round(sorted[Math.floor(sorted.length * share)]!);
  return { p50ms: at(0.5), p99ms: at(0.99), p999ms: at(0.999), maxMs: round(sorted.at(-1)!) };
};
const inProcess = summary(taken);
console.log(
  JSON.stringify({
    workload: 'router',
    decisions: DECISIONS,
    outcomesLearnt: known.router.version,
    inProcess,
    cpuUs: round((cpu.user + cpu.system) / DECISIONS),
    tiers: Object.fromEntries(tiers),
    action: { calls: COMMITTED, ...summary(committed) },
    goalMs: GOAL_MS,
    met: inProcess.p99ms < GOAL_MS,
    load: round(loadavg()[0]!),
  }),
);
process.exit(0);
