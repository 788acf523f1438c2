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
import { invariant, isErrorCode, TroupeError } from '../../lib/kernel/errors.ts';
import type { Log } from '../../lib/kernel/log.ts';
import { describeError } from '../../lib/kernel/log.ts';
import {
  type Address,
  type AnyActorType,
  type AnyEffectHandler,
  actorName,
  type Effect,
  type PartialWork,
  type Tagged,
} from './actor-type.ts';
import type { GroupCommit } from './group-commit.ts';
import { Mailbox } from './mailbox.ts';

export interface Accepted {
  /** Sequence number of the row that holds the command's events; the present one when there were none. */
  readonly seq: number;
  /** The command had been accepted before: nothing was written now. */
  readonly duplicate: boolean;
  readonly state: unknown;
}

export type Note =
  | {
      readonly kind: 'committed';
      readonly seq: number;
      readonly events: readonly Tagged[];
      readonly state: unknown;
    }
  | { readonly kind: 'progress'; readonly note: unknown }
  | { readonly kind: 'ended'; readonly error: TroupeError };

export type Watcher = (note: Note) => void;

interface Running {
  readonly controller: AbortController;
  partial: string;
  /** Its outcome is known: there is nothing left to abort. */
  settled: boolean;
}

interface Entry {
  readonly commandId: string | null;
  readonly command: Tagged;
  readonly resolve: ((accepted: Accepted) => void) | undefined;
  readonly reject: ((error: unknown) => void) | undefined;
}

/** What an activation needs of the node that hosts it. */
export interface Surroundings {
  readonly commit: GroupCommit;
  readonly handlers: Readonly<Record<string, AnyEffectHandler>>;
  readonly mailboxLimit: number;
  readonly log: Log;
  now(): number;
  saveSnapshot(row: SnapshotRow): void;
  /** The activation has ended and must be forgotten; `revive` when it left work that someone must take up. */
  ended(activation: Activation, revive: boolean): void;
  /** It began or ceased to owe effects. */
  unfinishedChanged(activation: Activation): void;
}

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
  /** Transaction of the last row while effects are owed. */
  lastXid = 0n;
  lastUsed: number;
  #unfinished = false;
  #busy = false;
  #over: TroupeError | undefined;
  #mailbox: Mailbox<Entry> | undefined;
  #running: Map<string, Running> | undefined;
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
      commands: readonly (readonly [string, number])[];
    },
  ) {
    this.address = address;
    this.actor = actorName(address);
    this.type = type;
    this.#surroundings = surroundings;
    this.#state = loaded.state;
    this.#seq = loaded.seq;
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
    return [...(this.#running?.keys() ?? [])];
  }
  /** Nothing waits, nothing runs, nobody watches: it may leave memory. */
  get idle(): boolean {
    return !this.#busy && !this.#unfinished && this.mailboxSize === 0 && !this.#watchers?.size;
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
   * Takes over what a predecessor left unfinished: writes an empty row first, so that the journal itself says
   * whose the actor is, and only then runs what it owes.
   */
  adopt(): void {
    if (this.type.react(this.#state).length > 0) this.#append(null, [], true);
  }

  /** Leaves memory. Effects under way are aborted, not lost: the journal still says that they are owed. */
  end(error: TroupeError, revive = false): void {
    if (this.#over) return;
    this.#over = error;
    for (const running of this.#running?.values() ?? []) running.controller.abort(error);
    this.#running = undefined;
    for (const entry of this.#mailbox?.drain() ?? []) entry.reject?.(error);
    for (const watcher of this.#watchers ?? []) watcher({ kind: 'ended', error });
    this.#watchers = undefined;
    this.#surroundings.ended(this, revive);
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
      events = this.type.decide(entry.command, this.#state, this.#partial);
    } catch (error) {
      if (!(error instanceof TroupeError))
        this.#surroundings.log.error('actor.decide-failed', { actor: this.actor, ...describeError(error) });
      if (entry.reject) entry.reject(error);
      return;
    }
    if (events.length === 0) {
      entry.resolve?.({ seq: this.#seq, duplicate: false, state: this.#state });
      return;
    }
    this.#append(entry, events, false);
  }

  #append(entry: Entry | null, events: readonly Tagged[], recovered: boolean): void {
    invariant(!this.#busy && !this.#over, 'an activation appends one row at a time and none after its end');
    const seq = this.#seq + 1;
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
      commandId: entry?.commandId ?? null,
      events: JSON.stringify(events),
    };
    this.#surroundings.commit.append(row, outcome => {
      this.#busy = false;
      if (this.#over) {
        // Ended while the row was on its way: it may stand, so the caller is told to ask again with the same id.
        entry?.reject?.(this.#over);
        return;
      }
      if (outcome.kind !== 'committed') {
        const lost = outcome.kind === 'lost';
        const error = lost
          ? new TroupeError('activation-stale', 'Another activation of this actor is ahead; ask again')
          : new TroupeError('unavailable', 'The journal cannot be reached; nothing was accepted', {
              retryAfter: 1,
            });
        entry?.reject?.(error);
        this.end(error, this.#unfinished || !lost);
        return;
      }
      this.#committed(entry, events, seq, next, effects, outcome.xid, recovered);
    });
  }

  #committed(
    entry: Entry | null,
    events: readonly Tagged[],
    seq: number,
    state: unknown,
    effects: readonly Effect[],
    xid: bigint,
    recovered: boolean,
  ): void {
    this.#state = state;
    this.#seq = seq;
    this.lastXid = xid;
    if (entry?.commandId) this.#remember(entry.commandId, seq);
    const unfinished = effects.length > 0;
    if (unfinished !== this.#unfinished) {
      this.#unfinished = unfinished;
      this.#surroundings.unfinishedChanged(this);
    }
    entry?.resolve?.({ seq, duplicate: false, state });
    if (this.#watchers)
      for (const watcher of this.#watchers) watcher({ kind: 'committed', seq, events, state });
    if (unfinished || this.#running) this.#reconcile(effects, recovered);
    const snapshot = this.snapshotDue(this.type.snapshotEvery);
    if (snapshot) this.#surroundings.saveSnapshot(snapshot);
    this.#next();
  }

  /** Starts what is newly owed, aborts what is owed no longer. */
  #reconcile(effects: readonly Effect[], recovered: boolean): void {
    if (this.#running) {
      for (const [key, running] of this.#running) {
        if (effects.some(effect => effect.key === key)) continue;
        this.#running.delete(key);
        if (!running.settled) running.controller.abort(new TroupeError('conflict', 'The conversation no longer needs this'));
      }
    }
    for (const effect of effects) if (!this.#running?.has(effect.key)) this.#start(effect, recovered);
  }

  #start(effect: Effect, recovered: boolean): void {
    const handler = this.#surroundings.handlers[effect.type];
    invariant(handler, `an effect handler is registered for ${effect.type}`);
    const controller = new AbortController();
    this.#running ??= new Map();
    const running: Running = { controller, partial: '', settled: false };
    this.#running.set(effect.key, running);
    const report = (command: Tagged) => {
      if (this.#over || this.#running?.get(effect.key) !== running) return;
      running.settled = true;
      this.#enqueue({ commandId: null, command, resolve: undefined, reject: undefined });
    };
    handler(effect, {
      address: this.address,
      signal: controller.signal,
      recovered,
      idempotencyKey: `${this.address.tenantId}/${this.actor}/${effect.key}`,
      progress: (note, partial) => {
        if (this.#running?.get(effect.key) !== running) return;
        if (partial !== undefined) running.partial = partial;
        if (this.#watchers) for (const watcher of this.#watchers) watcher({ kind: 'progress', note });
      },
    }).then(report, error => {
      if (controller.signal.aborted) return;
      this.#surroundings.log.warn('actor.effect-failed', {
        actor: this.actor,
        effect: effect.type,
        ...describeError(error),
      });
      const code =
        typeof error === 'object' && error !== null && 'code' in error && isErrorCode(error.code)
          ? error.code
          : 'internal';
      report(this.type.effectFailed(effect, code));
    });
  }

  readonly #partial: PartialWork = key => this.#running?.get(key)?.partial ?? '';

  #remember(commandId: string, seq: number): void {
    this.#commands ??= new Map();
    this.#commands.set(commandId, seq);
    if (this.#commands.size > REMEMBERED_COMMANDS) this.#commands.delete(this.#commands.keys().next().value!);
  }
}
