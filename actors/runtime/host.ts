/**
 * The actors of one node: activates on demand, passivates the idle, forgets the ended.
 *
 * Invariants:
 * 1. At most one activation per address on a node.
 * 2. An unfinished actor belongs to the node that wrote its last row for as long as that node's lease lives;
 *    a finished one to whoever appends next. So activating never doubles an effect that runs elsewhere.
 */

import type { Clock } from '../../lib/kernel/clock.ts';
import { hasCode, TroupeError } from '../../lib/kernel/errors.ts';
import type { Log } from '../../lib/kernel/log.ts';
import { Activation } from './activation.ts';
import { Activator, type ActivatorOptions } from './activator.ts';
import { type Address, type AnyEffectHandler, actorName, type Tagged } from './actor-type.ts';
import { GroupCommit } from './group-commit.ts';
import { Revival } from './revival.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import { type Accepted, type Surroundings, stale, type Watch, type Watcher } from './surroundings.ts';
import { WatchedCheck } from './watched.ts';

export interface HostOptions extends ActivatorOptions {
  readonly handlers: Readonly<Record<string, AnyEffectHandler>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when a whole batch was refused: the lease may be lost. */
  readonly onAllLost?: () => void;
  readonly mailboxLimit: number;
  readonly activationLimit: number;
  readonly idlePassivationMs: number;
  /** Waits between attempts at the database; the simulation gives its own. */
  readonly pause: (attempt: number) => Promise<void>;
}

/** A passivated actor leaves a snapshot when so many rows have come since its last. */
const PASSIVATION_SNAPSHOT_ROWS = 16;
const STALE_ATTEMPTS = 4;
const REORDER_MS = 1_000;

export class ActorHost {
  readonly #options: HostOptions;
  readonly #commit: GroupCommit;
  readonly #activator: Activator;
  readonly #surroundings: Surroundings;
  /** In order of last use, the longest unused first. */
  readonly #activations = new Map<string, Activation>();
  readonly #activating = new Map<string, Promise<Activation>>();
  readonly #unfinished = new Set<Activation>();
  readonly #revival: Revival;
  readonly #snapshots: SnapshotWriter;
  readonly #watched: WatchedCheck;
  #draining = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#commit = new GroupCommit(options.store, options.epoch, {
      pause: options.pause,
      ...(options.onAllLost ? { onAllLost: options.onAllLost } : {}),
      ...(options.defer ? { defer: options.defer } : {}),
    });
    this.#activator = new Activator(options);
    this.#snapshots = new SnapshotWriter(options.store, options.log);
    this.#watched = new WatchedCheck(options.store);
    this.#revival = new Revival({
      log: options.log,
      pause: options.pause,
      adopt: async address => {
        await (await this.activate(address)).adopt();
      },
    });
    this.#surroundings = {
      commit: this.#commit,
      handlers: options.handlers,
      mailboxLimit: options.mailboxLimit,
      log: options.log,
      now: () => options.clock.monotonic(),
      saveSnapshot: row => this.#snapshots.push(row),
      findCommand: (activation, commandId) =>
        options.store.findCommand(
          { tenantId: activation.address.tenantId, actor: activation.actor },
          commandId,
        ),
      isNewest: async ({ address, actor, seq }) =>
        (await options.store.history({ tenantId: address.tenantId, actor }, seq + 1, 1)).length === 0,
      ended: activation => this.#ended(activation),
      revive: activation => this.#revival.add(activation.address),
      unfinishedChanged: activation => {
        if (activation.unfinished) this.#unfinished.add(activation);
        else this.#unfinished.delete(activation);
      },
    };
  }

  /**
   * Gives a command to an actor and resolves when its events are on disk. A command id that the actor has
   * accepted before writes nothing and answers where it stands.
   */
  submit(address: Address, commandId: string | null, command: Tagged): Promise<Accepted> {
    return new Promise((resolve, reject) => this.#submit(address, commandId, command, 1, resolve, reject));
  }

  /** Watches an actor, activating it if need be; gives the present state and a function that ends the watch. */
  watch(address: Address, watcher: Watcher): Watch | Promise<Watch> {
    const present = this.#present(address);
    return present
      ? watchOf(present, watcher)
      : this.activate(address).then(activation => watchOf(activation, watcher));
  }

  /** What an actor is now: one at rest in memory may have gone on elsewhere, so the journal is asked. */
  async inspect(
    address: Address,
  ): Promise<{ state: unknown; seq: number; mailbox: number; running: readonly string[] }> {
    const present = this.#present(address);
    if (present?.atRest && !(await this.#surroundings.isNewest(present)) && present.atRest)
      present.end(stale());
    const { state, seq, mailboxSize, runningEffects } = await this.activate(address);
    return { state, seq, mailbox: mailboxSize, running: runningEffects };
  }

  /** Takes an actor out of memory. One that owes effects is activated again at once and drives them anew. */
  evict(address: Address): boolean {
    const activation = this.#activations.get(keyOf(address));
    if (!activation) return false;
    const { unfinished } = activation;
    this.#passivate(activation, 1);
    if (unfinished) this.#revival.add(address);
    return true;
  }

  /**
   * Sees to it that the actor's unfinished work is taken up, and that it hears of its reminder when that is due: what
   * is at rest in memory may be long outdated.
   */
  async wake(address: Address): Promise<Activation> {
    const present = this.#activations.get(keyOf(address));
    if (present?.atRest) this.#passivate(present, PASSIVATION_SNAPSHOT_ROWS);
    const activation = await this.activate(address);
    const due = activation.type.wakeAt?.(activation.state);
    const now = this.#options.clock.now();
    if (due !== undefined && due <= now) await this.submit(address, null, activation.type.wake!(now));
    return activation;
  }

  activate(address: Address): Promise<Activation> {
    const key = keyOf(address);
    const present = this.#present(address);
    if (present) return Promise.resolve(present);
    let activating = this.#activating.get(key);
    if (!activating) {
      activating = this.#load(address, key).finally(() => this.#activating.delete(key));
      this.#activating.set(key, activating);
    }
    return activating;
  }

  /**
   * Smallest transaction that wrote the last row of an actor that owes effects; undefined when none does,
   * `unknown` when that of some actor is not known at the moment.
   */
  lowWater(): bigint | undefined | 'unknown' {
    // A draining node forgets what it leaves undone: the mark must not move past it.
    if (this.#draining || this.#revival.size > 0) return 'unknown';
    let least: bigint | undefined;
    for (const { lastXid } of this.#unfinished) {
      if (lastXid === undefined) return 'unknown';
      if (least === undefined || lastXid < least) least = lastXid;
    }
    return least;
  }

  get commit(): Pick<GroupCommit, 'lastBatch' | 'settledUpTo' | 'depth'> {
    return this.#commit;
  }
  get activations(): number {
    return this.#activations.size;
  }
  get unfinished(): number {
    return this.#unfinished.size;
  }

  /** Passivates what has been idle too long, and the longest idle beyond the limit. Called now and then. */
  sweep(): void {
    const oldest = this.#options.clock.monotonic() - this.#options.idlePassivationMs;
    let surplus = this.#activations.size - this.#options.activationLimit;
    for (const activation of this.#activations.values()) {
      if (surplus <= 0 && activation.lastUsed > oldest) break;
      if (!activation.idle) continue;
      this.#passivate(activation, PASSIVATION_SNAPSHOT_ROWS);
      surplus--;
    }
  }

  /** Ends what is watched here and has gone on elsewhere. Called now and then. */
  async checkWatched(): Promise<void> {
    await this.#watched.run(this.#activations.values());
  }

  /** The lease is gone: nothing that is in memory may be believed. What was unfinished is for others, or for our next lease. */
  dropAll(error: TroupeError): void {
    for (const activation of [...this.#activations.values()]) activation.end(error);
  }

  /** Takes no new actors, waits until nothing is owed or `deadlineMs` has passed, then leaves memory. Returns how many may stay unfinished. */
  async drain(deadlineMs: number, poll: () => Promise<void>): Promise<number> {
    this.#draining = true;
    this.#revival.stop();
    const end = this.#options.clock.monotonic() + deadlineMs;
    while ((this.#unfinished.size > 0 || this.#commit.depth > 0) && this.#options.clock.monotonic() < end)
      await poll();
    // A row that is still on its way may owe effects too.
    const left = this.#unfinished.size + this.#revival.size + this.#commit.depth;
    this.dropAll(new TroupeError('unavailable', 'This node is stopping; ask again', { retryAfter: 1 }));
    await this.#snapshots.settled();
    return left;
  }

  #present(address: Address): Activation | undefined {
    const key = keyOf(address);
    const activation = this.#activations.get(key);
    // The order of use is kept to the second: finer would cost each command and change nothing for `sweep`.
    if (activation && this.#options.clock.monotonic() - activation.lastUsed > REORDER_MS) {
      this.#activations.delete(key);
      this.#activations.set(key, activation);
    }
    return activation;
  }

  #submit(
    address: Address,
    commandId: string | null,
    command: Tagged,
    attempt: number,
    resolve: (accepted: Accepted) => void,
    reject: (error: unknown) => void,
  ): void {
    const refused = (error: unknown) => {
      if (!hasCode(error, 'activation-stale') || attempt >= STALE_ATTEMPTS) return reject(error);
      this.#recorded(address, commandId).then(accepted => {
        if (accepted) resolve(accepted);
        else this.#submit(address, commandId, command, attempt + 1, resolve, reject);
      }, reject);
    };
    const present = this.#present(address);
    if (present) present.submit(commandId, command, resolve, refused);
    else
      this.activate(address).then(
        activation => activation.submit(commandId, command, resolve, refused),
        reject,
      );
  }

  /** Where a command stands that another activation may have accepted. */
  async #recorded(address: Address, commandId: string | null): Promise<Accepted | undefined> {
    if (commandId === null) return undefined;
    const key = { tenantId: address.tenantId, actor: actorName(address) };
    const seq = await this.#options.store.findCommand(key, commandId);
    if (seq === undefined) return undefined;
    return { seq, duplicate: true, state: (await this.activate(address)).state };
  }

  async #load(address: Address, key: string): Promise<Activation> {
    if (this.#draining)
      throw new TroupeError('unavailable', 'This node is stopping; ask again', { retryAfter: 1 });
    const loaded = await this.#activator.load(address);
    const activation = new Activation(address, loaded.type, this.#surroundings, loaded);
    this.#activations.set(key, activation);
    if (loaded.unfinished) {
      this.#unfinished.add(activation);
      activation.adopt().catch(() => {}); // an adoption that fails is seen to by `revive`
    }
    return activation;
  }

  #passivate(activation: Activation, leastRows: number): void {
    const snapshot = activation.snapshotDue(leastRows);
    if (snapshot) this.#snapshots.push(snapshot);
    activation.end(new TroupeError('activation-stale', 'This actor has left memory; ask again'));
  }

  #ended(activation: Activation): void {
    const key = keyOf(activation.address);
    if (this.#activations.get(key) === activation) this.#activations.delete(key);
    this.#unfinished.delete(activation);
  }
}

function watchOf(activation: Activation, watcher: Watcher): Watch {
  const stop = activation.watch(watcher);
  return { state: activation.state, seq: activation.seq, stop };
}

function keyOf(address: Address): string {
  return `${address.tenantId} ${address.type}/${address.key}`;
}
