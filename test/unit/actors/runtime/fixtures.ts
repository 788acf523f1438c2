/** A counter as an actor, and a journal in memory whose answers a test decides. */
import type { ActorType, Address } from '../../../../actors/runtime/actor-type.ts';
import { ActorHost, type HostOptions } from '../../../../actors/runtime/host.ts';
import type { AppendResult, JournalRow, JournalStore, StoredRow } from '../../../../lib/contracts/journal.ts';
import { TroupeError } from '../../../../lib/kernel/errors.ts';
import type { Log } from '../../../../lib/kernel/log.ts';

type Command = { type: 'Add'; amount: number } | { type: 'Refuse' } | { type: 'Write'; text: string };
type Event = { type: 'Added'; amount: number } | { type: 'Written'; text: string };

/** Owes no effects; a negative sum is a defect of its journal. */
export const counter: ActorType<{ sum: number }, Command, Event, never> = {
  name: 'counter',
  snapshotVersion: 1,
  snapshotEvery: 100,
  initialState: () => ({ sum: 0 }),
  decide(command) {
    if (command.type === 'Refuse') throw new TroupeError('conflict', 'Never');
    if (command.type === 'Write') return [{ type: 'Written', text: command.text }];
    return command.amount === 0 ? [] : [{ type: 'Added', amount: command.amount }];
  },
  evolve: (state, event) => (event.type === 'Added' ? { sum: state.sum + event.amount } : state),
  react: () => [],
  effectFailed: () => ({ type: 'Refuse' }),
};

export const address = (key: string): Address => ({ tenantId: 'acme', type: 'counter', key });
export const add = (amount = 1): Command => ({ type: 'Add', amount });

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export class MemoryJournal implements JournalStore {
  readonly rows = new Map<string, StoredRow[]>();
  readonly appends: (readonly JournalRow[])[] = [];
  /** Runs before an append is answered; throws to break the connection, after or before the rows stand. */
  before: (rows: readonly JournalRow[]) => Promise<void> = async () => {};
  after: (rows: readonly JournalRow[]) => Promise<void> = async () => {};

  async append(epoch: number, rows: readonly JournalRow[]): Promise<AppendResult> {
    this.appends.push(rows);
    await this.before(rows);
    const losers = new Set<number>();
    rows.forEach((row, index) => {
      const stored = this.of(row.actor);
      const mine = stored.find(other => other.seq === row.seq);
      const known = row.commandId !== null && stored.some(other => other.commandId === row.commandId);
      if (mine ? mine.events !== row.events || mine.commandId !== row.commandId : known) losers.add(index);
      else if (!mine) stored.push({ ...row, epoch });
    });
    await this.after(rows);
    return { losers, xid: BigInt(this.appends.length) };
  }
  async written(): Promise<ReadonlySet<number>> {
    return new Set();
  }
  async load(keys: readonly { actor: string }[]) {
    return keys.map(({ actor }) => ({ snapshot: undefined, rows: [...this.of(actor)] }));
  }
  async history(key: { actor: string }, fromSeq: number, limit: number) {
    const rows = this.of(key.actor).filter(row => row.seq >= fromSeq);
    return rows.slice(0, limit).map(row => ({ ...row, at: 0 }));
  }
  async findCommand(key: { actor: string }, commandId: string) {
    return this.of(key.actor).find(row => row.commandId === commandId)?.seq;
  }
  async saveSnapshots() {}

  of(actor: string): StoredRow[] {
    let rows = this.rows.get(actor);
    if (!rows) {
      rows = [];
      this.rows.set(actor, rows);
    }
    return rows;
  }
}

export function hostOn(journal: JournalStore, over: Partial<HostOptions> = {}) {
  const time = { nowMs: 0 };
  const host = new ActorHost({
    types: [counter],
    handlers: {},
    store: journal,
    clock: { now: () => time.nowMs, monotonic: () => time.nowMs, after: () => ({ cancel() {} }) },
    log: silent,
    epoch: () => 1,
    holderOf: async () => undefined,
    mailboxLimit: 4,
    activationLimit: 3,
    idlePassivationMs: 60_000,
    pause: async () => {},
    ...over,
  });
  return { host, time };
}

/** Something to wait at, and what opens it. */
export function gate(): { passed: Promise<void>; open: () => void } {
  let open = () => {};
  const passed = new Promise<void>(resolve => {
    open = resolve;
  });
  return { passed, open };
}
