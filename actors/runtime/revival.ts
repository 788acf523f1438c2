/**
 * Actors that left memory with work undone, or with a row whose fate is not known. Each is activated again until
 * this node has written a row of its own after what was lost, or another node has the actor. Giving up would leave
 * it to chance: nobody else looks after it for as long as this node's lease lives.
 */
import { TroupeError } from '../../lib/kernel/errors.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';
import { type Address, actorName } from './actor-type.ts';

export interface RevivalOptions {
  readonly log: Log;
  readonly pause: (attempt: number) => Promise<void>;
  /** Activates the actor and has it write a row. */
  readonly adopt: (address: Address) => Promise<void>;
}

export class Revival {
  readonly #options: RevivalOptions;
  /** True when an actor is to be looked at once more after that. */
  readonly #waiting = new Map<string, boolean>();
  #stopped = false;

  constructor(options: RevivalOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(address: Address): void {
    const key = `${address.tenantId} ${actorName(address)}`;
    const begun = this.#waiting.has(key);
    this.#waiting.set(key, begun);
    if (!begun && !this.#stopped) void this.#takeUp(address, key);
  }

  /** What waits stays counted: it is for others now. */
  stop(): void {
    this.#stopped = true;
  }

  async #takeUp(address: Address, key: string): Promise<void> {
    const { pause, adopt, log } = this.#options;
    for (let attempt = 0; !this.#stopped; attempt++) {
      await pause(attempt);
      this.#waiting.set(key, false);
      try {
        await adopt(address);
      } catch (error) {
        log.warn('actor.revive-failed', { actor: actorName(address), attempt, ...describeError(error) });
        const ours = error instanceof TroupeError && error.retryable && error.code !== 'activation-elsewhere';
        if (ours) continue;
      }
      if (this.#waiting.get(key)) continue;
      if (!this.#stopped) this.#waiting.delete(key);
      return;
    }
  }
}
