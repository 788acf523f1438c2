/** The lines of one comparison as a table, and as the ratios that the goals are about. */

export interface Line {
  readonly peer: string;
  readonly conversations: number;
  readonly turns: number;
  readonly turnsPerSec: number;
  readonly p50ms: number;
  readonly p99ms: number;
  readonly errors: number;
  readonly exact: string;
  readonly dedupe: string;
  readonly serial: string;
  readonly cpuUsPerTurn: Readonly<Record<string, number>>;
}

export interface Measured extends Line {
  readonly round: number;
  /** One-minute load average before the run. */
  readonly load: number;
  readonly model: number;
}

export const IN_PROCESS = 'Troupe actors, in process';
export const ON_NODES = 'Troupe actors, 2 nodes on NATS';
export const FLOOR = 'L1b2';
/** Peers that are durable runtimes, by how their names begin. The others are limits without a runtime. */
const DURABLE_PEERS = ['Restate', 'DBOS', 'LangGraph'];

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The best durable peer of a round, by turns per second. */
export function bestPeer(runs: readonly Measured[]): Measured | undefined {
  return runs
    .filter(run => DURABLE_PEERS.some(name => run.peer.startsWith(name)))
    .sort((a, b) => b.turnsPerSec - a.turnsPerSec)[0];
}

export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** A figure of one system divided by that of another of the same round; undefined when either never ran. */
export function ratio(
  runs: readonly Measured[],
  model: number,
  peer: string,
  of: (round: readonly Measured[]) => Measured | undefined,
  figure: (run: Measured) => number = run => run.turnsPerSec,
): Ratio | undefined {
  const found: number[] = [];
  for (const run of runs.filter(each => each.model === model && each.peer === peer)) {
    const base = of(runs.filter(each => each.model === model && each.round === run.round));
    if (base) found.push(figure(run) / figure(base));
  }
  if (found.length === 0) return undefined;
  return { median: median(found), least: Math.min(...found), most: Math.max(...found) };
}

export const floorOf = (round: readonly Measured[]) => round.find(run => run.peer.startsWith(FLOOR));
export const cpuOfRun = (run: Line) => Object.values(run.cpuUsPerTurn).reduce((sum, each) => sum + each, 0);

export function checks(runs: readonly Line[]): string {
  const failures = [
    ...(runs.every(run => run.errors === 0) ? [] : ['errors']),
    ...(runs.every(run => run.exact === `${run.conversations}/${run.conversations}`) ? [] : ['exact']),
    ...(runs.every(run => run.dedupe === 'pass') ? [] : ['dedupe']),
    ...(runs.every(run => run.serial === 'pass') ? [] : ['serial']),
  ];
  return failures.length === 0 ? 'all hold' : `**fails: ${failures.join(', ')}**`;
}

export function comparisonTable(all: readonly Measured[], model: number): string {
  const runs = all.filter(run => run.model === model);
  const names = [...new Set(runs.map(run => run.peer))];
  const times = (found: Ratio | undefined, digits: number) => (found ? found.median.toFixed(digits) : '-');
  const rows = names
    .map(name => ({ name, own: runs.filter(run => run.peer === name) }))
    .sort((a, b) => median(b.own.map(run => run.turnsPerSec)) - median(a.own.map(run => run.turnsPerSec)))
    .map(({ name, own }) => {
      const rates = own.map(run => run.turnsPerSec);
      const cells = [
        name,
        `${Math.round(median(rates))} (${Math.round(Math.min(...rates))}-${Math.round(Math.max(...rates))})`,
        times(ratio(runs, model, name, bestPeer), 1),
        times(ratio(runs, model, name, floorOf), 2),
        median(own.map(run => run.p50ms)).toFixed(1),
        median(own.map(run => run.p99ms)).toFixed(1),
        String(Math.round(median(own.map(cpuOfRun)))),
        checks(own),
      ];
      return `| ${cells.join(' | ')} |`;
    });
  return [
    '| system | turns/s, median (range) | x best durable peer | x L1b2 | p50 ms | p99 ms | CPU us per turn | checks |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    ...rows,
  ].join('\n');
}
