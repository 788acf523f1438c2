/**
 * Reads the journal in commit order and hands it on: to JetStream for a cluster, to one consumer when embedded.
 *
 * Invariants:
 * 1. A row is handed on only when nothing can be committed before it any more (`OutboxStore.read`).
 * 2. One relay of a name works at a time, by a lease. One that lost it without knowing is stopped by the stream,
 *    which refuses what does not follow on its last message, and by the cursor, which it can no longer move.
 * 3. Where the stream can say what it holds, it is believed, not the cursor: after a crash nothing is published
 *    twice, and what a stream has lost is published again.
 */
import {
  BEGINNING,
  type CommitPosition,
  type EventStream,
  type OutboxStore,
  type RelayLease,
} from '../contracts/events.ts';
import { type Clock, fullJitter } from '../kernel/clock.ts';
import { describeError, type Log } from '../kernel/log.ts';

export interface RelayOptions {
  readonly name: string;
  /** This node: a restarted node takes its own lease up at once. */
  readonly holder: string;
  readonly store: OutboxStore;
  readonly stream: EventStream;
  readonly clock: Clock;
  readonly log: Log;
  readonly ttlMs: number;
  /** Every commit is told by `nudge`, for nobody else writes: without one there is nothing to look for. */
  readonly toldOfAll?: boolean;
}

/** Rows of one batch. */
const BATCH_ROWS = 256;
/** Pause after rows, when there may soon be more; it doubles while there are none. */
const BUSY_MS = 20;
const IDLE_MS = 500;
/** The same where it is told of every commit: in case one was not. */
const TOLD_IDLE_MS = 10_000;
/** The cursor follows at this distance: it is a hint where the stream knows better, and a repetition where not. */
const CURSOR_MS = 250;
/** An idle relay looks whether the stream still holds what it was given. */
const VERIFY_MS = 5_000;
const RETRY_BASE_MS = 50;
const RETRY_CAP_MS = 2_000;

export class Relay {
  readonly #options: RelayOptions;
  #lease: RelayLease | undefined;
  /** The last row handed on; undefined when the stream must be asked. */
  #position: CommitPosition | undefined;
  #savedAt = 0;
  #dirty = false;
  #verifiedAt = 0;
  #stopped = false;
  #nudged = false;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;
  /** When it last knew that nothing was left to hand on, or began to work. */
  #caughtUpAt: number | undefined;
  /** Nothing was left, and it would have been told of more. */
  #resting = false;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }
  /** Whether this relay holds the lease. */
  get active(): boolean {
    return this.#lease !== undefined;
  }

  /** Milliseconds since it had last handed on all that was committed; undefined while another relay works. */
  get lagMs(): number | undefined {
    if (this.#caughtUpAt === undefined) return undefined;
    return this.#resting ? 0 : this.#options.clock.monotonic() - this.#caughtUpAt;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Something was committed here. */
  nudge(): void {
    this.#nudged = true;
    this.#wake?.();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#running;
    const { store, name, log } = this.#options;
    if (!this.#lease) return;
    try {
      if (this.#position) await this.#save(this.#position);
      if (this.#lease) await store.release(name, this.#lease.epoch);
    } catch (error) {
      // The lease runs out by itself, and the rows since the last save are handed on again.
      log.warn('relay.release-failed', { relay: name, ...describeError(error) });
    }
  }

  async #run(): Promise<void> {
    const { log, name, ttlMs, toldOfAll = false } = this.#options;
    const mostIdleMs = toldOfAll ? TOLD_IDLE_MS : IDLE_MS;
    let failures = 0;
    let idleMs = BUSY_MS;
    while (!this.#stopped) {
      try {
        if (!(await this.#hold())) {
          await this.#wait(ttlMs / 3, false);
          continue;
        }
        const found = await this.#step();
        failures = 0;
        if (found === BATCH_ROWS) continue;
        if (this.#lease) this.#caughtUpAt = this.#options.clock.monotonic();
        idleMs = found > 0 ? BUSY_MS : Math.min(mostIdleMs, idleMs * 2);
        this.#resting = toldOfAll && this.#lease !== undefined && !this.#nudged;
        if (await this.#wait(idleMs, true)) idleMs = BUSY_MS;
        this.#resting = false;
      } catch (error) {
        log.warn('relay.failed', { relay: name, failures, ...describeError(error) });
        this.#position = undefined;
        await this.#wait(fullJitter(failures++, RETRY_BASE_MS, RETRY_CAP_MS), false);
      }
    }
  }

  /** Takes the lease and finds the place; false while another relay is at work. */
  async #hold(): Promise<boolean> {
    const { store, name, holder, ttlMs, stream, clock, log } = this.#options;
    if (this.#lease && this.#position) return true;
    this.#lease = await store.take(name, holder, ttlMs);
    if (!this.#lease) {
      this.#caughtUpAt = undefined;
      return false;
    }
    this.#caughtUpAt ??= clock.monotonic();
    let last = await stream.last();
    if (typeof last === 'object' && !(await store.holds(last))) {
      log.error('relay.stream-diverged', { relay: name, seq: last.seq });
      await stream.reset();
      last = await stream.last();
    }
    this.#position = last === 'empty' ? BEGINNING : last === 'unknown' ? this.#lease.position : last;
    this.#savedAt = clock.monotonic();
    this.#verifiedAt = clock.monotonic();
    return true;
  }

  /** Hands on what there is, one batch; gives the number of rows. */
  async #step(): Promise<number> {
    const { store, stream, clock, ttlMs } = this.#options;
    const rows = await store.read(this.#position!, BATCH_ROWS);
    if (rows.length > 0) {
      await stream.publish(rows);
      this.#position = rows.at(-1)!;
      this.#dirty = true;
      this.#verifiedAt = clock.monotonic();
    }
    const now = clock.monotonic();
    if (now - this.#savedAt > (this.#dirty ? CURSOR_MS : ttlMs / 3)) await this.#save(this.#position!);
    if (now - this.#verifiedAt > VERIFY_MS) await this.#verify();
    return rows.length;
  }

  async #save(position: CommitPosition): Promise<void> {
    const { store, name, ttlMs, clock, log } = this.#options;
    this.#savedAt = clock.monotonic();
    if (await store.advance(name, this.#lease!.epoch, position, ttlMs)) {
      this.#dirty = false;
      return;
    }
    log.info('relay.lease-lost', { relay: name });
    this.#lease = undefined;
    this.#position = undefined;
  }

  async #verify(): Promise<void> {
    this.#verifiedAt = this.#options.clock.monotonic();
    const last = await this.#options.stream.last();
    if (last === 'unknown' || !this.#position) return;
    const at = last === 'empty' ? BEGINNING : last;
    if (at.xid !== this.#position.xid || at.seq !== this.#position.seq || at.actor !== this.#position.actor) {
      this.#options.log.warn('relay.stream-lost-messages', { relay: this.#options.name });
      this.#position = undefined;
    }
  }

  /** True when it was nudged before the time was up. */
  #wait(ms: number, untilNudged: boolean): Promise<boolean> {
    if (this.#stopped) return Promise.resolve(false);
    if (untilNudged && this.#nudged) {
      this.#nudged = false;
      // Let the commits of a moment gather: each look costs a statement.
      ms = Math.min(ms, BUSY_MS / 4);
      untilNudged = false;
    }
    return new Promise(resolve => {
      const done = (nudged: boolean) => {
        timer.cancel();
        this.#wake = undefined;
        if (nudged) this.#nudged = false;
        resolve(nudged);
      };
      const timer = this.#options.clock.after(ms, () => done(false));
      this.#wake = () => {
        if (untilNudged || this.#stopped) done(true);
      };
    });
  }
}

/** The lag of each relay that works, by its name. */
export function lagsOf(relays: Iterable<Relay>): ReadonlyMap<string, number> {
  const lags = new Map<string, number>();
  for (const { name, lagMs } of relays) if (lagMs !== undefined) lags.set(name, lagMs);
  return lags;
}
