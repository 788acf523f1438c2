/**
 * The killer: draws faults from a seed and does them one after another in two lanes, one for nodes and one for
 * servers and partitions, so that two things may be wrong at once but never all nodes down. Each is noted with times.
 */
import { seededRandom, sleep } from '../../lib/kernel/clock.ts';
import type { CrashCluster, Worker } from './cluster.ts';

export interface Fault {
  readonly kind: string;
  /** The node, or the server. */
  readonly target: string;
  /** Milliseconds since the Unix epoch. */
  readonly begun: number;
  readonly ended: number;
}

const PAUSE_MS = 9_000;
const PARTITION_MS = 5_000;
/** A node that is started again after it was killed is down for at most this. */
const DOWN_MS = 5_000;

type Work = () => Promise<void>;
interface Drawn {
  readonly kind: string;
  readonly target: string;
  readonly work: Work;
}

export interface Killer {
  readonly faults: readonly Fault[];
  /** No further faults; resolves when the last is mended and every node is up. */
  stop(): Promise<void>;
}

export const NODE_FAULTS = ['kill', 'pause', 'stop'] as const;
export const OTHER_FAULTS = [
  'restart-nats',
  'restart-postgres',
  'restart-redis',
  'cut-nats',
  'cut-postgres',
  'blackhole-nats',
  'blackhole-postgres',
] as const;

/** `kinds`: the faults to draw from; kills are drawn more often than the others. */
export function startKiller(
  cluster: CrashCluster,
  seed: number,
  kinds: readonly string[],
  say: (text: string) => void,
): Killer {
  const ofNodes = ['kill', 'kill', ...NODE_FAULTS].filter(kind => kinds.includes(kind));
  const ofOthers = OTHER_FAULTS.filter(kind => kinds.includes(kind));
  const faults: Fault[] = [];
  let over = false;
  const lane = async (random: () => number, draw: () => Drawn | undefined, gapMs: number) => {
    await sleep(2_000 + random() * gapMs);
    while (!over) {
      const drawn = draw();
      if (!drawn) return;
      const { kind, target, work } = drawn;
      const begun = Date.now();
      say(`${kind} ${target}`);
      await work();
      faults.push({ kind, target, begun, ended: Date.now() });
      await sleep(1_000 + random() * gapMs);
    }
  };
  const nodes = seededRandom(seed * 2 + 1);
  const others = seededRandom(seed * 2 + 2);
  const lanes = Promise.all([
    lane(nodes, () => drawNodeFault(cluster, ofNodes, nodes), 5_000),
    lane(others, () => drawOtherFault(cluster, ofOthers, others), 7_000),
  ]);
  return {
    faults,
    async stop() {
      over = true;
      await lanes;
      await Promise.all(cluster.workers.map(worker => worker.untilUp()));
    },
  };
}

function pick<T>(from: readonly T[], random: () => number): T | undefined {
  return from[Math.floor(random() * from.length)];
}

function drawNodeFault(
  { workers }: CrashCluster,
  kinds: readonly string[],
  random: () => number,
): Drawn | undefined {
  const worker = pick(workers, random)!;
  const target = worker.id;
  const kind = pick(kinds, random);
  if (!kind) return undefined;
  const downMs = random() * DOWN_MS;
  if (kind === 'kill') return { kind, target, work: () => killed(worker, downMs) };
  if (kind === 'stop') return { kind, target, work: () => stopped(worker) };
  return {
    kind,
    target,
    async work() {
      worker.signal('SIGSTOP');
      await sleep(PAUSE_MS);
      worker.signal('SIGCONT');
    },
  };
}

async function killed(worker: Worker, downMs: number): Promise<void> {
  await worker.end('SIGKILL');
  await sleep(downMs);
  worker.start();
  await worker.untilUp().catch(() => {}); // the servers may be down as well: its supervisor goes on trying
}

async function stopped(worker: Worker): Promise<void> {
  await worker.end('SIGTERM');
  worker.start();
  await worker.untilUp().catch(() => {});
}

function drawOtherFault(
  { workers, postgres, nats, redis }: CrashCluster,
  kinds: readonly string[],
  random: () => number,
): Drawn | undefined {
  const worker = pick(workers, random)!;
  const kind = pick(kinds, random);
  if (!kind) return undefined;
  const downMs = random() * 2_000;
  const server = { 'restart-nats': nats, 'restart-postgres': postgres, 'restart-redis': redis }[kind];
  if (server) {
    return {
      kind,
      target: kind.slice('restart-'.length),
      async work() {
        await server.kill('SIGKILL');
        await sleep(downMs);
        await server.restart();
      },
    };
  }
  const proxy = kind.endsWith('nats') ? worker.nats : worker.postgres;
  return {
    kind,
    target: worker.id,
    async work() {
      proxy.cut(kind.startsWith('cut') ? 'refuse' : 'blackhole');
      await sleep(PARTITION_MS);
      proxy.heal();
    },
  };
}

/** Each node in turn told to stop in good order and started again, twice. */
export async function roll(cluster: CrashCluster, say: (text: string) => void): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const worker of [...cluster.workers, ...cluster.workers]) {
    const begun = Date.now();
    say(`stop ${worker.id}`);
    await worker.end('SIGTERM');
    worker.start();
    await worker.untilUp();
    faults.push({ kind: 'stop', target: worker.id, begun, ended: Date.now() });
    await sleep(3_000);
  }
  return faults;
}
