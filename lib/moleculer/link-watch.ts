/**
 * Calls under way when a link to NATS breaks are in doubt: NATS delivers at most once, so the request or its answer
 * may be gone, and a caller would wait until its time is over. Whoever's link comes back tells the others, and at
 * both ends the calls between the two fail at once as `unavailable`; those that are safe to repeat are repeated.
 */
import type { Context, ServiceBroker, ServiceSchema } from 'moleculer';
import type { NatsConnection } from 'nats';
import type { Log } from '../kernel/log.ts';

/** Hosted by every node of a cluster. */
export function linksService(log: Log): ServiceSchema {
  return {
    name: 'links',
    events: {
      'link.restored': {
        handler(this: { broker: ServiceBroker }, ctx: Context<{ readonly nodeId: string }>) {
          if (ctx.params.nodeId !== this.broker.nodeID) giveUp(this.broker, [ctx.params.nodeId]);
        },
      },
    },
    started(this: { broker: ServiceBroker }) {
      const { broker } = this;
      const client = (broker.transit?.tx as { client?: NatsConnection } | undefined)?.client;
      if (client) void follow(broker, client, log);
    },
  };
}

/** Ends when the connection is closed for good. */
async function follow(broker: ServiceBroker, client: NatsConnection, log: Log): Promise<void> {
  for await (const { type } of client.status()) {
    if (type !== 'disconnect' && type !== 'reconnect') continue;
    log.warn(`link.${type}`, {});
    const pending = [...(broker.transit?.pendingRequests.values() ?? [])];
    giveUp(broker, new Set(pending.map(request => request.nodeID)));
    if (type === 'reconnect') await broker.broadcast('link.restored', { nodeId: broker.nodeID });
  }
}

function giveUp(broker: ServiceBroker, nodeIds: Iterable<string>): void {
  for (const nodeId of nodeIds) broker.transit?.removePendingRequestByNodeID(nodeId);
}
