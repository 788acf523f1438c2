/**
 * `make bench PEERS=<folder>`: W1 on us and on the systems that a user might choose instead, in rounds, each in fresh
 * processes with fresh servers. Ratios are taken within a round: what else the machine does changes between rounds.
 * A peer is a folder with a `run.mjs` that prints one JSON line. Writes docs/benchmarks/w1.md and w1.json.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bars } from './plot.ts';

interface Figures {
  readonly turnsPerSec: number;
  readonly p50ms: number;
  readonly p99ms: number;
  readonly errors: number;
  readonly exact: string;
  readonly dedupe: string;
  readonly serial: string;
  readonly cpuUsPerTurn: Readonly<Record<string, number>>;
}

interface System {
  readonly name: string;
  readonly kind: 'ours' | 'peer' | 'limit';
  readonly folder?: string;
  readonly environment: Readonly<Record<string, string>>;
}

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'docs/benchmarks');
const SYSTEMS: readonly System[] = [
  { name: 'Troupe, one process', kind: 'ours', environment: { NODES: '0' } },
  { name: 'Troupe, two nodes on NATS', kind: 'ours', environment: { NODES: '2' } },
  {
    name: 'L1b2: batched SQL, two phases, no runtime',
    kind: 'limit',
    folder: 'w1-floor',
    environment: { VARIANT: 'batch2' },
  },
  {
    name: 'Restate virtual object, 4 partitions',
    kind: 'peer',
    folder: 'w1-restate',
    environment: { RESTATE_PARTITIONS: '4' },
  },
  { name: 'DBOS workflow, 2 steps', kind: 'peer', folder: 'w1-dbos', environment: { STEPS: '2' } },
  { name: 'LangGraph JS, async', kind: 'peer', folder: 'w1-langgraph', environment: { DURABILITY: 'async' } },
];
const RUN_LIMIT_MS = 300_000;

const { values } = parseArgs({
  options: { peers: { type: 'string' }, rounds: { type: 'string', default: '3' } },
});
const peers = values.peers ?? '';
const present = SYSTEMS.filter(
  system => !system.folder || (peers && existsSync(join(peers, system.folder, 'node_modules'))),
);
for (const { name } of SYSTEMS.filter(system => !present.includes(system)))
  console.error(`left out: ${name} (give PEERS=<folder> with its packages installed)`);

function run(system: System): Promise<Figures> {
  const [command, args, cwd] = system.folder
    ? ['node', ['run.mjs'], join(peers, system.folder)]
    : [process.execPath, ['--disable-warning=ExperimentalWarning', 'bench/w1/w1.ts'], ROOT];
  // The peers run on the Node that their own packages were installed for.
  const path = system.folder
    ? (process.env.PATH ?? '')
        .split(':')
        .filter(part => !part.includes('node_modules'))
        .join(':')
    : process.env.PATH;
  const child = spawn(command as string, args as string[], {
    cwd: cwd as string,
    env: { ...process.env, PATH: path, ...system.environment },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: RUN_LIMIT_MS,
  });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('close', code => {
      const line = output.split('\n').find(text => text.startsWith('{'));
      if (line) resolve(JSON.parse(line) as Figures);
      else reject(new Error(`${system.name} gave no figures (code ${code})`));
    });
  });
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const cpuOf = (figures: Figures) => Object.values(figures.cpuUsPerTurn).reduce((sum, us) => sum + us, 0);

const results = new Map<string, Figures[]>(present.map(system => [system.name, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  const order = [...present.slice(round % present.length), ...present.slice(0, round % present.length)];
  for (const system of order) {
    const figures = await run(system);
    results.get(system.name)!.push(figures);
    console.error(
      `round ${round + 1}  ${system.name}: ${figures.turnsPerSec} turns/s, p99 ${figures.p99ms} ms, ${cpuOf(figures)} us CPU`,
    );
  }
}

/** Our figure over the best peer's, or over the limit's, round by round. */
function ratios(name: string, kind: 'peer' | 'limit'): number[] {
  return results.get(name)!.map((figures, round) => {
    const others = present
      .filter(system => system.kind === kind)
      .map(system => results.get(system.name)![round]!.turnsPerSec);
    return figures.turnsPerSec / Math.max(...others);
  });
}

const row = (system: System) => {
  const all = results.get(system.name)!;
  const speeds = all.map(figures => figures.turnsPerSec);
  const ratio = (kind: 'peer' | 'limit') => {
    if (system.kind !== 'ours' || !present.some(other => other.kind === kind)) return '';
    const each = ratios(system.name, kind);
    return `${median(each).toFixed(2)} (${Math.min(...each).toFixed(2)}-${Math.max(...each).toFixed(2)})`;
  };
  const last = all.at(-1)!;
  const checks = [
    `exact ${last.exact}`,
    `dedupe ${last.dedupe.slice(0, 4)}`,
    `serial ${last.serial.slice(0, 4)}`,
    `errors ${last.errors}`,
  ].join(', ');
  return `| ${system.name} | ${Math.round(median(speeds))} (${Math.round(Math.min(...speeds))}-${Math.round(Math.max(...speeds))}) | ${ratio('peer')} | ${ratio('limit')} | ${median(all.map(f => f.p50ms)).toFixed(1)} | ${median(all.map(f => f.p99ms)).toFixed(1)} | ${Math.round(median(all.map(cpuOf)))} | ${checks} |`;
};

const modelMs = process.env.MODEL_MS ?? '0';
const suffix = modelMs === '0' ? '' : `-${modelMs}ms`;
const table = `# W1: a durable conversation turn, model ${modelMs} ms

${process.env.W1_CONVERSATIONS ?? 1000} conversations of ${process.env.W1_TURNS ?? 10} turns, concurrency ${process.env.W1_CONCURRENCY ?? 64}; the accepted message is on disk before the model runs, the answer before the reply. ${values.rounds} rounds in rotating order on a shared machine with 2 cores: compare ratios within a round, never absolute numbers of different runs. Median (range). Made by \`make bench\`.

| system | turns/s | x best durable peer | x L1b2 | p50 ms | p99 ms | CPU us per turn, all processes | checks |
|---|---|---|---|---|---|---|---|
${present.map(row).join('\n')}

![turns per second](w1${suffix}.svg)
`;
mkdirSync(OUT, { recursive: true });
writeFileSync(join(OUT, `w1${suffix}.md`), table);
writeFileSync(join(OUT, `w1${suffix}.json`), `${JSON.stringify(Object.fromEntries(results), null, 1)}\n`);
writeFileSync(
  join(OUT, `w1${suffix}.svg`),
  bars(
    `Durable turns per second, model ${modelMs} ms`,
    present.map(system => ({
      label: system.name,
      value: median(results.get(system.name)!.map(f => f.turnsPerSec)),
      strong: system.kind === 'ours',
    })),
  ),
);
console.log(table);
