/** JetStream as a cluster has it: a stream, and a relay that fills it from the journal. */
import { connect, type JetStreamManager } from 'nats';
import { rowId } from '../../lib/core/outbox/event-id.ts';
import { decodeMessage } from '../../lib/core/outbox/wire.ts';
import type { Database } from '../../lib/io/database.ts';
import { type JetStreamEvents, openJetStream } from '../../lib/io/jetstream.ts';
import { natsAddress } from '../../lib/io/nats-address.ts';
import { Relay } from '../../lib/io/relay.ts';
import { openOutbox } from '../../lib/io/sql/outbox.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { provided } from '../../scripts/provision/settings.ts';

export const RELAY = 'jetstream';

export interface Relayed {
  readonly events: JetStreamEvents;
  readonly relay: Relay;
  close(): Promise<void>;
}

export async function openRelayed(database: Database, node: string, ttlMs = 1_000): Promise<Relayed> {
  const store = openOutbox(database);
  const events = await openJetStream({
    url: provided('nats'),
    namespace: 'test',
    streamId: await store.streamId(RELAY),
    nodeName: node,
    log: silentLog,
  });
  const relay = new Relay({
    name: RELAY,
    holder: node,
    store,
    stream: events.stream,
    clock: systemClock,
    log: silentLog,
    ttlMs,
  });
  relay.start();
  return {
    events,
    relay,
    async close() {
      await relay.stop();
      await events.close();
    },
  };
}

/** What an operator's tool could do to the server. */
export async function withManager<T>(work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connect(natsAddress(provided('nats')));
  try {
    return await work(await connection.jetstreamManager());
  } finally {
    await connection.close();
  }
}

/** The rows of everything that the server holds, in its order. */
export const held = (stream: string): Promise<string[]> =>
  withManager(async manager => {
    const { state } = await manager.streams.info(stream);
    const ids: string[] = [];
    for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++)
      ids.push(rowId(decodeMessage((await manager.streams.getMessage(stream, { seq })).data)));
    return ids;
  });
