/** The port that the actor runtime has to its journal. `lib/io/sql/journal.ts` is the real one; the simulation has its own. */

export interface JournalRow {
  readonly tenantId: string;
  readonly actor: string;
  readonly seq: number;
  /** Whether the actor owes effects after this row. */
  readonly unfinished: boolean;
  readonly commandId: string | null;
  /** JSON array of events. */
  readonly events: string;
  /** When the actor wants to be woken, milliseconds since the epoch; 0 for no longer; undefined where nothing changes. */
  readonly wakeAt?: number | undefined;
}

export interface AppendResult {
  /** Indexes of rows that lost: their sequence number or command id was there already. */
  readonly losers: ReadonlySet<number>;
  /**
   * The transaction of all rows that did not lose, for the low-water mark; undefined when an earlier attempt may have
   * written some of them.
   */
  readonly xid: bigint | undefined;
}

export interface StoredRow {
  readonly seq: number;
  readonly epoch: number;
  readonly unfinished: boolean;
  readonly commandId: string | null;
  readonly events: string;
}

export interface StoredActor {
  readonly snapshot: { readonly seq: number; readonly version: number; readonly state: string } | undefined;
  /** Rows from the snapshot's own on, in order; the first is the snapshot's when there is one. */
  readonly rows: readonly StoredRow[];
}

export interface ActorKey {
  readonly tenantId: string;
  readonly actor: string;
}

export interface SnapshotRow extends ActorKey {
  readonly seq: number;
  readonly version: number;
  readonly state: string;
}

export interface JournalStore {
  /**
   * Commits the rows that win; resolves when they are on disk. Rejects when the database cannot be reached:
   * then the outcome is unknown and `written` tells it. At most one row per actor in a call.
   */
  append(epoch: number, rows: readonly JournalRow[]): Promise<AppendResult>;
  /** Which of these rows stand as this epoch wrote them. */
  written(epoch: number, rows: readonly JournalRow[]): Promise<ReadonlySet<number>>;
  /** Stored actors in the order of the keys. */
  load(keys: readonly ActorKey[]): Promise<readonly StoredActor[]>;
  /** Rows of one actor from `fromSeq` on, at most `limit`: all of them, whatever the snapshot says. */
  history(key: ActorKey, fromSeq: number, limit: number): Promise<readonly HistoryRow[]>;
  /** The row that accepted a command, if there is one. */
  findCommand(key: ActorKey, commandId: string): Promise<number | undefined>;
  saveSnapshots(rows: readonly SnapshotRow[]): Promise<void>;
}

export interface HistoryRow extends StoredRow {
  /** Milliseconds since the epoch. */
  readonly at: number;
}
