/**
 * The events of the journal on their way to consumers. One message is one row of the journal: the events that an
 * actor committed together.
 *
 * What both implementations keep (`lib/io/jetstream.ts`, `lib/io/local-events.ts`; test/suites/events.ts):
 * 1. Every committed row is delivered to every consumer at least once, in commit order unless one is given again.
 * 2. A batch whose handler fails is given again.
 * 3. What a consumer had taken when it stopped or died is not lost to its successor.
 * The consumer counts each row once itself (`lib/io/consumer.ts`): delivery is a hint, the journal is the record.
 */
import type { ActorKey } from './journal.ts';

/** A place in commit order: transactions by their number, rows of one transaction by their key. */
export interface CommitPosition extends ActorKey {
  /** Transaction number, decimal. */
  readonly xid: string;
  readonly seq: number;
}

export interface JournalMessage extends CommitPosition {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** JSON array of events; null when the row is too large to carry: read it from the journal. */
  readonly events: string | null;
}

export type Deliver = (batch: readonly JournalMessage[]) => Promise<void>;

export interface Subscription {
  /** Ends delivery; resolves when the batch under way has been handled. */
  stop(): Promise<void>;
}

export interface Events {
  /** Consumers of one name share the work, on however many nodes. */
  subscribe(consumer: string, deliver: Deliver): Promise<Subscription>;
  /** Something was committed on this node: look now rather than at the next poll. */
  nudge(): void;
  /** Takes a tenant's messages out of the stream; how many there were. Missing where events are read from the journal. */
  erase?(tenantId: string): Promise<number>;
  /** For each relay that works on this node: milliseconds since it had last handed on all that was committed. */
  lags(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Where the relay publishes to. */
export interface EventStream {
  /**
   * The last row that the stream holds; 'empty' when it never held any; 'unknown' when it held some and they have
   * passed away, so that only the relay's own cursor tells.
   */
  last(): Promise<CommitPosition | 'empty' | 'unknown'>;
  /**
   * Appends rows in this order, right after what `last` or the publish before has seen; rejects without a gap when
   * anyone else has appended meanwhile. Rows before the one that failed may stand.
   */
  publish(rows: readonly JournalMessage[]): Promise<void>;
  /** Empties the stream: it is another history than the journal’s. */
  reset(): Promise<void>;
}

export interface RelayLease {
  readonly epoch: number;
  readonly position: CommitPosition;
}

/** What the relay needs of the database. */
export interface OutboxStore {
  /** Takes or prolongs the lease on a cursor; undefined while another holds it. */
  take(name: string, holder: string, ttlMs: number): Promise<RelayLease | undefined>;
  /** Moves the cursor and prolongs the lease; false when the lease is someone else's by now. */
  advance(name: string, epoch: number, position: CommitPosition, ttlMs: number): Promise<boolean>;
  release(name: string, epoch: number): Promise<void>;
  /** Rows after a position that no transaction still running can precede, in commit order. */
  read(after: CommitPosition, limit: number): Promise<readonly JournalMessage[]>;
  /** Whether the journal has that row, written by that transaction. */
  holds(position: CommitPosition): Promise<boolean>;
  /** The name that this database's stream goes by. */
  streamId(name: string): Promise<string>;
}

export const BEGINNING: CommitPosition = { xid: '0', tenantId: '', actor: '', seq: 0 };
