/** Follows conversations and teaches the router what came of its decisions; each is learnt once, however often it is told. */
import { type RouteOutcomeTold, routeOutcomesProjection } from '../../lib/core/outbox/route-outcomes.ts';
import type { Keeper } from '../../lib/io/consumer.ts';
import type { TierRouter } from '../../lib/io/routing/tier-router.ts';

export function routeOutcomeKeeper(router: TierRouter): Keeper<RouteOutcomeTold> {
  return {
    projection: routeOutcomesProjection,
    write: (tx, tenantId, outcomes) => router.tellKnown(tx, tenantId, outcomes),
    // What was learnt stays: told again, it changes nothing.
    clear: async () => {},
  };
}
