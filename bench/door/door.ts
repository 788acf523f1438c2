/**
 * `npm run -s bench:door`: a trivial authenticated action through the whole door (limits, validation, tenancy, DLP,
 * audit, tracing to a collector) beside a bare node:http server, in one run and in turns, as one JSON line: CPU per
 * request as a ratio, latency at 64 connections, and where the time goes. DOOR_SECONDS and DOOR_ROUNDS change the
 * load, DOOR_HOTTEST=1 adds the functions with the most time.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { type EventEmitter, once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { hottest, type Parts, readProfile } from '../w1/cpu-profile.ts';

const seconds = Number.parseInt(process.env.DOOR_SECONDS ?? '2', 10);
const rounds = Number.parseInt(process.env.DOOR_ROUNDS ?? '6', 10);
const CONNECTIONS = 64;
const IDLE_MS = 3_000;
/** The door is compiled for longer than the bare server, whose code is a tenth of it. */
const WARM_SECONDS = 15;
/** At full speed a bare server keeps the load generator busy, so that waking it costs nothing; at the same rate both pay. */
const SAME_RATE = 4_000;
const body = JSON.stringify({ query: 'How long do I have to return a kettle?' });

const PARTS: Parts = [
  [
    'gateway: who asks, limits, problems, headers',
    /\/services\/gateway\/|\/lib\/core\/(fairness|identity|http)\//,
  ],
  ['limits and database, on their side of the port', /\/lib\/io\//],
  ['traces', /\/node_modules\/@opentelemetry|\/mixins\/tracing/],
  ['metrics', /\/node_modules\/prom-client|\/mixins\/metrics/],
  ['validation', /\/mixins\/validation|\/node_modules\/fastest-validator|validator\.js/],
  ['tenancy, authorization, audit, deadlines', /\/mixins\//],
  ['Moleculer', /\/node_modules\/moleculer\/|\/lib\/moleculer\//],
  [
    'Fastify and its JSON',
    /\/node_modules\/(fastify|find-my-way|secure-json-parse|fast-json-stringify|@fastify)/,
  ],
  ['ids, clock, contracts, other', /\/lib\/|\/node_modules\/|\/services\/|\/bench\//],
  ['Node: HTTP, streams, timers, promises', /^node:/],
];

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly apiKeys: readonly string[];
}

async function start(role: 'bare' | 'fastify' | 'door', collector = ''): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'serve.ts'), [role, collector], {
    env: { ...process.env, NODE_ENV: 'production' },
    execArgv: ['--min-semi-space-size=16', '--disable-warning=ExperimentalWarning', '--disable-proto=delete'],
  });
  const [{ url, apiKeys }] = (await once(child, 'message')) as [{ url: string; apiKeys: readonly string[] }];
  return { child, url, apiKeys };
}

/** In turns with the keys of many tenants: the limits of plans are in force, and no tenant may reach his. */
async function loadOn({ url, apiKeys }: Server, duration: number, perSecond?: number) {
  const latenciesMs: number[] = [];
  const run = autocannon({
    url,
    requests: apiKeys.map(apiKey => ({
      method: 'POST' as const,
      path: '/api/v1/ingestion/search',
      body,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    })),
    connections: CONNECTIONS,
    duration,
    ...(perSecond ? { overallRate: perSecond } : {}),
  }) as ReturnType<typeof autocannon> & EventEmitter;
  // Its own figures are whole milliseconds.
  run.on('response', (_client: unknown, _status: number, _bytes: number, latencyMs: number) =>
    latenciesMs.push(latencyMs),
  );
  const result = await run;
  latenciesMs.sort((a, b) => a - b);
  const percentile = (p: number) => round(latenciesMs[Math.floor((latenciesMs.length - 1) * p)] ?? 0);
  return { ...result, p50ms: percentile(0.5), p99ms: percentile(0.99) };
}

const round = (value: number) => Math.round(value * 100) / 100;

interface Round {
  readonly perSec: number;
  readonly p50ms: number;
  readonly p99ms: number;
  /** Of the whole process, all threads: microseconds a request. */
  readonly cpuUs: number;
  readonly systemUs: number;
  /** Of the threads beside the main one: the embedded database, the collector of garbage, the compiler. */
  readonly otherThreadsUs: number;
}

/** Microseconds of CPU that a server has used. */
async function cpuOf({ child }: Server): Promise<NodeJS.CpuUsage & { main: number }> {
  const told = once(child, 'message');
  child.send({ cpu: true });
  return (await told)[0] as NodeJS.CpuUsage & { main: number };
}

async function measure(server: Server, perSecond?: number): Promise<Round> {
  const before = await cpuOf(server);
  const run = await loadOn(server, seconds, perSecond);
  const after = await cpuOf(server);
  const count = run['2xx'];
  const errors = run.errors + run.timeouts + run.non2xx;
  if (errors > 0 || count === 0) throw new Error(`${errors} requests of ${count + errors} failed`);
  const system = after.system - before.system;
  const all = after.user - before.user + system;
  return {
    perSec: Math.round(count / run.duration),
    p50ms: run.p50ms,
    p99ms: run.p99ms,
    cpuUs: round(all / count),
    systemUs: round(system / count),
    otherThreadsUs: round((all - (after.main - before.main)) / count),
  };
}

/** Milliseconds of CPU in a second in which nobody asks: the platform's other work (leases, relay, reminders). */
async function idleOf(server: Server): Promise<number> {
  const before = await cpuOf(server);
  await new Promise(resolve => setTimeout(resolve, IDLE_MS));
  const after = await cpuOf(server);
  return round((after.user + after.system - before.user - before.system) / IDLE_MS);
}

/** The middle of a figure of each round: of two servers in turns, so that what disturbs the machine disturbs both. */
function medianOf(figure: (round: Round, at: number) => number): number {
  const all = measured.bare.map(figure).sort((a, b) => a - b);
  return round(all[Math.floor(all.length / 2)]!);
}

/** Of several rounds the middle one by CPU: another program on the machine spoils single ones. */
const middle = (all: readonly Round[]) =>
  all.toSorted((a, b) => a.cpuUs - b.cpuUs)[Math.floor(all.length / 2)]!;

let spans = 0;
const collector = createServer((request, response) => {
  request.on('data', (part: Buffer) => {
    spans += part.length;
  });
  request.on('end', () => response.end('{}'));
});
await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve));
const bare = await start('bare');
const fastify = await start('fastify');
const door = await start('door', `http://127.0.0.1:${(collector.address() as AddressInfo).port}`);
await loadOn(bare, 2);
await loadOn(fastify, 2);
await loadOn(door, WARM_SECONDS);
const idleMs = await idleOf(door);
const measured: Record<'bare' | 'fastify' | 'door' | 'bareAtRate' | 'doorAtRate', Round[]> = {
  bare: [],
  fastify: [],
  door: [],
  bareAtRate: [],
  doorAtRate: [],
};
for (let turn = 0; turn < rounds; turn++) {
  measured.bare.push(await measure(bare));
  measured.fastify.push(await measure(fastify));
  measured.door.push(await measure(door));
  measured.bareAtRate.push(await measure(bare, SAME_RATE));
  measured.doorAtRate.push(await measure(door, SAME_RATE));
}

const profile = join(mkdtempSync(join(tmpdir(), 'troupe-door-')), 'door.cpuprofile');
door.child.send({ profile });
await loadOn(door, 4);
const written = once(door.child, 'message');
door.child.send({ profile: null });
await written;
const { parts, root } = readProfile(profile, PARTS);
const total = [...parts.values()].reduce((sum, each) => sum + each, 0);
const share = (part: number) => Math.round((part / total) * 1_000) / 10;

const median = Object.fromEntries(
  Object.entries(measured).map(([name, all]) => [name, middle(all)]),
) as Record<keyof typeof measured, Round>;
const idleUs = (idleMs * 1_000) / median.door.perSec;
console.log(
  JSON.stringify({
    workload: 'door',
    connections: CONNECTIONS,
    load: round(loadavg()[0]!),
    ...median,
    cpuRatio: medianOf((_, at) => measured.door[at]!.cpuUs / measured.bare[at]!.cpuUs),
    fastifyRatio: medianOf((_, at) => measured.fastify[at]!.cpuUs / measured.bare[at]!.cpuUs),
    cpuRatioAtSameRate: medianOf((_, at) => measured.doorAtRate[at]!.cpuUs / measured.bareAtRate[at]!.cpuUs),
    p99OverP50: medianOf((_, at) => measured.door[at]!.p99ms / measured.door[at]!.p50ms),
    bareP99OverP50: medianOf((_, at) => measured.bare[at]!.p99ms / measured.bare[at]!.p50ms),
    idleCpuMsPerSec: idleMs,
    cpuRatioWithoutIdle: round((median.door.cpuUs - idleUs) / median.bare.cpuUs),
    rounds: measured,
    traceBytes: spans,
    cpuSharePercent: Object.fromEntries(
      [...parts].sort((a, b) => b[1] - a[1]).map(([name, part]) => [name, share(part)]),
    ),
    hottest: process.env.DOOR_HOTTEST
      ? hottest(root, 40).map(([name, self]) => `${share(self)} ${name}`)
      : undefined,
  }),
);
if (process.env.DOOR_HOTTEST) console.error(profile);
bare.child.disconnect();
fastify.child.disconnect();
door.child.disconnect();
process.exit(0);
