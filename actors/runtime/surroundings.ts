/** What an activation tells its callers, and what it needs of the node that hosts it. */
import type { SnapshotRow } from '../../lib/contracts/journal.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { Log } from '../../lib/kernel/log.ts';
import type { Activation } from './activation.ts';
import type { AnyEffectHandler, Tagged } from './actor-type.ts';
import type { GroupCommit } from './group-commit.ts';

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

export interface Watch {
  readonly state: unknown;
  readonly seq: number;
  /** Ends the watch. */
  stop(): void;
}

/** What an activation needs of the node that hosts it. */
export interface Surroundings {
  readonly commit: GroupCommit;
  readonly handlers: Readonly<Record<string, AnyEffectHandler>>;
  readonly mailboxLimit: number;
  readonly log: Log;
  now(): number;
  saveSnapshot(row: SnapshotRow): void;
  /** The row that accepted a command, if there is one. */
  findCommand(activation: Activation, commandId: string): Promise<number | undefined>;
  /** Whether the journal holds no row after this activation's last. */
  isNewest(activation: Activation): Promise<boolean>;
  /** The activation has ended and must be forgotten. */
  ended(activation: Activation): void;
  /** It left work, or a row whose fate is not known: someone must look and take it up. */
  revive(activation: Activation): void;
  /** It began or ceased to owe effects. */
  unfinishedChanged(activation: Activation): void;
}

export function stale(): TroupeError {
  return new TroupeError('activation-stale', 'Another activation of this actor is ahead; ask again');
}

export function isStale(error: TroupeError): boolean {
  return error.code === 'activation-stale';
}

export function unknownOutcome(): TroupeError {
  return new TroupeError('unavailable', 'The journal cannot be reached; ask again with the same id', {
    retryAfter: 1,
  });
}
