/**
 * Writes decisions of many requests together: what comes while one statement is under way goes with the next.
 * Invariant: a promise that resolves means the decision is committed; the log holds a bounded number of them.
 */
import { sleep } from '../../kernel/clock.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { Database } from '../database.ts';
import { type DecisionRow, insertDecisions } from '../sql/routing.ts';

const AT_ONCE = 200;
/** Between two writes: what comes meanwhile goes with the next, and a transaction costs more than its rows. */
const GATHER_MS = 50;
const MOST_WAITING = 10_000;

interface Waiting {
  readonly row: DecisionRow;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class DecisionLog {
  readonly #database: Database;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Rejects with `overloaded` when too many wait already, or with what the database says. */
  append(row: DecisionRow): Promise<void> {
    if (this.#waiting.length >= MOST_WAITING)
      return Promise.reject(
        new TroupeError('overloaded', 'Too many decisions wait to be written', { retryAfter: 1 }),
      );
    return new Promise((resolve, reject) => {
      this.#waiting.push({ row, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, AT_ONCE);
      try {
        await insertDecisions(
          this.#database,
          batch.map(({ row }) => row),
        );
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      await sleep(GATHER_MS);
    }
    this.#writing = undefined;
  }
}
