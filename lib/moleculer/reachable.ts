/** Whether a node can do its work now: asked by those who route requests to it. */
import type { ServiceBroker } from 'moleculer';
import type { Database } from '../io/database.ts';

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
