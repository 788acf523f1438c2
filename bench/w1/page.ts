/** Writes docs/benchmarks/w1.md from the results that lie beside it: each benchmark writes its own and the page anew. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bars } from '../plot.ts';
import {
  bestPeer,
  checks,
  comparisonTable,
  cpuOfRun,
  floorOf,
  IN_PROCESS,
  type Measured,
  median,
  ON_NODES,
  type Ratio,
  ratio,
} from './comparison.ts';
import { type Curves, curvesSection } from './curves-page.ts';

export const DOCS = join(import.meta.dirname, '../../docs/benchmarks');

interface Comparison {
  readonly at: string;
  readonly processors: number;
  readonly rounds: number;
  readonly runs: readonly Measured[];
}

interface Flame {
  readonly at: string;
  readonly turns: number;
  readonly turnsPerSec: number;
  readonly busyUsPerTurn: number;
  readonly idleUsPerTurn: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly functions: readonly { readonly name: string; readonly usPerTurn: number }[];
}

/** Results carry the day on which they were measured. */
export function writeResults(name: string, results: Readonly<Record<string, unknown>>): void {
  mkdirSync(DOCS, { recursive: true });
  const at = new Date().toISOString().slice(0, 10);
  writeFileSync(join(DOCS, `${name}.json`), `${JSON.stringify({ at, ...results }, null, 1)}\n`);
}

function readResults<T>(name: string): T | undefined {
  const file = join(DOCS, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}

export function writePage(): void {
  const comparison = readResults<Comparison>('w1');
  const flame = readResults<Flame>('w1-flame');
  const curves = readResults<Curves>('curves');
  const sections = [
    INTRODUCTION,
    comparison ? comparisonSection(comparison) : '',
    curves ? curvesSection(curves) : '',
    flame ? flameSection(flame) : '',
  ];
  if (comparison)
    for (const [name, picture] of Object.entries(comparisonPlots(comparison.runs)))
      writeFileSync(join(DOCS, name), picture);
  writeFileSync(join(DOCS, 'w1.md'), `${sections.filter(Boolean).join('\n\n')}\n`);
}

const INTRODUCTION = `# W1: the durable conversation turn

Written by \`make bench PEERS=<folder>\`; do not edit.

A turn sends 200 bytes under a message id to one of many conversations. The system drops an id that it has seen, appends message and reply to the history, calls a model stub, and answers with the number of turns, after everything is on disk. 64 workers send in a closed loop: random among conversations, in order within one. An accepted message is on disk **before** the model runs, and the reply before it is given: two fsynced commits a turn, shared by the conversations that are ready together.

Checks: every reply carries its turn's number; the store holds exactly the turns sent (exact); a message sent again counts nothing (dedupe); ten messages at once to one conversation are answered 1 to 10 (serial).

L1b2 is the floor: the same two commits in batches by bare SQL, with no runtime, no recovery and no process boundary. L1x2 is the floor without batches. Numbers of different runs do not compare: other work runs on the machine. Ratios are formed within a round, from systems that ran minutes apart.`;

function comparisonSection({ at, processors, rounds, runs }: Comparison): string {
  const models = [...new Set(runs.map(run => run.model))];
  const loads = runs.map(run => run.load);
  const { conversations, turns } = runs[0]!;
  return [
    '## Beside the peers',
    `${at}, shared ${processors}-core machine, noisy (load before the runs ${Math.min(...loads)} to ${Math.max(...loads)}): ${conversations} conversations, ${turns} turns, ${rounds} rounds. Latencies and CPU are medians over the rounds; CPU counts all processes, the load generator's with ours in process.`,
    ...models.flatMap(model => [
      `### Model ${model} ms`,
      comparisonTable(runs, model),
      `![Turns per second with a model of ${model} ms](${plotOf(model)})`,
    ]),
    '### Goals',
    goals(runs),
  ].join('\n\n');
}

const plotOf = (model: number) => (model === 0 ? 'w1.svg' : `w1-${model}ms.svg`);

function comparisonPlots(runs: readonly Measured[]): Record<string, string> {
  const models = [...new Set(runs.map(run => run.model))];
  return Object.fromEntries(
    models.map(model => {
      const these = runs.filter(run => run.model === model);
      const items = [...new Set(these.map(run => run.peer))]
        .map(label => ({
          label,
          value: median(these.filter(run => run.peer === label).map(run => run.turnsPerSec)),
          strong: label.startsWith('Troupe'),
        }))
        .sort((a, b) => b.value - a.value);
      return [plotOf(model), bars(`Durable turns per second, model ${model} ms (median)`, items)] as const;
    }),
  );
}

function goals(runs: readonly Measured[]): string {
  const rows: string[] = [];
  const row = (
    goal: string,
    found: Ratio | undefined,
    met: (value: number) => boolean,
    write: (value: number) => string,
  ) => {
    const value = found
      ? `${write(found.median)} (${write(found.least)} to ${write(found.most)})`
      : 'not measured';
    rows.push(`| ${goal} | ${value} | ${found ? (met(found.median) ? 'yes' : 'no') : '-'} |`);
  };
  const times = (value: number) => `${value.toFixed(1)} x`;
  const percent = (value: number) => `${Math.round(value * 100)} %`;
  const p99 = (run: Measured) => run.p99ms;
  row(
    'in process: at least 10 x the best durable peer',
    ratio(runs, 0, IN_PROCESS, bestPeer),
    value => value >= 10,
    times,
  );
  row(
    'in process: at least 60 % of L1b2',
    ratio(runs, 0, IN_PROCESS, floorOf),
    value => value >= 0.6,
    percent,
  );
  row(
    '2 nodes: at least 5 x the best durable peer',
    ratio(runs, 0, ON_NODES, bestPeer),
    value => value >= 5,
    times,
  );
  row(
    "2 nodes: p99 no worse than that peer's",
    ratio(runs, 0, ON_NODES, bestPeer, p99),
    v => v <= 1,
    percent,
  );
  row(
    'in process, 20 ms model: at least 95 % of L1b2',
    ratio(runs, 20, IN_PROCESS, floorOf),
    value => value >= 0.95,
    percent,
  );
  const cpu = runs.filter(run => run.model === 0 && run.peer === IN_PROCESS).map(cpuOfRun);
  const all = { median: median(cpu), least: Math.min(...cpu), most: Math.max(...cpu) };
  row(
    'in process: at most 200 us of CPU per turn, PostgreSQL included',
    all,
    v => v <= 200,
    v => `${Math.round(v)} us`,
  );
  const held = checks(runs.filter(run => run.peer.startsWith('Troupe')));
  rows.push(`| exact, dedupe, serial, no errors | ${held} | ${held === 'all hold' ? 'yes' : 'no'} |`);
  return ['| goal | measured, median (range over rounds) | met |', '| --- | --- | --- |', ...rows].join('\n');
}

function flameSection({
  at,
  turns,
  turnsPerSec,
  busyUsPerTurn,
  idleUsPerTurn,
  parts,
  functions,
}: Flame): string {
  return [
    '## Where the microseconds go',
    `${at}: ${turns} turns in process at ${Math.round(turnsPerSec)}/s under the profiler, which slows them. The event loop's thread is busy ${busyUsPerTurn} us and idle ${idleUsPerTurn} us per turn. Samples are of wall time: a system call during which another process takes the processor is counted with that time.`,
    '![Flame graph of W1 in one process](w1-flame.svg)',
    ['| part | us per turn |', '| --- | ---: |', ...rowsOf(Object.entries(parts))].join('\n'),
    [
      '| function | us per turn |',
      '| --- | ---: |',
      ...rowsOf(functions.map(({ name, usPerTurn }) => [`\`${name}\``, usPerTurn] as const)),
    ].join('\n'),
  ].join('\n\n');
}

const rowsOf = (entries: readonly (readonly [string, number])[]) =>
  entries.map(([name, value]) => `| ${name} | ${value.toFixed(1)} |`);
