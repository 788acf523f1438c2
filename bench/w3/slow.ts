/**
 * `npm run -s bench:slow`: answers stream to 2,000 sockets in 20 rooms, once with 200 of them reading 1 kB/s and once
 * with none: what the fast ones wait, what memory the server takes, and what the slow ones have read in the end. One
 * JSON line. SLOW_CLIENTS, SLOW_BYTES, SLOW_ANSWERS, SLOW_PARTS_PER_SECOND change the load.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { round } from '../w1/workload.ts';
import type { AnswerPlan } from './answers.ts';
import { Told, whole } from './told.ts';

const CLIENTS = 2_000;
const ROOMS = 20;
const slowClients = whole('SLOW_CLIENTS', 200);
const bytesPerSecond = whole('SLOW_BYTES', 1_000);
const plan: AnswerPlan = {
  answers: whole('SLOW_ANSWERS', 5),
  parts: 100,
  partsPerSecond: whole('SLOW_PARTS_PER_SECOND', 20),
  partCharacters: 40,
};

const start = (file: string, env: Record<string, string>) =>
  fork(join(import.meta.dirname, file), {
    env: { ...process.env, NODE_ENV: 'production', ROOMS: String(ROOMS), ...env },
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
  });

interface Slow {
  readonly ended: number;
  readonly right: number;
  readonly broken: number;
  readonly gaps: number;
  readonly duplicates: number;
  readonly reconnects: number;
  readonly deltas: number;
}

async function run(slow: number): Promise<Record<string, unknown>> {
  const children: ChildProcess[] = [];
  const begin = (file: string, env: Record<string, string>) => {
    const child = start(file, env);
    children.push(child);
    return new Told(child);
  };
  const server = begin('server.ts', {});
  const { port, token } = await server.next<{ port: number; token: string }>('port');
  const address = { PORT: String(port), TOKEN: token };
  const fast = begin('clients.ts', { ...address, CLIENTS: String(CLIENTS - slow) });
  await fast.next('ready');
  const readers =
    slow > 0
      ? begin('slow-clients.ts', {
          ...address,
          CLIENTS: String(slow),
          BYTES_PER_SECOND: String(bytesPerSecond),
          ANSWERS: String(plan.answers),
        })
      : undefined;
  await readers?.next('ready');
  const idle = (await server.ask<{ mem: number }>({ mem: 1 }, 'mem')).mem;
  const began = performance.now();
  const { answered } = await server.ask<{ answered: readonly (readonly string[])[] }>(
    { answer: plan },
    'answered',
  );
  const streamedMs = performance.now() - began;
  const { stats } = await fast.ask<{ stats: { p50: number; p99: number; got: number } }>(
    { stats: 1 },
    'stats',
  );
  const most = async () => (await server.ask<{ peak: number }>({ peak: 1 }, 'peak')).peak;
  const result: Record<string, unknown> = {
    fast: CLIENTS - slow,
    p50ms: round(stats.p50),
    p99ms: round(stats.p99),
    deliveredPerSec: Math.round(stats.got / (streamedMs / 1_000)),
    lost: (CLIENTS - slow) * plan.answers * (plan.parts + 1) - stats.got,
  };
  if (readers) {
    while ((await readers.next<{ ended: number }>('ended')).ended < slow);
    const lastMs = performance.now() - began - streamedMs;
    const { checked } = await readers.ask<{ checked: Slow }>({ check: answered }, 'checked');
    Object.assign(result, { slow, bytesPerSecond, ...checked, lastReadAfterMs: Math.round(lastMs) });
  }
  Object.assign(result, {
    idleMb: Math.round(idle / 1_048_576),
    peakMb: Math.round((await most()) / 1_048_576),
  });
  for (const child of children) child.kill('SIGKILL');
  return result;
}

const without = await run(0);
const withSlow = await run(slowClients);
console.log(JSON.stringify({ workload: 'slow readers', answers: plan, without, with: withSlow }));
process.exit(0);
