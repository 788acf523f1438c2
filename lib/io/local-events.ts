/** The events port in one process: each consumer reads the journal itself, in commit order, from a cursor of its own. */
import type { Events, OutboxStore } from '../contracts/events.ts';
import { invariant } from '../kernel/errors.ts';
import { lagsOf, Relay, type RelayOptions } from './relay.ts';

export type LocalEventsOptions = Pick<RelayOptions, 'holder' | 'clock' | 'log' | 'ttlMs' | 'toldOfAll'> & {
  readonly store: OutboxStore;
};

export function openLocalEvents(options: LocalEventsOptions): Events {
  const relays = new Set<Relay>();
  return {
    async subscribe(consumer, deliver) {
      const relay = new Relay({
        ...options,
        name: `local/${consumer}`,
        stream: {
          // Nothing is kept on the way: the cursor is all there is.
          last: async () => 'unknown',
          publish: deliver,
          reset: async () => invariant(false, 'a local consumer has no stream to empty'),
        },
      });
      relays.add(relay);
      relay.start();
      return {
        async stop() {
          relays.delete(relay);
          await relay.stop();
        },
      };
    },
    nudge() {
      for (const relay of relays) relay.nudge();
    },
    lags: () => lagsOf(relays),
    async close() {
      await Promise.all([...relays].map(relay => relay.stop()));
      relays.clear();
    },
  };
}
