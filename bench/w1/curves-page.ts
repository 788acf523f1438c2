/** The cost curves as plots and as a section of the page. */
import { type Panel, plot } from '../plot.ts';

export interface LoadPoint {
  readonly turnsPerSec: number;
  readonly p50ms: number;
  readonly p99ms: number;
  readonly cpuUsPerTurn: number;
  readonly activationP50ms: number;
  readonly errors: number;
}

export interface Curves {
  readonly at: string;
  readonly sleeping: readonly (LoadPoint & { readonly conversations: number })[];
  readonly history: readonly (LoadPoint & { readonly events: number })[];
  readonly nodes: readonly {
    readonly nodes: number;
    readonly turnsPerSec: number;
    readonly p50ms: number;
    readonly p99ms: number;
    readonly cpu: number;
  }[];
  readonly memory: {
    readonly conversations: number;
    readonly stateBytes: number;
    readonly activatedBytes: number;
    readonly afterTurnBytes: number;
    readonly beyondStateBytes: number;
  };
  readonly passivation: {
    readonly conversations: number;
    readonly limit: number;
    readonly turnsPerSec: number;
    readonly samples: readonly {
      readonly conversations: number;
      readonly rssMb: number;
      readonly heapMb: number;
      /** Heap after a collection. */
      readonly liveMb: number;
    }[];
  };
}

interface XY {
  readonly x: number;
  readonly turnsPerSec: number;
  readonly p50ms: number;
  readonly p99ms: number;
}

function panels(xLabel: string, points: readonly XY[], logX: boolean): Panel[] {
  const series = (name: string, y: (point: XY) => number) => ({
    name,
    points: points.map(point => [point.x, y(point)] as const),
  });
  return [
    {
      title: 'Turns per second',
      xLabel,
      yLabel: 'turns/s',
      logX,
      series: [series('turns/s', p => p.turnsPerSec)],
    },
    {
      title: 'Latency of a turn',
      xLabel,
      yLabel: 'ms',
      logX,
      series: [series('p99', p => p.p99ms), series('p50', p => p.p50ms)],
    },
  ];
}

/** The pictures by file name. */
export function curvePlots(curves: Curves): Readonly<Record<string, string>> {
  const { sleeping, history, nodes, passivation } = curves;
  const memory = (name: string, y: (sample: (typeof passivation.samples)[number]) => number) => ({
    name,
    points: passivation.samples.map(sample => [sample.conversations, y(sample)] as const),
  });
  return {
    'w1-sleeping.svg': plot(
      'Load on 1,000 conversations while others sleep',
      panels(
        'conversations in the journal',
        sleeping.map(p => ({ x: p.conversations, ...p })),
        true,
      ),
    ),
    'w1-history.svg': plot(
      'Load on 40 conversations with a long history',
      panels(
        'events in each conversation before the load',
        history.map(p => ({ x: p.events, ...p })),
        true,
      ),
    ),
    'w1-nodes.svg': plot(
      'Nodes on NATS, all on one machine of 2 processors',
      panels(
        'node processes',
        nodes.map(p => ({ x: p.nodes, ...p })),
        false,
      ),
    ),
    'w1-memory.svg': plot(
      `One turn in each of ${passivation.conversations.toLocaleString('en-US')} conversations, at most ${passivation.limit.toLocaleString('en-US')} in memory`,
      [
        {
          title: 'Memory of the process, load generator included',
          xLabel: 'conversations so far',
          yLabel: 'MiB',
          series: [
            memory('resident', s => s.rssMb),
            memory('heap in use', s => s.heapMb),
            memory('heap after a collection', s => s.liveMb),
          ],
        },
      ],
    ),
  };
}

export function curvesSection(curves: Curves): string {
  const { at, sleeping, history, nodes, memory, passivation } = curves;
  const table = (head: string, rows: readonly string[]) =>
    [head, head.replace(/[^|]+/g, ' ---: '), ...rows].join('\n');
  const loadRow = (x: number, p: LoadPoint) =>
    `| ${x.toLocaleString('en-US')} | ${Math.round(p.turnsPerSec)} | ${p.p50ms} | ${p.p99ms} | ${p.cpuUsPerTurn} | ${p.activationP50ms} | ${p.errors} |`;
  const columns =
    'turns/s | p50 ms | p99 ms | CPU us per turn | p50 ms of the turn that activates | errors |';
  const { samples } = passivation;
  const later = samples.slice(Math.floor(samples.length / 4));
  const range = (of: (sample: (typeof samples)[number]) => number) =>
    `${Math.min(...later.map(of))} to ${Math.max(...later.map(of))} MiB`;
  return [
    '## Cost curves',
    `${at}, shared 2-core machine, noisy. One run for each point, in a process of its own with a database of its own; in process unless it says nodes.`,
    '### Sleeping conversations',
    '![Turns per second and latency by the number of conversations](w1-sleeping.svg)',
    table(
      `| conversations | ${columns}`,
      sleeping.map(p => loadRow(p.conversations, p)),
    ),
    '### History',
    '![Turns per second and latency by the length of the history](w1-history.svg)',
    table(
      `| events | ${columns}`,
      history.map(p => loadRow(p.events, p)),
    ),
    '### Nodes',
    '![Turns per second and latency by the number of nodes](w1-nodes.svg)',
    table(
      '| nodes | turns/s | p50 ms | p99 ms | CPU us per turn |',
      nodes.map(
        p => `| ${p.nodes} | ${Math.round(p.turnsPerSec)} | ${p.p50ms} | ${p.p99ms} | ${Math.round(p.cpu)} |`,
      ),
    ),
    'Nodes share the processors with PostgreSQL, NATS and the load generator, so more of them add cost and no capacity here. 0 is in process, without NATS.',
    '### Memory',
    `An idle activation takes ${memory.activatedBytes} bytes of heap once it is read and ${memory.afterTurnBytes} after a turn, of which its state is ${memory.stateBytes}: **${memory.beyondStateBytes} bytes beyond the state** (goal: at most 4,096; ${memory.conversations} activations, after collection).`,
    '![Resident memory and heap over 100,000 conversations](w1-memory.svg)',
    `With at most ${passivation.limit.toLocaleString('en-US')} activations kept, one turn in each of ${passivation.conversations.toLocaleString('en-US')} conversations ran at ${Math.round(passivation.turnsPerSec)} turns/s; after the first quarter the heap after a collection was ${range(s => s.liveMb)}, resident memory ${range(s => s.rssMb)}.`,
  ].join('\n\n');
}
