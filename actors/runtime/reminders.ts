/**
 * Wakes actors whose time has come, wherever they are placed. Any number of nodes may do it: each reminder is taken
 * by one, and again by any when the actor has not consumed it.
 */
import type { ActorKey } from '../../lib/contracts/journal.ts';
import type { ReminderStore } from '../../lib/contracts/reminders.ts';
import { type Clock, type Timer, untilLook } from '../../lib/kernel/clock.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';

export interface RemindersOptions {
  readonly store: ReminderStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly wake: (key: ActorKey) => Promise<void>;
  /** Time between looks while nothing is due: how late a reminder may be, besides the wake itself. */
  readonly pollMs?: number;
}

const POLL_MS = 500;
/** Reminders taken at once: all of them are woken side by side. */
const BATCH = 64;

export class Reminders {
  readonly #options: RemindersOptions;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(options: RemindersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      if (this.#stopped) return;
      const { clock, pollMs = POLL_MS } = this.#options;
      this.#timer = clock.after(untilLook(clock, pollMs), () => this.start());
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { store, wake, log } = this.#options;
    try {
      while (!this.#stopped) {
        const due = await store.takeDue(BATCH);
        await Promise.all(
          due.map(key =>
            wake(key).catch((error: unknown) =>
              log.warn('reminder.wake-failed', { actor: key.actor, ...describeError(error) }),
            ),
          ),
        );
        if (due.length < BATCH) return;
      }
    } catch (error) {
      log.warn('reminder.look-failed', describeError(error));
    }
  }
}
