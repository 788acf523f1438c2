/**
 * A consumer of the journal's events: counts each row of each actor once, in order, in the transaction of its effect.
 *
 * Invariants:
 * 1. The position moves in the transaction of the effect: both stand or neither does.
 * 2. A row that was counted is skipped, one that is missing is read from the journal: delivery may repeat, reorder
 *    and lose.
 * 3. An event that cannot be processed goes to the dead letters after a stated number of attempts, alone: neither
 *    the rest of its row nor of its actor waits for it.
 */
import type { JournalMessage } from '../contracts/events.ts';
import { takeIn } from '../core/outbox/intake.ts';
import { occurrences, type Unreadable } from '../core/outbox/occurrences.ts';
import type { Occurred, Projection } from '../core/outbox/projection.ts';
import { fullJitter, sleep } from '../kernel/clock.ts';
import { TroupeError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { describeError, type Log } from '../kernel/log.ts';
import type { Database, Transaction } from './database.ts';
import {
  bury,
  clearConsumer,
  deadLetterById,
  deleteDeadLetter,
  lockConsumer,
  movePositions,
  oldestRunning,
  readJournalPage,
  readPositions,
  readRows,
  readSince,
} from './sql/consumers.ts';

/** A projection and where its rows are kept. */
export interface Keeper<Change> {
  readonly projection: Projection<Change>;
  write(tx: Transaction, tenantId: string, changes: readonly Change[]): Promise<void>;
  /** Removes every row of the tenant. */
  clear(tx: Transaction): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: consumers of whatever changes side by side
export type AnyKeeper = Keeper<any>;

/** Attempts at one row before its failing events are put aside. */
const ATTEMPTS = 5;
const RETRY_BASE_MS = 50;
const RETRY_CAP_MS = 2_000;
/** Rows read from the journal at once to close a gap, or in a rebuild. */
const PAGE = 500;
/** Changes written by one statement. */
const WRITE_ROWS = 1_000;

export class Consumer<Change> {
  readonly name: string;
  readonly #database: Database;
  readonly #keeper: Keeper<Change>;
  readonly #log: Log;
  readonly #pause: (attempt: number) => Promise<void>;

  constructor(
    database: Database,
    keeper: Keeper<Change>,
    log: Log,
    pause = (attempt: number) => sleep(fullJitter(attempt, RETRY_BASE_MS, RETRY_CAP_MS)),
  ) {
    this.name = keeper.projection.name;
    this.#database = database;
    this.#keeper = keeper;
    this.#log = log;
    this.#pause = pause;
  }

  /** Processes delivered rows. Rejects when the database cannot be reached: give them again. */
  async deliver(batch: readonly JournalMessage[]): Promise<void> {
    for (const [tenantId, rows] of Map.groupBy(batch, row => row.tenantId)) {
      try {
        await this.#process(tenantId, rows, false);
      } catch (error) {
        this.#log.info('consumer.batch-failed', { consumer: this.name, ...describeError(error) });
        for (const row of rows) await this.#persist(tenantId, row);
      }
    }
  }

  /** One row until it is done, or until its bad events have been put aside. */
  async #persist(tenantId: string, row: JournalMessage): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#process(tenantId, [row], attempt === ATTEMPTS);
      } catch (error) {
        if (attempt >= ATTEMPTS) throw error;
        await this.#pause(attempt);
      }
    }
  }

  async #process(tenantId: string, delivered: readonly JournalMessage[], putAside: boolean): Promise<void> {
    // A gap wider than a page takes several rounds; each moves on by a page at least.
    while (
      !(await this.#database.withTenant(tenantId, tx => this.#round(tx, tenantId, delivered, putAside)))
    ) {}
  }

  /** True when everything that was delivered has been processed. */
  async #round(
    tx: Transaction,
    tenantId: string,
    delivered: readonly JournalMessage[],
    putAside: boolean,
  ): Promise<boolean> {
    await lockConsumer(tx, tenantId, this.name);
    const actors = [...new Set(delivered.map(row => row.actor))];
    const { rows: ready, gaps } = takeIn(await readPositions(tx, this.name, actors), delivered);
    const rows = [...ready];
    let whole = true;
    for (const gap of gaps) {
      const read = await readRows(tx, tenantId, gap, PAGE);
      if (read.length === 0)
        throw new TroupeError('journal-corrupt', 'The stream tells of a row that the journal does not hold');
      whole &&= read.at(-1)!.seq === gap.to;
      rows.push(...read);
    }
    if (rows.length === 0) return true;
    const occurred = rows.flatMap(row => occurrences(row));
    if (putAside) await this.#applyEach(tx, tenantId, occurred);
    else await this.#apply(tx, tenantId, occurred);
    await movePositions(tx, tenantId, this.name, lastOf(rows));
    return whole;
  }

  async #apply(
    tx: Transaction,
    tenantId: string,
    occurred: readonly (Occurred | Unreadable)[],
  ): Promise<void> {
    const changes = new Map<string, Change>();
    for (const each of occurred) {
      if ('failure' in each) throw each.failure;
      this.#keeper.projection.fold(changes, each);
    }
    await this.#write(tx, tenantId, changes);
  }

  async #write(tx: Transaction, tenantId: string, changes: ReadonlyMap<string, Change>): Promise<void> {
    const rows = [...changes.values()];
    for (let from = 0; from < rows.length; from += WRITE_ROWS)
      await this.#keeper.write(tx, tenantId, rows.slice(from, from + WRITE_ROWS));
  }

  async #applyEach(
    tx: Transaction,
    tenantId: string,
    occurred: readonly (Occurred | Unreadable)[],
  ): Promise<void> {
    for (const each of occurred) {
      await tx.query('savepoint event');
      try {
        await this.#apply(tx, tenantId, [each]);
        await tx.query('release savepoint event');
      } catch (error) {
        await tx.query('rollback to savepoint event');
        await this.#bury(tx, tenantId, each, error, ATTEMPTS);
      }
    }
  }

  async #bury(
    tx: Transaction,
    tenantId: string,
    each: Occurred | Unreadable,
    error: unknown,
    attempts: number,
  ) {
    const { actor, seq, index } = each;
    const type = 'failure' in each ? '' : String(each.event.type).slice(0, 100);
    const code = codeOf(error);
    this.#log.error('consumer.dead-letter', { consumer: this.name, actor, seq, index, type, code });
    await bury(tx, tenantId, {
      id: newId('deadLetter'),
      consumer: this.name,
      actor,
      seq,
      index,
      type,
      code,
      attempts,
    });
  }

  /** Processes a dead letter's event now. Gives the code of the error when it fails again, undefined when it is done. */
  async replay(tenantId: string, id: string): Promise<string | undefined> {
    return await this.#database.withTenant(tenantId, async tx => {
      await lockConsumer(tx, tenantId, this.name);
      const letter = await deadLetterById(tx, id);
      if (!letter) throw new TroupeError('not-found', 'There is no dead letter of that id');
      const [row] = await readRows(
        tx,
        tenantId,
        { actor: letter.actor, from: letter.seq, to: letter.seq },
        1,
      );
      const each = row && occurrences(row)[letter.index];
      if (!each) throw new TroupeError('journal-corrupt', 'The journal no longer holds that event');
      await tx.query('savepoint event');
      try {
        await this.#apply(tx, tenantId, [each]);
        await deleteDeadLetter(tx, id);
        return undefined;
      } catch (error) {
        await tx.query('rollback to savepoint event');
        await this.#bury(tx, tenantId, each, error, 1);
        return codeOf(error);
      }
    });
  }

  /**
   * Makes the tenant's rows anew from the journal: folds it page by page without a lock, then, alone for a moment,
   * replaces the rows and adds what was committed meanwhile. Memory grows with the rows of the projection, not with
   * the journal. Gives the number of rows of the journal that were read.
   */
  async rebuild(tenantId: string): Promise<number> {
    const since = await this.#database.withTenant(tenantId, oldestRunning);
    const changes = new Map<string, Change>();
    const positions = new Map<string, number>();
    const bad: { each: Occurred | Unreadable; error: unknown }[] = [];
    let count = 0;
    const fold = (rows: readonly JournalMessage[]) => {
      count += rows.length;
      for (const row of rows) {
        positions.set(row.actor, row.seq);
        for (const each of occurrences(row)) {
          try {
            if ('failure' in each) throw each.failure;
            this.#keeper.projection.fold(changes, each);
          } catch (error) {
            bad.push({ each, error });
          }
        }
      }
    };
    for (let after = { actor: '', seq: 0 }; ; ) {
      const page = await this.#database.withTenant(tenantId, tx =>
        readJournalPage(tx, tenantId, after, PAGE),
      );
      fold(page);
      const last = page.at(-1);
      if (!last) break;
      after = last;
    }
    await this.#database.withTenant(tenantId, async tx => {
      await lockConsumer(tx, tenantId, this.name);
      await this.#keeper.clear(tx);
      await clearConsumer(tx, this.name);
      await movePositions(tx, tenantId, this.name, positions);
      for (;;) {
        const late = await readSince(tx, tenantId, this.name, since, PAGE);
        if (late.length === 0) break;
        fold(late);
        await movePositions(tx, tenantId, this.name, lastOf(late));
      }
      await this.#write(tx, tenantId, changes);
      for (const { each, error } of bad) await this.#bury(tx, tenantId, each, error, 1);
    });
    return count;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: consumers of whatever changes side by side
export type AnyConsumer = Consumer<any>;

function lastOf(rows: readonly JournalMessage[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const { actor, seq } of rows) last.set(actor, Math.max(seq, last.get(actor) ?? 0));
  return last;
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'internal';
}
