/**
 * What an actor type is: a pure decider. No clock, randomness or I/O inside; they arrive in the command.
 *
 *   decide(command, state) -> events      (throws TroupeError to refuse)
 *   evolve(state, event)   -> state       (total: never throws)
 *   react(state)           -> effects that this state still owes an outcome
 *
 * `react` is a function of the state alone. After each commit the runtime starts the effects that are new and
 * aborts those no longer owed, so interruption needs no code of its own, and recovery is the same step:
 * load the state, run what it owes. (docs/decisions/0003-effects-are-what-the-state-owes.md)
 */

export interface Tagged {
  readonly type: string;
}

/** Where an event stands in its actor's journal: `<seq>.<index>`. Stable for ever, so a good idempotency key. */
export interface Position {
  readonly seq: number;
  readonly index: number;
}

export interface Effect extends Tagged {
  /** Unique within the actor and the same after a crash: derived from a journal position. */
  readonly key: string;
}

/** The unfinished text of an effect under way, by its key; empty when there is none. */
export type PartialWork = (effectKey: string) => string;

export interface ActorType<S, C extends Tagged, E extends Tagged, F extends Effect> {
  readonly name: string;
  /** A snapshot of another version is ignored and the journal folded from its start. */
  readonly snapshotVersion: number;
  /** Rows between snapshots. */
  readonly snapshotEvery: number;
  initialState(): S;
  /** `partial` tells what the effects under way have brought forth so far; it is gone after a crash. */
  decide(command: C, state: S, partial: PartialWork): readonly E[];
  evolve(state: S, event: E, position: Position): S;
  react(state: S): readonly F[];
  /** The command that reports an effect whose handler failed unexpectedly. */
  effectFailed(effect: F, code: string): C;
  /**
   * The earliest time at which this state wants to be woken, milliseconds since the epoch; undefined for never. Of
   * the state alone: when it changes, the reminder is written, moved or removed in the transaction of the row that
   * changed it. Goes with `wake`.
   */
  wakeAt?(state: S): number | undefined;
  /** The command that tells an actor that its time has come. It must move `wakeAt` on, or it comes again. */
  wake?(at: number): C;
  /** Brings a stored event of any age to today's form. */
  upcast?(stored: Tagged): E;
}

/** An actor type whose parts are hidden, as the host keeps it. */
// biome-ignore lint/suspicious/noExplicitAny: the host holds types of differing states and commands side by side
export type AnyActorType = ActorType<any, any, any, any>;

export interface Address {
  readonly tenantId: string;
  readonly type: string;
  readonly key: string;
}

/** Most characters of an actor's key. */
export const KEY_LIMIT = 200;

/** The name that the journal knows an actor by, within its tenant. */
export function actorName(address: Address): string {
  return `${address.type}/${address.key}`;
}

export function parseActorName(tenantId: string, actor: string): Address {
  const slash = actor.indexOf('/');
  return { tenantId, type: actor.slice(0, slash), key: actor.slice(slash + 1) };
}

export interface EffectContext {
  readonly address: Address;
  /** Aborted when the state owes this effect no longer, or the activation ends. */
  readonly signal: AbortSignal;
  /** True when the effect was found owed on taking the actor over: it may have run before. */
  readonly recovered: boolean;
  /** Key that makes the effect's outcome idempotent anywhere in the world. */
  readonly idempotencyKey: string;
  /**
   * Tells those who watch the actor; not journaled. `partial`: the whole text so far, for `decide`. `soFar`: one note
   * in place of all up to this one, for those who begin to watch later.
   */
  progress(note: unknown, partial?: string, soFar?: unknown): void;
}

/** Runs one kind of effect and gives the command that reports its outcome. */
export type EffectHandler<F extends Effect, C extends Tagged> = (
  effect: F,
  context: EffectContext,
) => Promise<C>;

/** A handler whose effect and command are hidden, as the host keeps them side by side. */
// biome-ignore lint/suspicious/noExplicitAny: handlers of differing effect types side by side
export type AnyEffectHandler = EffectHandler<any, any>;
