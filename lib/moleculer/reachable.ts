/** Whether a node can do its work now: asked by those who route requests to it. */
import type { ServiceBroker } from 'moleculer';
import type { Database } from '../io/database.ts';
import { sleep, systemClock } from '../kernel/clock.ts';
import { TroupeError } from '../kernel/errors.ts';

/** What is missing, or undefined when units and database can be reached. */
export async function reachable(
  broker: ServiceBroker,
  database: Database,
  units: readonly string[],
): Promise<string | undefined> {
  const missing = units.filter(unit => !broker.registry.hasService(unit, undefined as never));
  if (missing.length > 0) return `no node offers ${missing.join(', ')}`;
  try {
    await database.asJob('troupe_identity', tx => tx.query('select 1'));
    return undefined;
  } catch {
    return 'the database cannot be reached';
  }
}

/** Until the gateway listens. Rejects with `unavailable` when it has not begun to within that time. */
export async function waitUntil(done: () => boolean, limitMs: number): Promise<void> {
  const end = systemClock.monotonic() + limitMs;
  while (!done()) {
    if (systemClock.monotonic() > end)
      throw new TroupeError('unavailable', 'The gateway did not begin to listen; is the port taken?');
    await sleep(10);
  }
}
