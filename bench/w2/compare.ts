/**
 * `node bench/w2/compare.ts --peers <folder> [--rounds 3]`: W2 on our gateway beside Portkey, a bare proxy and the
 * provider itself, plain and streaming, every system in fresh processes, round by round from another starting point.
 * The folder is a copy of the peers with `w2-gateway` installed (`npm ci`). Writes docs/benchmarks/w2.json and w2.md.
 * Compare ratios within a round, never absolute numbers of different runs.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

interface Line {
  readonly peer: string;
  readonly perSec: number;
  readonly p50ms: number;
  readonly p99ms: number;
  readonly oneP50ms: number;
  readonly oneP99ms: number;
  readonly firstByteP50ms?: number;
  readonly errors: number;
  readonly answerOk: boolean;
  readonly cpuUsPerRequest: Readonly<Record<string, number>>;
}

interface Run extends Line {
  readonly streams: boolean;
  readonly round: number;
  readonly load: number;
}

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/benchmarks');
const RUN_LIMIT_MS = 120_000;
const { values } = parseArgs({
  options: { peers: { type: 'string' }, rounds: { type: 'string', default: '3' } },
});
if (!values.peers) throw new Error('Name the folder of the peers: --peers <folder>');
const peers = join(values.peers, 'w2-gateway');
const rounds = Number.parseInt(values.rounds, 10);
const jobs = [
  { cwd: ROOT, command: ['npm', 'run', '-s', 'bench:w2'], variant: '' },
  ...['proxy', 'portkey', 'direct'].map(variant => ({
    cwd: peers,
    command: [process.execPath, 'run.mjs'],
    variant,
  })),
];

const runs: Run[] = [];
for (const streams of [false, true])
  for (let round = 0; round < rounds; round++)
    for (let n = 0; n < jobs.length; n++) {
      const { cwd, command, variant } = jobs[(n + round) % jobs.length]!;
      const load = Math.round(loadavg()[0]! * 10) / 10;
      const line = await run(cwd, command, { VARIANT: variant, STREAM: streams ? '1' : '0' });
      runs.push({ ...line, streams, round, load });
      console.error(`${streams ? 'stream' : 'plain'}, round ${round + 1}: ${line.peer}: ${line.perSec}/s`);
    }
writeFileSync(
  join(PAGE, 'w2.json'),
  `${JSON.stringify({ processors: cpus().length, rounds, runs }, null, 2)}\n`,
);
const page = pageOf(runs);
writeFileSync(join(PAGE, 'w2.md'), page);
console.log(page);

function run(cwd: string, command: readonly string[], environment: Record<string, string>): Promise<Line> {
  const { promise, resolve, reject } = Promise.withResolvers<Line>();
  const child = spawn(command[0]!, command.slice(1), {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: RUN_LIMIT_MS,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.once('error', reject);
  child.once('close', code => {
    const line = output.split('\n').find(text => text.startsWith('{'));
    if (line) resolve(JSON.parse(line) as Line);
    else reject(new Error(`${command.join(' ')} printed no result (code ${code})`));
  });
  return promise;
}

/** Median over the rounds of a figure, or of its ratio to another system's in the same round. */
function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

function pageOf(all: readonly Run[]): string {
  const table = (streams: boolean): string => {
    const these = all.filter(each => each.streams === streams);
    const of = (peer: string) => these.filter(each => each.peer === peer);
    const proxy = of('bare node:http proxy');
    const portkey = of('Portkey gateway');
    const direct = of('direct to upstream');
    const rows = [...new Set(these.map(each => each.peer))].map(peer => {
      const mine = of(peer);
      const figure = (read: (run: Run) => number) => median(mine.map(read));
      const ratio = (to: readonly Run[], read: (run: Run) => number) =>
        median(mine.map((each, round) => read(each) / read(to[round]!)));
      const added = (to: readonly Run[], read: (run: Run) => number) =>
        median(mine.map((each, round) => read(each) - read(to[round]!)));
      return [
        peer,
        figure(each => each.perSec),
        `${ratio(proxy, each => each.perSec).toFixed(2)} x`,
        `${ratio(portkey, each => each.perSec).toFixed(1)} x`,
        figure(each => each.cpuUsPerRequest.gateway ?? 0),
        `${figure(each => each.p50ms)} / ${figure(each => each.p99ms)}`,
        `${added(direct, each => each.oneP50ms).toFixed(2)} / ${added(direct, each => each.oneP99ms).toFixed(2)}`,
        ...(streams ? [added(proxy, each => each.firstByteP50ms ?? 0).toFixed(2)] : []),
        mine.reduce((sum, each) => sum + each.errors, 0),
      ];
    });
    const head = [
      'system',
      'requests/s',
      'to the bare proxy',
      'to Portkey',
      'gateway CPU, us',
      'p50 / p99 under load, ms',
      'one at a time, added p50 / p99, ms',
      ...(streams ? ['first byte after the proxy’s, ms'] : []),
      'errors',
    ];
    return [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n');
  };
  const loads = all.map(each => each.load);
  return `# W2: the gateway before a model

Chat completions from 64 connections through one gateway process to a stub of a provider, as \`npm run -s bench:w2\` measures it. Ours runs with authentication, routing (\`auto\` over three tiers), a budget, fair turns and the ledger on; the bare proxy copies bytes; Portkey only forwards. Ours has the young generation of 16 MiB that start.sh gives it, the others have Node's own. Median of ${rounds} rounds on ${cpus().length} processors shared by client, gateway and provider, with other work on the machine (load ${Math.min(...loads)} to ${Math.max(...loads)}): read the ratios, which are taken within a round, and the CPU time, not the absolute figures.

## Plain

${table(false)}

## Streaming, 50 pieces

${table(true)}

Made by \`node bench/w2/compare.ts --peers <folder>\`; every run is in [w2.json](w2.json).
`;
}
