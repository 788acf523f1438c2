/** The port that recovery has to the leases of the nodes. `lib/io/sql/leases.ts` is the real one. */
import type { ActorKey } from './journal.ts';

export interface LeaseStore {
  /** Begins a life of this node and gives its epoch. */
  register(nodeId: string, ttlMs: number): Promise<number>;
  /**
   * Prolongs the lease and gives the oldest transaction that may still write; undefined when the lease has been
   * taken away. `lowWater`: no row older than this transaction can be the last of an actor left unfinished.
   */
  renew(epoch: number, ttlMs: number, lowWater: bigint | undefined): Promise<bigint | undefined>;
  /** Ends a life in good order: `recovered` when it left nothing unfinished, else `lost`, for others to take up. */
  end(epoch: number, leftUnfinished: boolean): Promise<void>;
  /** The node whose living lease that is. */
  holderOf(epoch: number): Promise<string | undefined>;
  /** Declares the leases lost that have run out, and those of `nodeIds` at once. From then on their appends are refused. */
  declareLost(nodeIds: readonly string[]): Promise<void>;
  /** Declares every lease lost but that of `epoch`: the embedded mode, where a folder lock says that nobody else runs. */
  declareOthersLost(epoch: number): Promise<void>;
  /** Lost lives that may have left unfinished actors. */
  lost(): Promise<readonly number[]>;
  /** Actors whose last row that epoch wrote and left unfinished, at most `limit`. */
  unfinished(epoch: number, limit: number): Promise<readonly ActorKey[]>;
  /** Nothing unfinished is left of it. */
  recovered(epoch: number): Promise<void>;
}
