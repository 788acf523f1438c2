/** A node that leaves: the others hear of it before it goes. */
import type { ServiceBroker } from 'moleculer';
import { sleep } from '../kernel/clock.ts';

/** Until every node has heard that this one is leaving. */
const WITHDRAW_MS = 200;

/** Tells the others to call elsewhere, while this node can still call them to finish what it has begun. */
export async function withdraw(broker: ServiceBroker): Promise<void> {
  if (!broker.transit) return;
  const registry = broker.registry as unknown as {
    regenerateLocalRawInfo(count: boolean, stopping: boolean): void;
    discoverer: { sendLocalNodeInfo(): Promise<void> };
  };
  registry.regenerateLocalRawInfo(true, true);
  await registry.discoverer.sendLocalNodeInfo();
  await sleep(WITHDRAW_MS);
}
