/** Opens the events port that the settings ask for, and the relay on a node that hosts it. */
import type { Events } from '../contracts/events.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Config } from '../kernel/config.ts';
import type { Log } from '../kernel/log.ts';
import type { Database } from './database.ts';
import { openJetStream } from './jetstream.ts';
import { openLocalEvents } from './local-events.ts';
import { lagsOf, Relay } from './relay.ts';
import { openOutbox } from './sql/outbox.ts';

export interface EventsOptions {
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeId: string;
  /** This node may fill the stream; of those that may, one at a time does. */
  readonly relay: boolean;
}

const CURSOR = 'jetstream';
const EMBEDDED_TTL_MS = 60_000;

export async function openEvents({
  config,
  database,
  clock,
  log,
  nodeId,
  relay,
}: EventsOptions): Promise<Events> {
  const store = openOutbox(database);
  const common = { store, holder: nodeId, clock, log, ttlMs: config.TROUPE_LEASE_TTL_MS };
  // The folder's lock says that nobody else runs: whoever held the cursors is dead and need not be waited for, nobody
  // takes them meanwhile, and every commit is one of this process.
  if (config.TROUPE_MODE === 'embedded')
    return openLocalEvents({ ...common, holder: 'embedded', ttlMs: EMBEDDED_TTL_MS, toldOfAll: true });
  const events = await openJetStream({
    url: config.TROUPE_NATS_URL,
    namespace: config.TROUPE_NAMESPACE,
    streamId: await store.streamId(CURSOR),
    nodeName: nodeId,
    log,
  });
  if (!relay) return events;
  const filling = new Relay({ ...common, name: CURSOR, stream: events.stream });
  filling.start();
  return {
    ...events,
    nudge: () => filling.nudge(),
    lags: () => lagsOf([filling]),
    async close() {
      await filling.stop();
      await events.close();
    },
  };
}
