/**
 * One actor in memory: its state, its mailbox, the effects it runs.
 *
 * Invariants:
 * 1. One command at a time: the next is decided only when the journal has answered for the one before.
 * 2. The state in memory is the fold of rows that are on disk; nothing is told to anyone before that.
 * 3. An append that loses ends the activation: another one is ahead. It never writes again.
 * 4. Effects run only for committed states, and stop when the state no longer owes them.
 */

import type { SnapshotRow } from '../../lib/contracts/journal.ts';
import { invariant, TroupeError } from '../../lib/kernel/errors.ts';
import { describeError } from '../../lib/kernel/log.ts';
import {
  type Address,
  type AnyActorType,
  actorName,
  type Effect,
  type PartialWork,
  type Tagged,
} from './actor-type.ts';
import type { AppendOutcome } from './group-commit.ts';
import { Mailbox } from './mailbox.ts';
import { type EffectOwner, RunningEffects } from './running-effects.ts';
import {
  type Accepted,
  isStale,
  type Surroundings,
  stale,
  unknownOutcome,
  type Watcher,
} from './surroundings.ts';

interface Entry {
  readonly commandId: string | null;
  /** Null takes the actor over with an empty row. */
  readonly command: Tagged | null;
  readonly resolve: ((accepted: Accepted) => void) | undefined;
  readonly reject: ((error: unknown) => void) | undefined;
}

/** Largest command, in characters of the events that it leads to. */
export const COMMAND_LIMIT = 262_144;
/** Most command ids that are remembered in memory for each actor; older ones are found in the journal. */
const REMEMBERED_COMMANDS = 64;

export class Activation {
  readonly address: Address;
  readonly actor: string;
  readonly type: AnyActorType;
  readonly #surroundings: Surroundings;
  #state: unknown;
  #seq: number;
  #snapshotSeq: number;
  /** Transaction of the last row while effects are owed; undefined while that is not known. */
  lastXid: bigint | undefined;
  lastUsed: number;
  readonly #loadedSeq: number;
  #unfinished: boolean;
  #busy = false;
  #over: TroupeError | undefined;
  #mailbox: Mailbox<Entry> | undefined;
  #running: RunningEffects | undefined;
  #adopting: Promise<Accepted> | undefined;
  #watchers: Set<Watcher> | undefined;
  #commands: Map<string, number> | undefined;

  constructor(
    address: Address,
    type: AnyActorType,
    surroundings: Surroundings,
    loaded: {
      state: unknown;
      seq: number;
      snapshotSeq: number;
      unfinished: boolean;
      commands: readonly (readonly [string, number])[];
    },
  ) {
    this.address = address;
    this.actor = actorName(address);
    this.type = type;
    this.#surroundings = surroundings;
    this.#state = loaded.state;
    this.#seq = loaded.seq;
    this.#loadedSeq = loaded.seq;
    this.#unfinished = loaded.unfinished;
    this.#snapshotSeq = loaded.snapshotSeq;
    for (const [id, seq] of loaded.commands) this.#remember(id, seq);
    this.lastUsed = surroundings.now();
  }

  get state(): unknown {
    return this.#state;
  }
  get seq(): number {
    return this.#seq;
  }
  get mailboxSize(): number {
    return this.#mailbox?.size ?? 0;
  }
  get unfinished(): boolean {
    return this.#unfinished;
  }
  get runningEffects(): readonly string[] {
    return this.#running?.keys ?? [];
  }
  /** Nothing waits and nothing runs. */
  get atRest(): boolean {
    return !this.#busy && !this.#unfinished && this.mailboxSize === 0;
  }
  get watched(): boolean {
    return (this.#watchers?.size ?? 0) > 0;
  }
  /** At rest, and nobody watches: it may leave memory. */
  get idle(): boolean {
    return this.atRest && !this.watched;
  }

  submit(commandId: string | null, command: Tagged): Promise<Accepted> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(this.#over);
      if (this.mailboxSize >= this.#surroundings.mailboxLimit)
        return reject(
          new TroupeError('mailbox-full', `${this.mailboxSize} messages wait in this conversation`, {
            retryAfter: 1,
          }),
        );
      this.#enqueue({ commandId, command, resolve, reject });
    });
  }

  watch(watcher: Watcher): () => void {
    if (this.#over) {
      watcher({ kind: 'ended', error: this.#over });
      return () => {};
    }
    this.#watchers ??= new Set();
    this.#watchers.add(watcher);
    return () => this.#watchers?.delete(watcher);
  }

  /**
   * Takes over what a predecessor left: writes an empty row first, so that the journal itself says whose the actor
   * is, and only then runs what it owes. The row takes the sequence number too that a lost attempt at an append may
   * still be after. Resolves at once when this activation has written a row already.
   */
  adopt(): Promise<unknown> {
    if (this.#seq > this.#loadedSeq) return Promise.resolve();
    this.#adopting ??= new Promise((resolve, reject) => {
      if (this.#over) return reject(this.#over);
      this.#enqueue({ commandId: null, command: null, resolve, reject });
    });
    return this.#adopting;
  }

  /** Leaves memory. Effects under way are aborted, not lost: the journal still says that they are owed. */
  end(error: TroupeError): void {
    if (this.#over) return;
    this.#over = error;
    this.#running?.abortAll(error);
    this.#running = undefined;
    for (const entry of this.#mailbox?.drain() ?? []) entry.reject?.(error);
    for (const watcher of this.#watchers ?? []) watcher({ kind: 'ended', error });
    this.#watchers = undefined;
    this.#surroundings.ended(this);
  }

  /** The snapshot to write on leaving memory, when enough rows have come since the last. */
  snapshotDue(leastRows: number): SnapshotRow | undefined {
    if (this.#seq - this.#snapshotSeq < leastRows) return undefined;
    this.#snapshotSeq = this.#seq;
    return {
      tenantId: this.address.tenantId,
      actor: this.actor,
      seq: this.#seq,
      version: this.type.snapshotVersion,
      state: JSON.stringify(this.#state),
    };
  }

  #enqueue(entry: Entry): void {
    this.lastUsed = this.#surroundings.now();
    if (!this.#busy && !this.#mailbox?.size) {
      this.#decide(entry);
      return;
    }
    this.#mailbox ??= new Mailbox();
    this.#mailbox.push(entry);
  }

  #next(): void {
    while (!this.#busy && !this.#over) {
      const entry = this.#mailbox?.shift();
      if (!entry) return;
      this.#decide(entry);
    }
  }

  #decide(entry: Entry): void {
    const known = entry.commandId === null ? undefined : this.#commands?.get(entry.commandId);
    if (known !== undefined) {
      entry.resolve?.({ seq: known, duplicate: true, state: this.#state });
      return;
    }
    let events: readonly Tagged[];
    try {
      if (entry.command === null) {
        this.#append(entry, [], true);
        return;
      }
      events = this.type.decide(entry.command, this.#state, this.#partial);
    } catch (error) {
      if (!(error instanceof TroupeError))
        this.#surroundings.log.error('actor.decide-failed', { actor: this.actor, ...describeError(error) });
      if (entry.reject) entry.reject(error);
      return;
    }
    if (events.length === 0) {
      if (entry.resolve) this.#confirm(entry);
      return;
    }
    this.#append(entry, events, false);
  }

  #append(entry: Entry, events: readonly Tagged[], recovered: boolean): void {
    invariant(!this.#busy && !this.#over, 'an activation appends one row at a time and none after its end');
    const seq = this.#seq + 1;
    const text = JSON.stringify(events);
    if (entry.reject && text.length > COMMAND_LIMIT) {
      entry.reject(
        new TroupeError('command-too-large', `${text.length} characters of events, of ${COMMAND_LIMIT}`),
      );
      return;
    }
    let next = this.#state;
    for (let index = 0; index < events.length; index++)
      next = this.type.evolve(next, events[index]!, { seq, index });
    const effects: readonly Effect[] = this.type.react(next);
    this.#busy = true;
    const row = {
      tenantId: this.address.tenantId,
      actor: this.actor,
      seq,
      unfinished: effects.length > 0,
      commandId: entry.commandId,
      events: text,
      wakeAt: this.type.wakeAt && changedWake(this.type.wakeAt(this.#state), this.type.wakeAt(next)),
    };
    this.#surroundings.commit.append(row, outcome => {
      this.#busy = false;
      if (this.#over) this.#answeredLate(entry, outcome, seq, next, effects.length > 0);
      else if (outcome.kind === 'committed')
        this.#committed(entry, events, seq, next, effects, outcome.xid, recovered);
      else if (outcome.kind === 'lost' && entry.commandId !== null) this.#lookUp(entry, entry.commandId);
      else this.#beaten(entry, outcome.kind === 'lost' ? stale() : unknownOutcome());
    });
  }

  /** The answer came after the end: what stands, stands, and someone must run what it owes. */
  #answeredLate(
    entry: Entry,
    outcome: AppendOutcome,
    seq: number,
    state: unknown,
    unfinished: boolean,
  ): void {
    if (outcome.kind === 'committed') entry.resolve?.({ seq, duplicate: false, state });
    else entry.reject?.(outcome.kind === 'lost' ? stale() : unknownOutcome());
    if (outcome.kind === 'failed' || (outcome.kind === 'committed' && unfinished))
      this.#surroundings.revive(this);
  }

  /** Nothing to write: true only if no other activation has written since. No append would tell. */
  #confirm(entry: Entry): void {
    this.#busy = true;
    this.#surroundings.isNewest(this).then(
      newest => {
        this.#busy = false;
        if (this.#over) entry.reject?.(this.#over);
        else if (!newest) this.#beaten(entry, stale());
        else entry.resolve?.({ seq: this.#seq, duplicate: false, state: this.#state });
        this.#next();
      },
      error => {
        this.#busy = false;
        entry.reject?.(error);
        this.#next();
      },
    );
  }

  /** The row lost: to another activation, or to the same command long ago, and then this one lives on. */
  #lookUp(entry: Entry, commandId: string): void {
    this.#busy = true;
    const beaten = () => {
      this.#busy = false;
      if (this.#over) entry.reject?.(this.#over);
      else this.#beaten(entry, stale());
    };
    this.#surroundings.findCommand(this, commandId).then(seq => {
      if (this.#over || seq === undefined || seq > this.#seq) return beaten();
      this.#busy = false;
      this.#remember(commandId, seq);
      entry.resolve?.({ seq, duplicate: true, state: this.#state });
      this.#next();
    }, beaten);
  }

  #beaten(entry: Entry, error: TroupeError): void {
    entry.reject?.(error);
    // A caller who is told `stale` asks again and so activates the actor anew; nobody does for a report or an adoption.
    const forgotten = this.#unfinished || entry.command === null || !entry.reject || !isStale(error);
    this.end(error);
    if (forgotten) this.#surroundings.revive(this);
  }

  #committed(
    entry: Entry,
    events: readonly Tagged[],
    seq: number,
    state: unknown,
    effects: readonly Effect[],
    xid: bigint | undefined,
    recovered: boolean,
  ): void {
    this.#state = state;
    this.#seq = seq;
    this.lastXid = xid;
    if (entry.commandId !== null) this.#remember(entry.commandId, seq);
    const unfinished = effects.length > 0;
    if (unfinished !== this.#unfinished) {
      this.#unfinished = unfinished;
      this.#surroundings.unfinishedChanged(this);
    }
    entry.resolve?.({ seq, duplicate: false, state });
    if (this.#watchers)
      for (const watcher of this.#watchers) watcher({ kind: 'committed', seq, events, state });
    if (unfinished) this.#running ??= new RunningEffects(this.#owner());
    this.#running?.reconcile(effects, recovered);
    const snapshot = this.snapshotDue(this.type.snapshotEvery);
    if (snapshot) this.#surroundings.saveSnapshot(snapshot);
    this.#next();
  }

  #owner(): EffectOwner {
    const { handlers, log } = this.#surroundings;
    return {
      address: this.address,
      actor: this.actor,
      type: this.type,
      handlers,
      log,
      report: command => {
        if (!this.#over) this.#enqueue({ commandId: null, command, resolve: undefined, reject: undefined });
      },
      progress: note => {
        if (this.#watchers) for (const watcher of this.#watchers) watcher({ kind: 'progress', note });
      },
    };
  }

  readonly #partial: PartialWork = key => this.#running?.partial(key) ?? '';

  #remember(commandId: string, seq: number): void {
    this.#commands ??= new Map();
    this.#commands.set(commandId, seq);
    if (this.#commands.size > REMEMBERED_COMMANDS) this.#commands.delete(this.#commands.keys().next().value!);
  }
}

/** What the journal must be told of an actor's reminder; undefined when it stays as it is. */
function changedWake(before: number | undefined, after: number | undefined): number | undefined {
  if (before === after) return undefined;
  return after === undefined ? 0 : Math.max(1, Math.ceil(after));
}
