/**
 * Learns of a node's death from NATS itself: the server says at once when a client's connection ends, where
 * heartbeats take seconds. A process that only hangs keeps its connection, so heartbeats stay.
 */
import { connect, type NatsConnection } from 'nats';
import type { Log } from '../kernel/log.ts';
import { describeError } from '../kernel/log.ts';

export interface DeathWatch {
  stop(): Promise<void>;
}

/** `systemUrl`: NATS with a user of the system account. Connections are named after their nodes. */
export async function watchDeaths(
  systemUrl: string,
  onGone: (nodeId: string) => void,
  log: Log,
): Promise<DeathWatch> {
  const url = new URL(systemUrl);
  const connection: NatsConnection = await connect({
    servers: `${url.hostname}:${url.port || 4222}`,
    user: decodeURIComponent(url.username),
    pass: decodeURIComponent(url.password),
    maxReconnectAttempts: -1,
    name: 'troupe-death-watch',
  });
  const subscription = connection.subscribe('$SYS.ACCOUNT.*.DISCONNECT');
  const reading = (async () => {
    for await (const message of subscription) {
      try {
        const { client } = message.json<{ client?: { name?: string } }>();
        if (client?.name) onGone(client.name);
      } catch (error) {
        log.warn('death-watch.unreadable', describeError(error));
      }
    }
  })();
  return {
    async stop() {
      await connection.drain();
      await reading;
    },
  };
}
