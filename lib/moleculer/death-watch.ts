/**
 * Learns of a node's death from NATS itself: the server says at once when a client's connection ends, where
 * heartbeats take seconds. A process that only hangs keeps its connection, so heartbeats stay.
 */
import type { ServiceBroker } from 'moleculer';
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

/** Tells `recovery` of nodes that die: by heartbeats, and by NATS's own notice when `systemUrl` is given. */
export async function watchNodes(
  broker: ServiceBroker,
  systemUrl: string,
  recovery: { nodeGone(nodeId: string): Promise<void> } | undefined,
  log: Log,
): Promise<DeathWatch | undefined> {
  broker.localBus.on(
    '$node.disconnected',
    ({ node, unexpected }: { node: { id: string }; unexpected: boolean }) => {
      if (!unexpected || node.id === broker.nodeID) return;
      recovery
        ?.nodeGone(node.id)
        .catch((error: unknown) => log.warn('recovery.node-gone-failed', describeError(error)));
    },
  );
  if (systemUrl === '') return undefined;
  return await watchDeaths(
    systemUrl,
    nodeId => {
      const known = broker.registry.nodes.get(nodeId);
      if (!known?.available || nodeId === broker.nodeID) return;
      // The registry drops the node, so that calls under way to it fail now and new ones go elsewhere.
      broker.registry.nodes.disconnected(nodeId, true);
    },
    log,
  );
}
