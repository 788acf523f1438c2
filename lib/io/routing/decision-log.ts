/**
 * Writes decisions of many requests together: what comes while one statement is under way goes with the next, and what
 * nobody waits for goes with what comes after it.
 * Invariant: a promise that resolves means the decision is committed; the log holds a bounded number of them.
 */
import { TroupeError } from '../../kernel/errors.ts';
import type { Database } from '../database.ts';
import { type DecisionRow, insertDecisions } from '../sql/routing.ts';

const AT_ONCE = 200;
/** Between two writes of what nobody waits for: a transaction costs more than its rows. */
const GATHER_MS = 50;
const MOST_WAITING = 10_000;

interface Waiting {
  readonly row: DecisionRow;
  readonly gather: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class DecisionLog {
  readonly #database: Database;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  /** Ends the pause between two writes. */
  #hurry: (() => void) | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * `gather`: nobody waits, so it may go with those that come after it. Rejects with `overloaded` when too many wait
   * already, or with what the database says.
   */
  append(row: DecisionRow, gather = false): Promise<void> {
    if (this.#waiting.length >= MOST_WAITING)
      return Promise.reject(
        new TroupeError('overloaded', 'Too many decisions wait to be written', { retryAfter: 1 }),
      );
    return new Promise((resolve, reject) => {
      this.#waiting.push({ row, gather, resolve, reject });
      this.#writing ??= this.#write();
      if (!gather) this.#hurry?.();
    });
  }

  async close(): Promise<void> {
    this.#hurry?.();
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
      if (this.#waiting.every(({ gather }) => gather)) await this.#pause();
    }
    this.#writing = undefined;
  }

  #pause(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(() => this.#hurry?.(), GATHER_MS);
      this.#hurry = () => {
        this.#hurry = undefined;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
