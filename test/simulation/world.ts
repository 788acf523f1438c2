/** One schedule: a cluster, its database, its customers and its misfortunes, all drawn from one seed. */
import { Clients } from './clients.ts';
import { SimulatedDatabase } from './database.ts';
import { OutsideWorld } from './effects.ts';
import { heal, type Stage, scheduleFaults } from './faults.ts';
import { Invariants } from './invariants.ts';
import type { Mutation } from './mutations.ts';
import { Network } from './network.ts';
import { type Answer, type Request, SimulatedNode } from './node.ts';
import { Scheduler } from './scheduler.ts';

export interface Outcome {
  readonly seed: number;
  readonly violation: string | undefined;
  readonly historyHash: string;
  readonly history: readonly string[];
  readonly steps: number;
  /** Hashes of the abstract states that were reached. */
  readonly states: ReadonlySet<number>;
  /** From the end of the faults until nothing was left to do, milliseconds. */
  readonly healingMs: number;
}

/** Faults stop after this long. */
const FAULTS_MS = 15_000;
/** From then on something is written at least this often until nothing is owed any more, and all ends within ten times this. */
const HEALING_LIMIT_MS = 45_000;

export async function simulate(seed: number, mutation?: Mutation): Promise<Outcome> {
  const world = new Scheduler(seed);
  const database = new SimulatedDatabase(world, mutation);
  const outside = new OutsideWorld(world);
  const network = new Network<Request, Answer>(world);
  const invariants = new Invariants(database);
  database.listener = invariants;
  outside.onExecution = execution => invariants.executed(execution);
  outside.onceAgain = mutation === 'once-again';

  const views = new Map<string, readonly string[]>();
  const nodes: SimulatedNode[] = [];
  const viewOf = (name: string) => views.get(name) ?? nodes.map(node => node.id);
  const around = {
    world,
    database,
    outside,
    network,
    ttlMs: world.pick([1_500, 3_000, 5_000]),
    activationLimit: world.pick([1, 3, 100]),
    onState: invariants.told.bind(invariants),
    viewOf,
  };
  const count = 1 + Math.floor(world.random() * 3.5);
  for (let index = 0; index < count; index++)
    nodes.push(new SimulatedNode(`n${index}`, around, Math.round(world.between(-3_000, 3_000))));
  // Everybody learns late who is there, and not the same at the same time.
  const look = (name: string) => {
    const seen = nodes.filter(
      ({ id, up, process, stopping }) =>
        id === name || (up && !stopping && !process.paused && network.connected(id, name)),
    );
    if (seen.length > 0)
      views.set(
        name,
        seen.map(node => node.id),
      );
    world.at(world.between(100, 3_000), null, () => look(name));
  };
  for (const name of ['gateway', ...nodes.map(node => node.id)]) look(name);
  for (const node of nodes) world.at(world.between(0, 300), null, () => void node.start());

  const clients = new Clients(world, network, invariants, viewOf);
  const stage: Stage = { world, database, network, outside, nodes, clients };
  clients.begin(FAULTS_MS);
  scheduleFaults(stage, FAULTS_MS);
  let healed = false;
  world.at(FAULTS_MS, null, () => {
    healed = true;
    heal(stage);
    const settle = () => {
      clients.settle();
      world.at(1_000, null, settle);
    };
    settle();
  });

  const states = new Set<number>();
  let noted = '';
  const check = () => {
    const abstract = abstractState(stage, invariants);
    if (abstract !== noted) states.add(hashOf(abstract));
    noted = abstract;
  };
  const open = () =>
    invariants.open ??
    (clients.busy ? 'a client waits' : undefined) ??
    (database.transactions > 0 ? 'a transaction runs' : undefined) ??
    database.leases
      .filter(lease => lease.state === 'lost')
      .map(lease => `lease ${lease.epoch} is not recovered`)[0];
  await world.run(() => {
    if (invariants.violation) return true;
    if (!healed) return false;
    const left = open();
    if (left === undefined) return true;
    // Customers that have much left to say are no fault: what counts is that something still happens.
    const quietSince = Math.max(FAULTS_MS, invariants.lastCommitAt);
    if (world.now > Math.min(quietSince + HEALING_LIMIT_MS, FAULTS_MS + 10 * HEALING_LIMIT_MS))
      invariants.fail(`long after all faults ${left}`);
    return false;
  }, check);
  return {
    seed,
    violation: invariants.violation?.message,
    historyHash: world.historyHash,
    history: world.history,
    steps: world.steps,
    states,
    healingMs: world.now - FAULTS_MS,
  };
}

function abstractState({ nodes, database }: Stage, { actors }: Invariants): string {
  const parts = nodes.map(({ up, process, host }) =>
    up ? `${process.paused ? 'p' : 'u'}${Math.min(3, host.unfinished)}${Math.min(3, host.activations)}` : 'd',
  );
  parts.push(`${database.down ? 'x' : ''}${database.cutOff.size}${Math.min(3, database.transactions)}`);
  for (const { state, unfinishedRow } of actors.values()) {
    const { turn, window, waiting, status } = state;
    const calls = turn?.calls.map(call => call.status[0]).join('') ?? '';
    const holder = unfinishedRow ? (database.leases[unfinishedRow.epoch - 1]?.state ?? '') : '';
    parts.push(
      `${status[0]}${window ? 'w' : ''}${Math.min(3, waiting.length)}${turn ? (turn.asking ? 'a' : 't') : ''}${calls}${holder}`,
    );
  }
  return parts.join('|');
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
