/**
 * `npm run -s bench:workflow [-- --rounds 3]`: a durable workflow of ten steps on our runtime, LangGraph and DBOS, in
 * one run: round by round, each in a fresh process on an empty database of the same PostgreSQL. The peers are
 * installed from `peers/package.json` into the cache folder. Writes docs/benchmarks/workflow.md. Compare ratios
 * within a round.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startPostgres } from '../../scripts/provision/servers.ts';
import { cacheFolder } from '../../scripts/provision/settings.ts';

interface Line {
  readonly peer: string;
  readonly durability: string;
  readonly runs: number;
  readonly concurrency: number;
  readonly stepsPerSec: number;
  readonly p50ms: number;
  readonly p99ms: number;
  readonly errors: number;
}

const HERE = import.meta.dirname;
const OURS = 'Troupe';
const GOAL = 2;
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Number.parseInt(values.rounds, 10);

const folder = join(await cacheFolder(), 'workflow-peers');
mkdirSync(folder, { recursive: true });
cpSync(join(HERE, 'peers'), folder, { recursive: true });
if (!existsSync(join(folder, 'node_modules')))
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'], {
    cwd: folder,
    stdio: 'inherit',
  });

const systems = [
  { file: join(HERE, 'ours.ts'), environment: {} },
  { file: join(folder, 'dbos.mjs'), environment: {} },
  { file: join(folder, 'langgraph.mjs'), environment: { DURABILITY: 'sync' } },
  { file: join(folder, 'langgraph.mjs'), environment: { DURABILITY: 'async' } },
];
const postgres = process.env.PG_URL ? undefined : await startPostgres();
const server = process.env.PG_URL ?? postgres!.url;
const admin = new pg.Client({ connectionString: server });
await admin.connect();
const measured: (Line & { round: number })[] = [];
for (let round = 0; round < rounds; round++)
  for (let i = 0; i < systems.length; i++) {
    const { file, environment } = systems[(i + round) % systems.length]!;
    const name = `workflow_bench_${process.pid}_${round}_${i}`;
    await admin.query(`create database ${name}`);
    const url = new URL(server);
    url.pathname = `/${name}`;
    const ran = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
      env: { ...process.env, ...environment, PG_URL: url.href },
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      timeout: 300_000,
    });
    await admin.query(`drop database ${name} with (force)`);
    const text = ran.stdout.trim().split('\n').at(-1) ?? '';
    if (ran.status !== 0 || !text.startsWith('{')) throw new Error(`${file} failed: ${text}`);
    const line = JSON.parse(text) as Line;
    measured.push({ round, ...line });
    console.error(
      `round ${round + 1}: ${line.peer}: ${line.stepsPerSec} steps/s, p50 ${line.p50ms} ms, p99 ${line.p99ms} ms, ${line.errors} errors`,
    );
  }
await admin.end();
await postgres?.stop();

const median = (numbers: readonly number[]) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const value = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return Math.round(value * 100) / 100;
};
const ratios = Array.from({ length: rounds }, (_, round) => {
  const these = measured.filter(line => line.round === round);
  const ours = these.find(line => line.peer.startsWith(OURS))!;
  const best = Math.max(...these.filter(line => line !== ours).map(line => line.stepsPerSec));
  return ours.stepsPerSec / best;
});
const ratio = Math.round(median(ratios) * 100) / 100;
const rows = [...new Set(measured.map(line => line.peer))].map(peer => {
  const lines = measured.filter(line => line.peer === peer);
  const of = (figure: (line: Line) => number) => median(lines.map(figure));
  return `| ${peer} | ${of(l => l.stepsPerSec)} | ${of(l => l.p50ms)} | ${of(l => l.p99ms)} | ${lines.reduce((sum, l) => sum + l.errors, 0)} | ${lines[0]!.durability} |`;
});
const { runs, concurrency } = measured[0]!;
writeFileSync(
  join(HERE, '../../docs/benchmarks/workflow.md'),
  `# Ten durable steps\n\nWritten by \`npm run -s bench:workflow\`. ${runs} runs of a workflow of ten steps, ${concurrency} at once, on ${cpus().length} cores; each system in a process of its own, on an empty database of the same PostgreSQL (fsync on), ${rounds} rounds in one run. A step yields once and counts up. Medians of the rounds; the machine was not idle, so compare ratios, not numbers of different runs.\n\n| system | steps/s | p50 of a run, ms | p99, ms | errors | what is on disk before the next step |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n\n**${ratio} times** the steps per second of the best peer of the same round (median; least ${Math.min(...ratios).toFixed(2)}, most ${Math.max(...ratios).toFixed(2)}); the goal is ${GOAL}.\n\nOurs commits steps of many runs together: what costs is the commit, not what is in it ([decision 0002](../decisions/0002-one-row-per-commit.md)).\n`,
);
console.log(JSON.stringify({ ratio, goal: GOAL, reached: ratio >= GOAL, rounds: measured }));
