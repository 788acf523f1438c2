/** Writes snapshots behind the actors' backs, many in a statement. */
import type { JournalStore, SnapshotRow } from '../../lib/contracts/journal.ts';
import { describeError, type Log } from '../../lib/kernel/log.ts';

const MOST_ROWS = 256;

export class SnapshotWriter {
  readonly #store: JournalStore;
  readonly #log: Log;
  #queue: SnapshotRow[] = [];
  #writing: Promise<void> | undefined;

  constructor(store: JournalStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  push(row: SnapshotRow): void {
    this.#queue.push(row);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      // One row per actor in a statement: of several only the last matters.
      const latest = new Map(
        this.#queue.splice(0, MOST_ROWS).map(row => [`${row.tenantId} ${row.actor}`, row]),
      );
      try {
        await this.#store.saveSnapshots([...latest.values()]);
      } catch (error) {
        // A snapshot only saves reading: the journal is whole without it, and the next one will come.
        this.#log.warn('actor.snapshot-failed', { count: latest.size, ...describeError(error) });
      }
    }
  }
}
