/**
 * A node's lease, and the adoption of what dead nodes left unfinished.
 *
 * Invariants:
 * 1. A lease is declared lost before anything is adopted: from then on the dead node's appends are refused,
 *    so adopting too early costs time, never correctness.
 * 2. Adoption is an append to each actor (`Activation.adopt`): two survivors that try it do not both win.
 * 3. A lost life is `recovered` only when the journal shows nothing unfinished of it.
 */
import type { ActorKey } from '../../lib/contracts/journal.ts';
import type { LeaseStore } from '../../lib/contracts/leases.ts';
import type { Clock, Timer } from '../../lib/kernel/clock.ts';
import { hasCode, TroupeError } from '../../lib/kernel/errors.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import type { ActorHost } from './host.ts';

export interface RecoveryOptions {
  readonly nodeId: string;
  readonly leases: LeaseStore;
  readonly host: ActorHost;
  readonly clock: Clock;
  readonly log: Log;
  readonly ttlMs: number;
  /** No other node can exist: every other lease is dead. */
  readonly alone: boolean;
  /** Wakes an actor wherever it is placed now. */
  readonly wake: (key: ActorKey) => Promise<void>;
}

/** Actors woken side by side while adopting. */
const ADOPTION_WIDTH = 64;
const ADOPTION_BATCH = 1_000;

export class Recovery {
  readonly #options: RecoveryOptions;
  #epoch = 0;
  #timer: Timer | undefined;
  #stopped = false;
  #renewing: Promise<void> | undefined;
  #sweeping: Promise<void> | undefined;
  #sweepAgain = false;
  /** The last sweep left lost lives that are not recovered yet. */
  #leftLost = true;
  /** Transactions from here on may hold rows of ours; older ones are settled and known to the host. */
  #cap: { readonly oldest: bigint; readonly batch: number } | undefined;
  #settled: bigint | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  get epoch(): number {
    return this.#epoch;
  }

  async start(): Promise<void> {
    const { leases, nodeId, ttlMs, alone } = this.#options;
    // Two processes never bear one name: a former life of this one is over, whatever its lease says.
    await leases.declareLost([nodeId]);
    this.#epoch = await leases.register(nodeId, ttlMs);
    if (alone) await leases.declareOthersLost(this.#epoch);
    this.#schedule();
  }

  /** Renews now: called when appends are refused, to learn at once whether the lease is gone. */
  suspect(): void {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
  }

  /** Another node was seen to die: its lease need not run out first. */
  async nodeGone(nodeId: string): Promise<void> {
    await this.#options.leases.declareLost([nodeId]);
    await this.sweep();
  }

  /** Adopts what lost lives left. One sweep at a time; a call during one makes it run once more. */
  async sweep(): Promise<void> {
    if (this.#sweeping) {
      this.#sweepAgain = true;
      return await this.#sweeping;
    }
    this.#sweeping = this.#sweepOnce().finally(() => {
      this.#sweeping = undefined;
    });
    await this.#sweeping;
    if (this.#sweepAgain && !this.#stopped) {
      this.#sweepAgain = false;
      await this.sweep();
    }
  }

  async stop(leftUnfinished: boolean): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#renewing;
    await this.#sweeping;
    await this.#options.leases.end(this.#epoch, leftUnfinished);
  }

  #schedule(): void {
    if (this.#stopped) return;
    const { alone, ttlMs, clock } = this.#options;
    // With nobody there to declare it lost, renewing only moves the mark from which a next life reads the journal.
    this.#timer = clock.after(alone ? ttlMs : ttlMs / 3, () => {
      this.suspect();
      void Promise.allSettled([this.#renewing, this.#expire()]).then(() => this.#schedule());
    });
  }

  async #expire(): Promise<void> {
    if (this.#options.alone && !this.#leftLost) return;
    try {
      await this.#options.leases.declareLost([]);
      await this.sweep();
    } catch (error) {
      this.#options.log.warn('recovery.sweep-failed', describeError(error));
    }
  }

  async #renew(): Promise<void> {
    const { leases, ttlMs, host, nodeId, log } = this.#options;
    try {
      const oldest = await leases.renew(this.#epoch, ttlMs, this.#lowWater());
      if (oldest !== undefined) {
        // A batch may be committed while its answer is still on the way to the host: so this transaction
        // counts as the mark only when every batch begun by now has been answered.
        if (!this.#cap) this.#cap = { oldest, batch: host.commit.lastBatch };
        return;
      }
      log.warn('recovery.lease-lost', { epoch: this.#epoch });
      host.dropAll(new TroupeError('activation-stale', 'This node had lost its lease; ask again'));
      this.#cap = undefined;
      this.#settled = undefined;
      this.#epoch = await leases.register(nodeId, ttlMs);
    } catch (error) {
      log.warn('recovery.renew-failed', describeError(error));
    }
  }

  #lowWater(): bigint | undefined {
    const { host } = this.#options;
    if (this.#cap && host.commit.settledUpTo(this.#cap.batch)) {
      this.#settled = this.#cap.oldest;
      this.#cap = undefined;
    }
    const unfinished = host.lowWater();
    if (unfinished === 'unknown') return undefined;
    if (this.#settled === undefined || unfinished === undefined) return this.#settled;
    if (unfinished < this.#settled) return unfinished;
    return this.#settled;
  }

  async #sweepOnce(): Promise<void> {
    const { leases, log } = this.#options;
    const lost = await leases.lost();
    this.#leftLost = lost.length > 0;
    for (const epoch of lost) {
      const keys = await leases.unfinished(epoch, ADOPTION_BATCH);
      if (keys.length === 0) {
        await leases.recovered(epoch);
        continue;
      }
      log.info('recovery.adopting', { epoch, actors: keys.length });
      const queue = [...keys];
      await Promise.all(Array.from({ length: ADOPTION_WIDTH }, () => this.#adoptFrom(queue)));
      this.#sweepAgain ||= keys.length === ADOPTION_BATCH;
    }
  }

  async #adoptFrom(queue: ActorKey[]): Promise<void> {
    for (let key = queue.pop(); key && !this.#stopped; key = queue.pop()) {
      try {
        await this.#options.wake(key);
      } catch (error) {
        if (hasCode(error, 'activation-elsewhere')) continue;
        this.#options.log.warn('recovery.wake-failed', { actor: key.actor, ...describeError(error) });
      }
    }
  }
}
