/**
 * PostgreSQL as the actors see it, in virtual time: transactions that hold their keys until they commit, snapshots
 * taken when a statement begins, answers that are lost, outages. Semantics of migrations/0002_journal.sql and
 * later, lib/io/sql/journal.ts and lib/io/sql/leases.ts.
 */
import type { JournalRow, SnapshotRow, StoredActor } from '../../lib/contracts/journal.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { Mutation } from './mutations.ts';
import type { DatabaseListener, Lease, Row, Transaction } from './records.ts';
import type { Process, Scheduler } from './scheduler.ts';

type Reply<T> = (value: T) => void;

export class SimulatedDatabase {
  readonly #world: Scheduler;
  readonly #mutation: Mutation | undefined;
  readonly journal = new Map<string, Row[]>();
  readonly #commands = new Map<string, number>();
  readonly #snapshots = new Map<string, SnapshotRow>();
  readonly leases: Lease[] = [];
  readonly #running = new Set<Transaction>();
  readonly #holders = new Map<string, Transaction>();
  /** Epochs that a declaration waits for, and who waits for the declaration. */
  readonly #declaring = new Map<number, (() => void)[]>();
  /** Statements whose callers still wait: an outage breaks them all. */
  readonly #awaited = new Set<() => void>();
  #nextXid = 700n;
  #generation = 0;
  down = false;
  /** Names of processes that cannot reach it. */
  readonly cutOff = new Set<string>();
  /** Share of statements whose connection breaks under them. */
  breakage = 0;
  /** Longest time that a commit takes, milliseconds. */
  slowMs = 8;
  listener: DatabaseListener = { committed() {}, leaseChanged() {} };

  constructor(world: Scheduler, mutation: Mutation | undefined) {
    this.#world = world;
    this.#mutation = mutation;
  }

  get transactions(): number {
    return this.#running.size;
  }

  outage(): void {
    this.down = true;
    this.#generation++;
    for (const tx of [...this.#running])
      if (this.#world.chance(0.5)) this.#commit(tx);
      else this.#finish(tx);
    for (const fail of [...this.#awaited]) fail();
    this.#world.note('database down');
  }

  /** Carries a statement to the server and its answer back; either way may fail, the work in between may not. */
  statement<T>(process: Process, name: string, run: (reply: Reply<T>) => void): Promise<T> {
    const world = this.#world;
    return new Promise((resolve, reject) => {
      let settled = false;
      const settle = (after: number, act: () => void) => {
        if (settled) return;
        settled = true;
        this.#awaited.delete(broken);
        world.at(after, process, act);
      };
      const fail = (after: number) =>
        settle(after, () => reject(new TroupeError('unavailable', `The connection broke during ${name}`)));
      const broken = () => fail(world.between(1, 400));
      if (!this.#reachable(process)) return broken();
      this.#awaited.add(broken);
      const breaks = world.chance(this.breakage);
      // A server that has the text runs it, whether or not anyone still waits for the answer.
      const arrival = breaks && world.chance(0.5) ? world.between(0, 6_000) : world.between(0.2, 3);
      if (breaks) world.at(world.between(0.1, 300), null, () => fail(0));
      const generation = this.#generation;
      world.at(arrival, null, () => {
        const lost = () => this.down || generation !== this.#generation;
        if (lost() || (!breaks && !this.#reachable(process))) return fail(world.between(1, 400));
        run(value => {
          world.at(world.between(0.2, 3), null, () => {
            if (lost() || !this.#reachable(process)) return fail(world.between(1, 400));
            settle(0, () => resolve(value));
          });
        });
      });
    });
  }

  append(epoch: number, rows: readonly JournalRow[], reply: Reply<{ appended: number; xid: bigint }>): void {
    const queue = this.#declaring.get(epoch);
    if (queue) {
      queue.push(() => this.append(epoch, rows, reply));
      return;
    }
    const tx: Transaction = { xid: this.#nextXid++, epoch, rows: [], keys: [], waiters: [] };
    const alive =
      this.#mutation === 'epoch-unchecked' || this.leases.find(l => l.epoch === epoch)?.state === 'alive';
    this.#running.add(tx);
    const answer = () => reply({ appended: tx.rows.length, xid: tx.xid });
    const insert = (index: number): void => {
      if (!this.#running.has(tx)) return;
      const row = rows[index];
      if (!row || !alive) {
        const early = this.#mutation === 'early-acknowledge';
        if (early) answer();
        this.#world.at(this.#commitTime(), null, () => {
          if (!this.#running.has(tx)) return;
          this.#commit(tx);
          if (!early) answer();
        });
        return;
      }
      const name = `${row.tenantId} ${row.actor}`;
      const seq =
        this.#mutation === 'sequence-unchecked' ? (this.journal.get(name)?.length ?? 0) + 1 : row.seq;
      const keys = [`${name} ${seq}`];
      if (row.commandId !== null && this.#mutation !== 'command-unchecked')
        keys.push(`${name} id ${row.commandId}`);
      const holder = keys
        .map(key => this.#holders.get(key))
        .find(other => other !== undefined && other !== tx);
      if (holder) {
        holder.waiters.push(() => insert(index));
        return;
      }
      if (!this.#taken(name, seq, row)) {
        for (const key of keys) this.#holders.set(key, tx);
        tx.keys.push(...keys);
        if (this.#mutation !== 'adoption-unwritten' || row.events !== '[]')
          tx.rows.push({ ...row, seq, epoch, xid: tx.xid, at: Math.round(this.#world.now) });
      }
      insert(index + 1);
    };
    insert(0);
  }

  #taken(name: string, seq: number, row: JournalRow): boolean {
    const known = row.commandId !== null && this.#commands.has(`${name} id ${row.commandId}`);
    return (
      (this.#rowAt(name, seq) !== undefined && this.#mutation !== 'sequence-unchecked') ||
      (known && this.#mutation !== 'command-unchecked')
    );
  }

  #rowAt(name: string, seq: number): Row | undefined {
    return this.journal.get(name)?.find(row => row.seq === seq);
  }

  written(epoch: number, rows: readonly JournalRow[]): ReadonlySet<number> {
    const found = new Set<number>();
    rows.forEach((row, index) => {
      const stored = this.#rowAt(`${row.tenantId} ${row.actor}`, row.seq);
      if (this.#mutation === 'adoption-unwritten' && row.events === '[]') found.add(index);
      if (!stored) return;
      const same =
        stored.epoch === epoch && stored.commandId === row.commandId && stored.events === row.events;
      if (same || this.#mutation === 'content-unchecked') found.add(index);
    });
    return found;
  }

  load(tenantId: string, actor: string): StoredActor {
    const snapshot = this.#snapshots.get(`${tenantId} ${actor}`);
    const rows = this.history(tenantId, actor, snapshot?.seq ?? 1, Number.POSITIVE_INFINITY);
    return {
      snapshot: snapshot && { seq: snapshot.seq, version: snapshot.version, state: snapshot.state },
      rows,
    };
  }

  history(tenantId: string, actor: string, fromSeq: number, limit: number): Row[] {
    const rows = this.journal.get(`${tenantId} ${actor}`) ?? [];
    return rows.filter(row => row.seq >= fromSeq).slice(0, limit);
  }

  findCommand(tenantId: string, actor: string, commandId: string): number | undefined {
    return this.#commands.get(`${tenantId} ${actor} id ${commandId}`);
  }

  saveSnapshots(rows: readonly SnapshotRow[]): void {
    for (const row of rows) {
      const name = `${row.tenantId} ${row.actor}`;
      if ((this.#snapshots.get(name)?.seq ?? 0) < row.seq) this.#snapshots.set(name, row);
    }
  }

  register(nodeId: string, ttlMs: number): number {
    const lease: Lease = {
      epoch: this.leases.length + 1,
      nodeId,
      state: 'alive',
      expiresAt: this.#world.now + ttlMs,
      lowWater: this.#nextXid++,
    };
    this.leases.push(lease);
    return lease.epoch;
  }

  renew(epoch: number, ttlMs: number, lowWater: bigint | undefined): bigint | undefined {
    let oldest = this.#nextXid;
    for (const tx of this.#running) if (tx.xid < oldest) oldest = tx.xid;
    const lease = this.leases[epoch - 1];
    this.#nextXid++;
    if (lease?.state !== 'alive') return undefined;
    lease.expiresAt = this.#world.now + ttlMs;
    lease.lowWater = this.#mutation === 'low-water-high' ? oldest : (lowWater ?? lease.lowWater);
    this.listener.leaseChanged(lease);
    return oldest;
  }

  /** Waits for the appends of those lives that are under way, so that none is seen after it. */
  declare(doomed: (lease: Lease) => boolean, to: 'lost' | 'recovered', reply: Reply<void>): void {
    const next = this.leases.find(lease => lease.state === 'alive' && doomed(lease));
    if (!next) {
      reply();
      return;
    }
    this.#fence(next.epoch, () => {
      this.#declareOne(next, doomed, to);
      this.declare(doomed, to, reply);
    });
  }

  /** Goes on when no append of that epoch is under way; those that come meanwhile queue behind. */
  #fence(epoch: number, then: () => void): void {
    const tx = [...this.#running].find(running => running.epoch === epoch);
    if (!tx || this.#mutation === 'fence-unlocked') {
      then();
      return;
    }
    if (!this.#declaring.has(epoch)) this.#declaring.set(epoch, []);
    tx.waiters.push(() => this.#fence(epoch, then));
  }

  /** A lease that was renewed in the meantime stays; appends that queued behind the declaration go on either way. */
  #declareOne(lease: Lease, doomed: (lease: Lease) => boolean, to: 'lost' | 'recovered'): void {
    const { epoch, nodeId } = lease;
    if (lease.state === 'alive' && doomed(lease)) {
      lease.state = to;
      this.#world.note(`database lease ${epoch} of ${nodeId} ${to}`);
      this.listener.leaseChanged(lease);
    }
    const waiting = this.#declaring.get(epoch) ?? [];
    this.#declaring.delete(epoch);
    for (const go of waiting) go();
  }

  unfinished(epoch: number, limit: number): { tenantId: string; actor: string }[] {
    const lowWater = this.leases[epoch - 1]?.lowWater ?? 0n;
    const found: { tenantId: string; actor: string }[] = [];
    for (const rows of this.journal.values()) {
      const last = rows.at(-1);
      if (last && last.epoch === epoch && last.unfinished && last.xid >= lowWater)
        found.push({ tenantId: last.tenantId, actor: last.actor });
    }
    return found.slice(0, limit);
  }

  #commitTime(): number {
    return this.#world.between(0.5, this.#world.chance(0.1) ? this.slowMs * 10 : this.slowMs);
  }

  #reachable(process: Process): boolean {
    return !this.down && !this.cutOff.has(process.name);
  }

  #commit(tx: Transaction): void {
    for (const row of tx.rows) {
      const name = `${row.tenantId} ${row.actor}`;
      let rows = this.journal.get(name);
      if (!rows) {
        rows = [];
        this.journal.set(name, rows);
      }
      rows.push(row);
      if (row.commandId !== null) this.#commands.set(`${name} id ${row.commandId}`, row.seq);
    }
    for (const row of tx.rows) this.listener.committed(row, this.leases[row.epoch - 1]!);
    this.#finish(tx);
  }

  #finish(tx: Transaction): void {
    this.#running.delete(tx);
    for (const key of tx.keys) this.#holders.delete(key);
    for (const go of tx.waiters.splice(0)) go();
  }
}
