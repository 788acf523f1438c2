/** Reads many actors in one query: what is asked for within one turn of the event loop goes together. */
import type { ActorKey } from '../../lib/contracts/journal.ts';

const IN_FLIGHT = 2;
const MOST_KEYS = 256;

interface Waiting<T> {
  readonly key: ActorKey;
  readonly resolve: (stored: T) => void;
  readonly reject: (error: unknown) => void;
}

export class Loader<T> {
  readonly #read: (keys: readonly ActorKey[]) => Promise<readonly T[]>;
  readonly #defer: (task: () => void) => void;
  #queue: Waiting<T>[] = [];
  #running = 0;
  #scheduled = false;

  constructor(
    read: (keys: readonly ActorKey[]) => Promise<readonly T[]>,
    defer: (task: () => void) => void = setImmediate,
  ) {
    this.#read = read;
    this.#defer = defer;
  }

  load(key: ActorKey): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ key, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      this.#defer(() => {
        this.#scheduled = false;
        this.#pump();
      });
    });
  }

  #pump(): void {
    while (this.#running < IN_FLIGHT && this.#queue.length > 0) {
      const batch = this.#queue.splice(0, MOST_KEYS);
      this.#running++;
      this.#read(batch.map(waiting => waiting.key))
        .then(
          stored => {
            for (const [index, waiting] of batch.entries()) waiting.resolve(stored[index]!);
          },
          error => {
            for (const waiting of batch) waiting.reject(error);
          },
        )
        .finally(() => {
          this.#running--;
          this.#pump();
        });
    }
  }
}
