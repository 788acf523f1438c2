/** A node of the simulated cluster: the real host and recovery, on ports of the simulated world. */
import { conversationActor } from '../../actors/conversation/conversation.actor.ts';
import type { ConversationCommand } from '../../actors/conversation/state.ts';
import { type Address, parseActorName } from '../../actors/runtime/actor-type.ts';
import { ActorHost } from '../../actors/runtime/host.ts';
import { Recovery } from '../../actors/runtime/recovery.ts';
import type { Accepted } from '../../actors/runtime/surroundings.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { fullJitter } from '../../lib/kernel/clock.ts';
import { hasCode, type TroupeError } from '../../lib/kernel/errors.ts';
import type { Log } from '../../lib/kernel/log.ts';
import { placeOn } from '../../lib/moleculer/rendezvous.ts';
import type { SimulatedDatabase } from './database.ts';
import type { OutsideWorld } from './effects.ts';
import type { Network } from './network.ts';
import type { Process, Scheduler } from './scheduler.ts';
import { journalOf, leasesOf } from './stores.ts';

export interface Request {
  readonly kind: 'submit' | 'wake' | 'inspect';
  readonly address: Address;
  readonly commandId: string | null;
  readonly command: ConversationCommand | null;
  readonly forwarded: boolean;
}
export type Answer = Pick<Accepted, 'seq' | 'duplicate'>;

export interface Surroundings {
  readonly world: Scheduler;
  readonly database: SimulatedDatabase;
  readonly outside: OutsideWorld;
  readonly network: Network<Request, Answer>;
  readonly ttlMs: number;
  readonly activationLimit: number;
  /** Told of every state that a node gives out: it must be the fold of what is on disk. */
  readonly onState: (node: string, address: Address, seq: number, state: unknown) => void;
  /** Nodes that a process believes to be there. */
  readonly viewOf: (name: string) => readonly string[];
}

export function placementKey(address: Address): string {
  return `${address.tenantId} ${address.key}`;
}

export class SimulatedNode {
  readonly id: string;
  readonly #around: Surroundings;
  readonly #skewMs: number;
  process: Process;
  host!: ActorHost;
  recovery!: Recovery;
  up = false;
  stopping = false;

  constructor(id: string, around: Surroundings, skewMs: number) {
    this.id = id;
    this.#around = around;
    this.#skewMs = skewMs;
    this.process = around.world.process(id, skewMs);
  }

  async start(): Promise<void> {
    const { world, database, outside, network, ttlMs, activationLimit } = this.#around;
    this.process = world.process(this.id, this.#skewMs);
    const { process } = this;
    const clock: Clock = world.clock(process);
    const log = this.#log();
    const leases = leasesOf(database, process, () => world.now);
    const recovery: Recovery = new Recovery({
      nodeId: this.id,
      leases,
      get host() {
        return host;
      },
      clock,
      log,
      ttlMs,
      alone: false,
      wake: async key => {
        const address = parseActorName(key.tenantId, key.actor);
        await this.#send(address, {
          kind: 'wake',
          address,
          commandId: null,
          command: null,
          forwarded: false,
        });
      },
    });
    const host = new ActorHost({
      types: [conversationActor],
      handlers: outside.handlers(process),
      store: journalOf(database, process),
      clock,
      log,
      epoch: () => recovery.epoch,
      holderOf: leases.holderOf,
      onAllLost: () => recovery.suspect(),
      mailboxLimit: 16,
      activationLimit,
      idlePassivationMs: world.pick([2_000, 60_000]),
      pause: attempt => world.sleep(20 + fullJitter(attempt, 50, 2_000, world.random), process),
      defer: task => world.at(0, process, task),
    });
    this.host = host;
    this.recovery = recovery;
    this.stopping = false;
    world.note(`${this.id} starts`);
    try {
      await recovery.start();
    } catch {
      // The supervisor starts it again.
      process.alive = false;
      world.at(world.between(200, 1_000), null, () => void this.start());
      return;
    }
    this.up = true;
    world.note(`${this.id} up, epoch ${recovery.epoch}`);
    network.listen(this.id, { process, handle: request => this.#handle(request) });
    const tick = () => {
      host.sweep();
      world.at(1_000, process, tick);
    };
    tick();
    await recovery.sweep().catch(() => {});
  }

  crash(): void {
    this.process.alive = false;
    this.up = false;
    this.#around.world.note(`${this.id} crashes`);
  }

  /** Stops in good order: what runs is finished or left for others. */
  async stop(): Promise<void> {
    const { world } = this.#around;
    const { process } = this;
    this.stopping = true;
    world.note(`${this.id} drains`);
    const left = await this.host.drain(world.between(10, 3_000), () => world.sleep(20, process));
    await this.recovery.stop(left > 0).catch(() => {});
    this.crash();
  }

  #send(address: Address, request: Request): Promise<Answer> {
    const { network, viewOf } = this.#around;
    const to = placeOn(placementKey(address), viewOf(this.id));
    if (to === this.id) return this.#handle(request);
    return network.call(this.process, this.id, to, request);
  }

  async #handle(request: Request): Promise<Answer> {
    try {
      return await this.#perform(request);
    } catch (error) {
      const nodeId = hasCode(error, 'activation-elsewhere') ? (error as TroupeError).data.nodeId : undefined;
      if (typeof nodeId !== 'string' || nodeId === this.id || request.forwarded) throw error;
      return await this.#around.network.call(this.process, this.id, nodeId, { ...request, forwarded: true });
    }
  }

  async #perform({ kind, address, commandId, command }: Request): Promise<Answer> {
    const { onState, world } = this.#around;
    const told = (seq: number, state: unknown) => onState(this.id, address, seq, state);
    if (kind === 'submit') {
      if (world.chance(0.3)) await this.#watch(address);
      const { seq, duplicate, state } = await this.host.submit(address, commandId, command!);
      if (!duplicate) told(seq, state);
      return { seq, duplicate };
    }
    if (kind === 'wake') return { seq: (await this.host.wake(address)).seq, duplicate: false };
    const { seq, state } = await this.host.inspect(address);
    told(seq, state);
    return { seq, duplicate: false };
  }

  /** As a caller does that waits for an answer. */
  async #watch(address: Address): Promise<void> {
    const { onState, world } = this.#around;
    const watch = await this.host.watch(address, note => {
      if (note.kind === 'committed') onState(this.id, address, note.seq, note.state);
    });
    onState(this.id, address, watch.seq, watch.state);
    world.at(world.between(100, 4_000), this.process, watch.stop);
  }

  #log(): Log {
    const { world } = this.#around;
    const line = (event: string, fields: object = {}) => {
      const { at: _stack, ...facts } = fields as Record<string, unknown>;
      world.note(`${this.id} ${event} ${JSON.stringify(facts).slice(0, 160)}`);
    };
    return { debug: line, info: line, warn: line, error: line };
  }
}
