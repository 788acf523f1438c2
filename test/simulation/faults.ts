/** What goes wrong, drawn from the seed. */
import type { Clients } from './clients.ts';
import type { SimulatedDatabase } from './database.ts';
import type { OutsideWorld } from './effects.ts';
import type { Network } from './network.ts';
import type { Answer, Request, SimulatedNode } from './node.ts';
import type { Scheduler } from './scheduler.ts';

export interface Stage {
  readonly world: Scheduler;
  readonly database: SimulatedDatabase;
  readonly network: Network<Request, Answer>;
  readonly outside: OutsideWorld;
  readonly nodes: readonly SimulatedNode[];
  readonly clients: Clients;
}

type Fault = (stage: Stage) => void;

const crash: Fault = ({ world, nodes }) => {
  const node = world.pick(nodes);
  if (!node.up) return;
  node.crash();
  if (world.chance(0.5))
    for (const other of nodes)
      if (other !== node && other.up)
        world.at(
          world.between(1, 60),
          other.process,
          () => void other.recovery.nodeGone(node.id).catch(() => {}),
        );
  world.at(world.between(50, 6_000), null, () => void node.start());
};

const pause: Fault = ({ world, nodes }) => {
  const { process, up } = world.pick(nodes);
  if (!up || process.paused) return;
  process.paused = true;
  world.note(`${process.name} paused`);
  world.at(world.between(50, world.chance(0.5) ? 9_000 : 800), null, () => {
    world.note(`${process.name} resumed`);
    world.resume(process);
  });
};

const cutFromDatabase: Fault = ({ world, nodes, database }) => {
  const { id } = world.pick(nodes);
  database.cutOff.add(id);
  world.note(`${id} cut off from the database`);
  world.at(world.between(50, 8_000), null, () => {
    database.cutOff.delete(id);
    world.note(`${id} reaches the database`);
  });
};

const cutNodes: Fault = ({ world, nodes, network }) => {
  const names = [...nodes.map(node => node.id), 'gateway'];
  const a = world.pick(names);
  const b = world.pick(names);
  network.cut(a, b);
  world.note(`${a} and ${b} cut off from each other`);
  world.at(world.between(50, 6_000), null, () => network.heal(a, b));
  // The messenger's server may take a cut for a death: then a living node is declared lost.
  const witness = nodes.find(node => node.id === b);
  if (witness?.up && a !== b && world.chance(0.3))
    world.at(world.between(1, 60), witness.process, () => void witness.recovery.nodeGone(a).catch(() => {}));
};

const outage: Fault = ({ world, database }) => {
  if (database.down) return;
  database.outage();
  world.at(world.between(20, world.chance(0.2) ? 12_000 : 2_000), null, () => {
    database.down = false;
    world.note('database up');
  });
};

const brokenConnections: Fault = ({ world, database }) => {
  database.breakage = world.between(0.05, 0.5);
  world.note(`connections break: ${database.breakage.toFixed(2)}`);
  world.at(world.between(100, 3_000), null, () => {
    database.breakage = 0;
  });
};

const slowCommits: Fault = ({ world, database }) => {
  database.slowMs = world.between(50, 600);
  world.note(`commits take ${database.slowMs.toFixed(0)} ms`);
  world.at(world.between(100, 4_000), null, () => {
    database.slowMs = 8;
  });
};

const lossyNetwork: Fault = ({ world, network }) => {
  network.lossy = world.between(0.05, 0.4);
  network.slowMs = world.between(4, 200);
  world.note(`messages are lost: ${network.lossy.toFixed(2)}`);
  world.at(world.between(100, 5_000), null, () => {
    network.lossy = 0;
    network.slowMs = 4;
  });
};

const brokenTools: Fault = ({ world, outside }) => {
  outside.breakage = world.between(0.1, 0.6);
  world.at(world.between(100, 4_000), null, () => {
    outside.breakage = 0;
  });
};

const evict: Fault = ({ world, nodes, clients }) => {
  const node = world.pick(nodes);
  if (!node.up || node.process.paused) return;
  for (const address of clients.addresses)
    if (node.host.evict(address)) world.note(`${node.id} evicts ${address.key}`);
};

const restart: Fault = ({ world, nodes }) => {
  const node = world.pick(nodes);
  if (!node.up || node.stopping || node.process.paused) return;
  void node.stop().then(() => world.at(world.between(50, 1_000), null, () => void node.start()));
};

const FAULTS: readonly Fault[] = [
  crash,
  crash,
  pause,
  pause,
  cutFromDatabase,
  cutNodes,
  outage,
  brokenConnections,
  brokenConnections,
  slowCommits,
  lossyNetwork,
  brokenTools,
  evict,
  restart,
];

/** Faults of some of the kinds, at random moments until `untilMs`. */
export function scheduleFaults(stage: Stage, untilMs: number): void {
  const { world } = stage;
  const kinds = FAULTS.filter(() => world.chance(0.6));
  if (kinds.length === 0) return;
  const meanGapMs = world.pick([150, 500, 1_500]);
  for (let at = world.between(0, 2 * meanGapMs); at < untilMs; at += world.between(0, 2 * meanGapMs))
    world.at(at, null, () => world.pick(kinds)(stage));
}

/** Ends every fault; nodes that are down come back by themselves. */
export function heal({ world, database, network, outside, nodes }: Stage): void {
  world.note('all faults end');
  database.down = false;
  database.breakage = 0;
  database.slowMs = 8;
  database.cutOff.clear();
  network.lossy = 0;
  network.slowMs = 4;
  outside.breakage = 0;
  for (const a of [...nodes.map(node => node.id), 'gateway']) for (const b of nodes) network.heal(a, b.id);
  for (const { process } of nodes) if (process.paused) world.resume(process);
}
