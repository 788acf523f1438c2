/**
 * `npm run -s bench:door`: a trivial authenticated action through the whole door beside a bare node:http server, in
 * one run and in turns, as one JSON line: CPU per request as a ratio, latency at 64 connections, and where the time
 * goes. DOOR_SECONDS, DOOR_ROUNDS change the load.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { hottest, readProfile } from '../w1/cpu-profile.ts';
import { cpuOf } from '../w1/workload.ts';

const seconds = Number.parseInt(process.env.DOOR_SECONDS ?? '6', 10);
const rounds = Number.parseInt(process.env.DOOR_ROUNDS ?? '3', 10);
const CONNECTIONS = 64;
const body = JSON.stringify({ query: 'How long do I have to return a kettle?' });

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly apiKey: string;
}

async function start(role: 'bare' | 'door'): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'serve.ts'), [role], {
    env: { ...process.env, NODE_ENV: 'production' },
    execArgv: ['--disable-warning=ExperimentalWarning', '--disable-proto=delete'],
  });
  const [{ url, apiKey }] = (await once(child, 'message')) as [{ url: string; apiKey: string }];
  return { child, url, apiKey };
}

const loadOn = ({ url, apiKey }: Server, duration: number) =>
  autocannon({
    url: `${url}/api/v1/ingestion/search`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body,
    connections: CONNECTIONS,
    duration,
  });

interface Round {
  readonly perSec: number;
  readonly p50ms: number;
  readonly p99ms: number;
  readonly cpuUs: number;
  readonly errors: number;
}

async function measure(server: Server): Promise<Round> {
  const processes = { server: server.child.pid! };
  const before = cpuOf(processes);
  const run = await loadOn(server, seconds);
  const after = cpuOf(processes);
  const count = run['2xx'] || 1;
  return {
    perSec: Math.round(count / run.duration),
    p50ms: run.latency.p50,
    p99ms: run.latency.p99,
    cpuUs: Math.round(((after.server! - before.server!) * 1_000) / count),
    errors: run.errors + run.timeouts + run.non2xx,
  };
}

/** Of several rounds the middle one by CPU: another program on the machine spoils single ones. */
const middle = (all: readonly Round[]) =>
  all.toSorted((a, b) => a.cpuUs - b.cpuUs)[Math.floor(all.length / 2)]!;

const bare = await start('bare');
const door = await start('door');
await loadOn(bare, 2);
await loadOn(door, 4);
const measured: Record<'bare' | 'door', Round[]> = { bare: [], door: [] };
for (let round = 0; round < rounds; round++) {
  measured.bare.push(await measure(bare));
  measured.door.push(await measure(door));
}

const profile = join(mkdtempSync(join(tmpdir(), 'troupe-door-')), 'door.cpuprofile');
door.child.send({ profile });
await loadOn(door, 4);
const written = once(door.child, 'message');
door.child.send({ profile: null });
await written;
const { parts, root } = readProfile(profile);
const total = [...parts.values()].reduce((sum, each) => sum + each, 0);
const share = (part: number) => Math.round((part / total) * 1_000) / 10;

const [one, other] = [middle(measured.door), middle(measured.bare)];
console.log(
  JSON.stringify({
    workload: 'door',
    connections: CONNECTIONS,
    door: one,
    bare: other,
    cpuRatio: Math.round((one.cpuUs / other.cpuUs) * 100) / 100,
    p99OverP50: Math.round((one.p99ms / one.p50ms) * 100) / 100,
    cpuSharePercent: Object.fromEntries(
      [...parts].sort((a, b) => b[1] - a[1]).map(([name, part]) => [name, share(part)]),
    ),
    hottest: process.env.DOOR_HOTTEST
      ? hottest(root, 40).map(([name, self]) => `${share(self)} ${name}`)
      : undefined,
  }),
);
bare.child.disconnect();
door.child.disconnect();
process.exit(0);
