/**
 * `npm run bench:compare -- --peers <folder> [--rounds 3]`: W1 on our runtime and on its peers in one run, round by
 * round from another starting point each, every system in fresh processes with fresh servers. The folder has one
 * subfolder for each system with a `run.mjs` that prints one JSON line; a copy of it is installed in the cache folder.
 * Without `--peers` only ours run. Writes docs/benchmarks/w1.json and w1.md. Compare ratios within a round.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { mustRun } from '../scripts/provision/run.ts';
import { cacheFolder } from '../scripts/provision/settings.ts';
import { comparisonTable, type Line, type Measured } from './w1/comparison.ts';
import { writePage, writeResults } from './w1/page.ts';

interface Job {
  readonly name: string;
  readonly cwd: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Runs also with a model that takes its time. Slow peers do so without, which favours them. */
  readonly withModel: boolean;
  /** Runs in the first round only: too slow ever to be the best, and a round must end within minutes. */
  readonly once?: boolean;
}

const ROOT = join(import.meta.dirname, '..');
const INSTALL_LIMIT_MS = 600_000;
const RUN_LIMIT_MS = 900_000;

const { values } = parseArgs({
  options: { peers: { type: 'string' }, rounds: { type: 'string', default: process.env.ROUNDS ?? '3' } },
});
const rounds = Number.parseInt(values.rounds, 10);
const models = (process.env.MODEL_MS_LIST ?? '0 20').split(' ').map(Number);

const ours = (['0', '2'] as const).map(
  (nodes): Job => ({
    name: nodes === '0' ? 'Troupe, in process' : `Troupe, ${nodes} nodes`,
    cwd: ROOT,
    command: ['npm', 'run', '-s', 'bench:w1'],
    environment: { NODES: nodes },
    withModel: true,
  }),
);
const jobs = values.peers ? [...ours, ...(await peerJobs(values.peers))] : ours;
if (!values.peers)
  console.error('No --peers <folder> was given: this run measures ours alone, without ratios.');

const measured: Measured[] = [];
for (const model of models) {
  const these = model === 0 ? jobs : jobs.filter(job => job.withModel);
  for (let round = 0; round < rounds; round++) {
    const now = these.filter(job => round === 0 || !job.once);
    const first = (round * 3) % now.length;
    for (const job of [...now.slice(first), ...now.slice(0, first)]) {
      const load = Math.round(loadavg()[0]! * 10) / 10;
      const line = await run(job, model).catch((error: Error) => {
        // One system that fails must not take the others' figures with it.
        console.error(error.message);
        process.exitCode = 1;
      });
      if (!line) continue;
      measured.push({ round, load, model, ...line });
      console.error(
        `model ${model} ms, round ${round + 1}: ${line.peer}: ${line.turnsPerSec} turns/s, p99 ${line.p99ms} ms`,
      );
    }
  }
}
writeResults('w1', { processors: cpus().length, rounds, runs: measured });
writePage();
for (const model of models) console.log(`\nModel ${model} ms\n\n${comparisonTable(measured, model)}`);

function run({ name, cwd, command, environment }: Job, model: number): Promise<Line> {
  const { promise, resolve, reject } = Promise.withResolvers<Line>();
  const child = spawn(command[0]!, command.slice(1), {
    cwd,
    env: { ...process.env, ...environment, MODEL_MS: String(model) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stderr
    .setEncoding('utf8')
    .on('data', (chunk: string) => (complaint = (complaint + chunk).slice(-2_000)));
  const limit = setTimeout(() => child.kill('SIGTERM'), RUN_LIMIT_MS);
  child.once('error', reject);
  child.once('close', code => {
    clearTimeout(limit);
    const line = output.split('\n').find(text => text.startsWith('{'));
    if (line) resolve(JSON.parse(line) as Line);
    else reject(new Error(`${name} printed no result (code ${code}): ${complaint}`));
  });
  return promise;
}

/** Copies and installs the peers. They start PostgreSQL from `PG_BIN`, or where Debian puts version 15, the one we unpack. */
async function peerJobs(folder: string): Promise<Job[]> {
  const copy = join(await cacheFolder(), 'peers');
  mkdirSync(copy, { recursive: true });
  cpSync(folder, copy, {
    recursive: true,
    filter: path => !['node_modules', '.run'].includes(basename(path)),
  });
  const peer = (name: string, sub: string, environment: Record<string, string>, withModel: boolean): Job => ({
    name,
    cwd: join(copy, sub),
    command: [process.execPath, 'run.mjs'],
    environment,
    withModel,
  });
  const peers = [
    peer('L1b2', 'w1-floor', { VARIANT: 'batch2' }, true),
    peer('L1x2', 'w1-floor', { VARIANT: 'tx2' }, true),
    peer('Restate', 'w1-restate', { RESTATE_PARTITIONS: '4' }, true),
    { ...peer('DBOS', 'w1-dbos', { STEPS: '2' }, false), once: true },
    { ...peer('LangGraph', 'w1-langgraph', { DURABILITY: 'async' }, false), once: true },
  ];
  for (const cwd of new Set(peers.map(each => each.cwd))) await install(cwd);
  return peers;
}

async function install(folder: string): Promise<void> {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const installed = join(folder, 'node_modules', '.installed-lock.json');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return;
  await mustRun(
    `Installing the peer ${basename(folder)}`,
    'The peers come from the npm registry: can it be reached?',
    'npm',
    ['ci', '--no-audit', '--no-fund'],
    { cwd: folder, env: process.env, timeoutMs: INSTALL_LIMIT_MS },
  );
  writeFileSync(installed, lock);
}
