/**
 * Group commit: appends of many actors that are ready together share one transaction.
 *
 * Invariants:
 * 1. At most `inFlight` statements are under way, twice as many while they are few rows together: then the processor
 *    is not what is short, and a row need not wait for a slot. A batch leaves as soon as a slot is free, never by a timer.
 * 2. A batch holds at most one row per actor, sorted by key, so that two batches never deadlock.
 * 3. A caller hears `committed` only after the database has said so. When the connection broke, the same rows are
 *    appended again before anyone is told anything: asking what stands would not do, for the lost attempt may yet
 *    come through, but of two attempts at a sequence number one stands.
 */
import type { AppendResult, JournalRow, JournalStore } from '../../lib/contracts/journal.ts';

export type AppendOutcome =
  /** `xid` is undefined when an earlier attempt may have written the row. */
  | { readonly kind: 'committed'; readonly xid: bigint | undefined }
  | { readonly kind: 'lost' }
  | { readonly kind: 'failed'; readonly error: unknown };

interface Pending {
  readonly row: JournalRow;
  readonly done: (outcome: AppendOutcome) => void;
}

export interface GroupCommitOptions {
  /** Statements under way; twice as many may be while they hold fewer than `FEW_ROWS` together. */
  readonly inFlight?: number;
  readonly maxRows?: number;
  /** Appends again after an unknown outcome, this often at most, before saying `failed`. */
  readonly repeats?: number;
  /** Every row of a batch lost: the lease itself may be gone. */
  readonly onAllLost?: () => void;
  /** Waits before a repetition. */
  readonly pause: (attempt: number) => Promise<void>;
  /** Runs a task when what is ready in this turn of the event loop has run; the simulation gives its own. */
  readonly defer?: (task: () => void) => void;
}

const FEW_ROWS = 16;

export class GroupCommit {
  readonly #store: JournalStore;
  readonly #epoch: () => number;
  readonly #inFlight: number;
  readonly #maxRows: number;
  readonly #repeats: number;
  readonly #pause: (attempt: number) => Promise<void>;
  readonly #onAllLost: () => void;
  readonly #defer: (task: () => void) => void;
  #queue: Pending[] = [];
  #running = 0;
  #rowsUnderWay = 0;
  #started = 0;
  readonly #underWay = new Set<number>();
  #scheduled = false;

  constructor(store: JournalStore, epoch: () => number, options: GroupCommitOptions) {
    this.#store = store;
    this.#epoch = epoch;
    this.#inFlight = options.inFlight ?? 2;
    this.#maxRows = options.maxRows ?? 512;
    this.#repeats = options.repeats ?? 8;
    this.#pause = options.pause;
    this.#onAllLost = options.onAllLost ?? (() => {});
    this.#defer = options.defer ?? setImmediate;
  }

  append(row: JournalRow, done: (outcome: AppendOutcome) => void): void {
    this.#queue.push({ row, done });
    if (this.#scheduled || !this.#slotFree) return;
    this.#scheduled = true;
    this.#defer(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** Number of the newest batch. */
  get lastBatch(): number {
    return this.#started;
  }

  /** Whether every batch up to that number has been answered and its callers told. */
  settledUpTo(batch: number): boolean {
    for (const number of this.#underWay) if (number <= batch) return false;
    return true;
  }

  /** Rows that wait or are being written. */
  get depth(): number {
    return this.#queue.length + this.#running;
  }

  get #slotFree(): boolean {
    if (this.#running < this.#inFlight) return true;
    return this.#running < 2 * this.#inFlight && this.#rowsUnderWay < FEW_ROWS;
  }

  #pump(): void {
    while (this.#slotFree && this.#queue.length > 0) {
      const batch = this.#take();
      this.#running++;
      this.#rowsUnderWay += batch.length;
      const number = ++this.#started;
      this.#underWay.add(number);
      void this.#write(batch).finally(() => {
        this.#running--;
        this.#rowsUnderWay -= batch.length;
        this.#underWay.delete(number);
        this.#pump();
      });
    }
  }

  #take(): Pending[] {
    const waiting = this.#queue;
    const batch = waiting.length > this.#maxRows ? waiting.slice(0, this.#maxRows) : waiting;
    this.#queue = waiting.length > this.#maxRows ? waiting.slice(this.#maxRows) : [];
    batch.sort(compare);
    // An activation appends one row at a time, so a batch holds each actor once; a stale twin may add another.
    const twins = batch.filter((pending, i) => i > 0 && compare(batch[i - 1]!, pending) === 0);
    if (twins.length === 0) return batch;
    this.#queue = [...twins, ...this.#queue];
    return batch.filter((pending, i) => i === 0 || compare(batch[i - 1]!, pending) !== 0);
  }

  async #write(batch: readonly Pending[]): Promise<void> {
    const rows = batch.map(pending => pending.row);
    const epoch = this.#epoch();
    let failure: unknown;
    for (let attempt = 0; attempt <= this.#repeats; attempt++) {
      if (attempt > 0) await this.#pause(attempt - 1);
      let result: AppendResult;
      try {
        result = await this.#store.append(epoch, rows);
      } catch (error) {
        // The first error says most: later ones tell only that the database is still away.
        failure ??= error;
        continue;
      }
      const { losers, xid } = result;
      if (losers.size === rows.length) this.#onAllLost();
      const committed: AppendOutcome = { kind: 'committed', xid: attempt === 0 ? xid : undefined };
      batch.forEach((pending, index) => {
        pending.done(losers.has(index) ? LOST : committed);
      });
      return;
    }
    for (const pending of batch) pending.done({ kind: 'failed', error: failure });
  }
}

const LOST: AppendOutcome = { kind: 'lost' };

function compare({ row: a }: Pending, { row: b }: Pending): number {
  if (a.tenantId !== b.tenantId) return a.tenantId < b.tenantId ? -1 : 1;
  if (a.actor === b.actor) return 0;
  return a.actor < b.actor ? -1 : 1;
}
