/**
 * Brings actors into memory: reads what the journal holds, folds it, and asks who owns what is unfinished. What two
 * callers ask for at once is read once.
 */
import type { ActorKey, JournalStore, StoredActor, StoredRow } from '../../lib/contracts/journal.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { type Address, type AnyActorType, actorName, KEY_LIMIT } from './actor-type.ts';
import { Loader } from './loader.ts';
import { type Restored, restore } from './restore.ts';

export interface ActivatorOptions {
  readonly types: readonly AnyActorType[];
  readonly store: JournalStore;
  /** This node's present lease. */
  readonly epoch: () => number;
  /** The node whose living lease that epoch is, if it is alive. */
  readonly holderOf: (epoch: number) => Promise<string | undefined>;
  /** Runs a task after what is ready now; `setImmediate` unless the simulation gives its own. */
  readonly defer?: (task: () => void) => void;
}

export interface Loaded extends Restored {
  readonly type: AnyActorType;
  readonly unfinished: boolean;
}

/** Rows read at once when a snapshot cannot be used. */
const PAGE = 500;

export class Activator {
  readonly #options: ActivatorOptions;
  readonly #types: ReadonlyMap<string, AnyActorType>;
  readonly #loader: Loader<StoredActor>;

  constructor(options: ActivatorOptions) {
    this.#options = options;
    this.#types = new Map(options.types.map(type => [type.name, type]));
    this.#loader = new Loader((keys: readonly ActorKey[]) => options.store.load(keys), options.defer);
  }

  /**
   * Rejects with `actor-type-unknown`, `validation-failed` (the key), `journal-corrupt`, or `activation-elsewhere`
   * (with the node) when another node's living lease owns what is unfinished.
   */
  async load(address: Address): Promise<Loaded> {
    const type = this.#types.get(address.type);
    if (!type)
      throw new TroupeError('actor-type-unknown', `There is no actor type "${address.type.slice(0, 50)}"`);
    if (address.key.length === 0 || address.key.length > KEY_LIMIT)
      throw new TroupeError('validation-failed', `An actor's key has 1 to ${KEY_LIMIT} characters`);
    const stored = await this.#loader.load({ tenantId: address.tenantId, actor: actorName(address) });
    const usable = !stored.snapshot || stored.snapshot.version === type.snapshotVersion;
    const restored = usable ? restore(address, type, stored) : await this.#foldAll(address, type);
    const { last } = restored;
    if (last?.unfinished && last.epoch !== this.#options.epoch()) {
      const holder = await this.#options.holderOf(last.epoch);
      if (holder !== undefined)
        throw new TroupeError('activation-elsewhere', 'This actor is at work on another node', {
          data: { nodeId: holder },
        });
    }
    return { ...restored, type, unfinished: last?.unfinished === true };
  }

  /** The snapshot is of another version of the type: the journal is folded from its start. */
  async #foldAll(address: Address, type: AnyActorType): Promise<Restored> {
    const rows: StoredRow[] = [];
    for (let page = PAGE; page === PAGE; ) {
      const key = { tenantId: address.tenantId, actor: actorName(address) };
      const read = await this.#options.store.history(key, rows.length + 1, PAGE);
      rows.push(...read);
      page = read.length;
    }
    return restore(address, type, { snapshot: undefined, rows });
  }
}
