/**
 * An actor at rest belongs to whoever appends next: what is watched here may have gone on elsewhere without anyone
 * here being told. Such an activation is ended, and its watchers look again.
 */
import type { JournalStore } from '../../lib/contracts/journal.ts';
import type { Activation } from './activation.ts';
import { stale } from './surroundings.ts';

/** Activations that are compared with the journal at a time; more take turns. */
const AT_ONCE = 64;

export class WatchedCheck {
  readonly #store: Pick<JournalStore, 'history'>;
  #upTo = 0;

  constructor(store: Pick<JournalStore, 'history'>) {
    this.#store = store;
  }

  async run(activations: Iterable<Activation>): Promise<void> {
    const watched = [...activations].filter(each => each.watched && each.atRest);
    const from = watched.length > 0 ? this.#upTo % watched.length : 0;
    const chosen = [...watched.slice(from), ...watched.slice(0, from)].slice(0, AT_ONCE);
    this.#upTo = from + chosen.length;
    for (const activation of chosen) {
      const key = { tenantId: activation.address.tenantId, actor: activation.actor };
      const { seq } = activation;
      const [ahead] = await this.#store.history(key, seq + 1, 1);
      // What was appended here meanwhile has been told already.
      if (ahead && activation.seq === seq && activation.atRest) activation.end(stale());
    }
  }
}
