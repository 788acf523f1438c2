/**
 * `npm run bench:curves`: what a turn costs against sleeping conversations, history, nodes, and what an idle actor
 * holds of memory. Prints a JSON line for each point; writes docs/benchmarks/curves.json, the plots, and the page.
 * CURVES_SCALE=0.1 runs a tenth of the sizes.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Line } from './comparison.ts';
import { cpuOfRun } from './comparison.ts';
import { type Curves, curvePlots } from './curves-page.ts';
import { DOCS, writePage, writeResults } from './page.ts';

const scale = Number(process.env.CURVES_SCALE ?? '1');
const scaled = (size: number) => Math.max(10, Math.round(size * scale));

function run<T>(program: string, args: readonly string[], environment: Record<string, string> = {}): T {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--expose-gc', join(import.meta.dirname, program), ...args],
    { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  );
  const line = stdout.split('\n').find(text => text.startsWith('{'));
  if (status !== 0 || !line) throw new Error(`${program} ${args.join(' ')} ended with code ${status}`);
  console.log(line);
  return JSON.parse(line) as T;
}

const point = <T>(curve: string, ...sizes: number[]) => run<T>('curve.ts', [curve, ...sizes.map(String)]);

const nodesPoint = (nodes: number): Curves['nodes'][number] => {
  const line = run<Line>('w1.ts', [], {
    NODES: String(nodes),
    W1_CONVERSATIONS: process.env.W1_CONVERSATIONS ?? '500',
  });
  return {
    nodes,
    turnsPerSec: line.turnsPerSec,
    p50ms: line.p50ms,
    p99ms: line.p99ms,
    cpu: cpuOfRun(line),
  };
};

const curves: Omit<Curves, 'at'> = {
  sleeping: [1_000, 10_000, 100_000].map(size => point('sleeping', scaled(size))),
  history: [10, 100, 1_000, 10_000].map(size => point('history', scaled(size))),
  nodes: [0, 1, 2, 3].map(nodesPoint),
  memory: point('memory', scaled(10_000)),
  passivation: point('passivation', scaled(100_000), scaled(5_000)),
};
writeResults('curves', { ...curves });
for (const [name, picture] of Object.entries(curvePlots({ ...curves, at: '' })))
  writeFileSync(join(DOCS, name), picture);
writePage();
