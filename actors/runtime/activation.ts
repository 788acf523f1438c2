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
import { TroupeError } from '../../lib/kernel/errors.ts';
import { describeError } from '../../lib/kernel/log.ts';
import { type Address, type AnyActorType, actorName, type PartialWork, type Tagged } from './actor-type.ts';
import { type Draft, draftRow } from './draft.ts';
import type { AppendOutcome } from './group-commit.ts';
import { RecentCommands } from './recent-commands.ts';
import type { Restored } from './restore.ts';
import { type EffectOwner, RunningEffects } from './running-effects.ts';
import {
  type Accepted,
  isStale,
  type Surroundings,
  stale,
  unknownOutcome,
  type Watcher,
} from './surroundings.ts';
import { Turnstile } from './turnstile.ts';
import { Watchers } from './watchers.ts';

interface Entry {
  readonly commandId: string | null;
  /** Null takes the actor over with an empty row. */
  readonly command: Tagged | null;
  readonly resolve: ((accepted: Accepted) => void) | undefined;
  readonly reject: ((error: unknown) => void) | undefined;
}

export class Activation implements EffectOwner {
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
  #over: TroupeError | undefined;
  readonly #commands: Turnstile<Entry> = new Turnstile(entry => this.#decide(entry));
  #running: RunningEffects | undefined;
  #adopting: Promise<Accepted> | undefined;
  readonly #watchers = new Watchers();
  readonly #recent = new RecentCommands();

  constructor(
    address: Address,
    type: AnyActorType,
    surroundings: Surroundings,
    loaded: Restored & { readonly unfinished: boolean },
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
    for (const [id, seq] of loaded.commands) this.#recent.remember(id, seq);
    this.lastUsed = surroundings.now();
  }

  get state(): unknown {
    return this.#state;
  }
  get seq(): number {
    return this.#seq;
  }
  get mailboxSize(): number {
    return this.#commands.size;
  }
  get unfinished(): boolean {
    return this.#unfinished;
  }
  get runningEffects(): readonly string[] {
    return this.#running?.keys ?? [];
  }
  /** Nothing waits and nothing runs. */
  get atRest(): boolean {
    return !this.#commands.held && !this.#unfinished && this.mailboxSize === 0;
  }
  get watched(): boolean {
    return this.#watchers.size > 0;
  }
  /** At rest, and nobody watches: it may leave memory. */
  get idle(): boolean {
    return this.atRest && !this.watched;
  }

  /** Takes a command; tells `resolve` when its events are on disk, `reject` why they never will be. */
  submit(
    commandId: string | null,
    command: Tagged,
    resolve: (accepted: Accepted) => void,
    reject: (error: unknown) => void,
  ): void {
    if (this.#over) reject(this.#over);
    else if (this.mailboxSize < this.#surroundings.mailboxLimit)
      this.#enqueue({ commandId, command, resolve, reject });
    else
      reject(
        new TroupeError('mailbox-full', `${this.mailboxSize} messages wait in this conversation`, {
          retryAfter: 1,
        }),
      );
  }

  watch(watcher: Watcher): () => void {
    if (!this.#over) return this.#watchers.add(watcher, this.#running);
    watcher({ kind: 'ended', error: this.#over });
    return () => {};
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
    for (const entry of this.#commands.close()) entry.reject?.(error);
    this.#watchers.end(error);
    this.#surroundings.ended(this);
  }

  /** Takes the command that reports an effect's outcome. */
  report(command: Tagged): void {
    if (!this.#over) this.#enqueue({ commandId: null, command, resolve: undefined, reject: undefined });
  }

  /** Tells those who watch. */
  progress(note: unknown): void {
    this.#watchers.tell({ kind: 'progress', note });
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
    this.#commands.push(entry);
  }

  #decide(entry: Entry): void {
    const known = entry.commandId === null ? undefined : this.#recent.seqOf(entry.commandId);
    if (known !== undefined) {
      entry.resolve?.({ seq: known, duplicate: true, state: this.#state });
      return;
    }
    let draft: Draft | undefined;
    try {
      const events =
        entry.command === null ? [] : this.type.decide(entry.command, this.#state, this.#partial);
      if (events.length > 0 || entry.command === null)
        draft = draftRow(this, entry.commandId, events, entry.reject !== undefined);
    } catch (error) {
      if (!(error instanceof TroupeError))
        this.#surroundings.log.error('actor.decide-failed', { actor: this.actor, ...describeError(error) });
      entry.reject?.(error);
      return;
    }
    if (draft) this.#append(entry, draft);
    else if (entry.resolve) this.#confirm(entry);
  }

  #append(entry: Entry, draft: Draft): void {
    this.#commands.hold();
    this.#surroundings.commit.append(draft.row, outcome => {
      this.#commands.release();
      if (this.#over) this.#answeredLate(entry, outcome, draft);
      else if (outcome.kind === 'committed') this.#committed(entry, draft, outcome.xid);
      else if (outcome.kind === 'lost' && entry.commandId !== null) this.#lookUp(entry, entry.commandId);
      else this.#beaten(entry, outcome.kind === 'lost' ? stale() : unknownOutcome());
    });
  }

  /** The answer came after the end: what stands, stands, and someone must run what it owes. */
  #answeredLate(entry: Entry, outcome: AppendOutcome, { row, state }: Draft): void {
    if (outcome.kind === 'committed') entry.resolve?.({ seq: row.seq, duplicate: false, state });
    else entry.reject?.(outcome.kind === 'lost' ? stale() : unknownOutcome());
    if (outcome.kind === 'failed' || (outcome.kind === 'committed' && row.unfinished))
      this.#surroundings.revive(this);
  }

  /** Nothing to write: true only if no other activation has written since. No append would tell. */
  #confirm(entry: Entry): void {
    this.#ask(
      entry,
      this.#surroundings.isNewest(this),
      newest => {
        if (newest) entry.resolve?.({ seq: this.#seq, duplicate: false, state: this.#state });
        else this.#beaten(entry, stale());
      },
      error => entry.reject?.(error),
    );
  }

  /** The row lost: to another activation, or to the same command long ago, and then this one lives on. */
  #lookUp(entry: Entry, commandId: string): void {
    this.#ask(
      entry,
      this.#surroundings.findCommand(this, commandId),
      seq => {
        if (seq === undefined || seq > this.#seq) return this.#beaten(entry, stale());
        this.#recent.remember(commandId, seq);
        entry.resolve?.({ seq, duplicate: true, state: this.#state });
      },
      () => this.#beaten(entry, stale()),
    );
  }

  /** Decides nothing until the journal has answered. */
  #ask<T>(
    entry: Entry,
    question: Promise<T>,
    answered: (answer: T) => void,
    failed: (error: unknown) => void,
  ): void {
    this.#commands.hold();
    const settle = (how: () => void) => {
      this.#commands.release();
      if (this.#over) entry.reject?.(this.#over);
      else how();
      this.#commands.next();
    };
    question.then(
      answer => settle(() => answered(answer)),
      error => settle(() => failed(error)),
    );
  }

  #beaten(entry: Entry, error: TroupeError): void {
    entry.reject?.(error);
    // A caller who is told `stale` asks again and so activates the actor anew; nobody does for a report or an adoption.
    const forgotten = this.#unfinished || entry.command === null || !entry.reject || !isStale(error);
    this.end(error);
    if (forgotten) this.#surroundings.revive(this);
  }

  #committed(entry: Entry, { row, events, state, effects }: Draft, xid: bigint | undefined): void {
    const { seq, unfinished } = row;
    this.#state = state;
    this.#seq = seq;
    this.lastXid = xid;
    if (entry.commandId !== null) this.#recent.remember(entry.commandId, seq);
    if (unfinished !== this.#unfinished) {
      this.#unfinished = unfinished;
      this.#surroundings.unfinishedChanged(this);
    }
    entry.resolve?.({ seq, duplicate: false, state });
    if (this.#watchers.size > 0) this.#watchers.tell({ kind: 'committed', seq, events, state });
    if (unfinished) this.#running ??= new RunningEffects(this, this.#surroundings);
    // An adoption finds its effects owed: they may have run before.
    this.#running?.reconcile(effects, entry.command === null);
    const snapshot = this.snapshotDue(this.type.snapshotEvery);
    if (snapshot) this.#surroundings.saveSnapshot(snapshot);
    this.#commands.next();
  }

  readonly #partial: PartialWork = key => this.#running?.partial(key) ?? '';
}
