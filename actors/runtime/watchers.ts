/** Those who follow one activation: told of each commit and of progress, and once of its end. */
import type { TroupeError } from '../../lib/kernel/errors.ts';
import type { Note, Watcher } from './surroundings.ts';

export class Watchers {
  #watchers: Set<Watcher> | undefined;

  get size(): number {
    return this.#watchers?.size ?? 0;
  }

  /** Who comes in the middle of something is told how far it is. */
  add(watcher: Watcher, running: { readonly soFar: readonly unknown[] } | undefined): () => void {
    this.#watchers ??= new Set();
    const watchers = this.#watchers;
    watchers.add(watcher);
    for (const note of running?.soFar ?? []) watcher({ kind: 'progress', note });
    return () => watchers.delete(watcher);
  }

  tell(note: Note): void {
    if (this.#watchers) for (const watcher of this.#watchers) watcher(note);
  }

  end(error: TroupeError): void {
    this.tell({ kind: 'ended', error });
    this.#watchers = undefined;
  }
}
