/**
 * `npm run bench:flame`: where the microseconds of a turn go. Runs W1 in one process under the CPU profiler and writes
 * docs/benchmarks/w1-flame.svg and the self time of each part. The profiler samples wall time: a system call that
 * waits for a processor is counted with the time that it waited.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hottest, PART_NAMES, readProfile } from './cpu-profile.ts';
import { flameGraph } from './flame-graph.ts';
import { DOCS, writePage, writeResults } from './page.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-flame-'));
const file = join(folder, 'w1.cpuprofile');
const run = spawnSync(
  process.execPath,
  ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'w1.ts')],
  {
    env: { ...process.env, NODES: '0', W1_CPUPROFILE: file },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  },
);
if (run.status !== 0) throw new Error(`the benchmark ended with code ${run.status}`);
const line = JSON.parse(run.stdout.trim().split('\n').at(-1)!) as { turns: number; turnsPerSec: number };
const { root, idle, parts } = readProfile(file);
rmSync(folder, { recursive: true });

const perTurn = (microseconds: number) => Math.round((microseconds / line.turns) * 10) / 10;
writeResults('w1-flame', {
  turns: line.turns,
  turnsPerSec: line.turnsPerSec,
  idleUsPerTurn: perTurn(idle),
  busyUsPerTurn: perTurn(root.total),
  parts: Object.fromEntries(
    PART_NAMES.map(name => [name, perTurn(parts.get(name) ?? 0)] as const).sort((a, b) => b[1] - a[1]),
  ),
  functions: hottest(root, 15).map(([name, self]) => ({ name, usPerTurn: perTurn(self) })),
});
const title = `W1 in one process: ${perTurn(root.total)} us per turn on the event loop's thread (${line.turns} turns, ${line.turnsPerSec}/s, profiled)`;
writeFileSync(join(DOCS, 'w1-flame.svg'), flameGraph(title, root));
writePage();
console.log(title);
for (const name of PART_NAMES)
  console.log(`${String(perTurn(parts.get(name) ?? 0)).padStart(7)} us  ${name}`);
for (const [name, self] of hottest(root, 25)) console.log(`${String(perTurn(self)).padStart(7)} us  ${name}`);
