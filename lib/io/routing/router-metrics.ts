/** What the router shows of itself to Prometheus. No label names a tenant. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { TIERS, type Tier } from '../../core/routing/early-exit.ts';

export interface RouterMetrics {
  decided(tier: Tier, reason: string, latencyMs: number): void;
  told(misrouted: string | null, costRatio: number | null, latencyRatio: number | null): void;
}

/** Outcomes that the misroute rate looks back on, about. */
const LOOKS_BACK = 200;
const RATIOS = [0.25, 0.5, 0.8, 0.95, 1.05, 1.25, 2, 4, 10];

export function routerMetrics(registry: Registry): RouterMetrics {
  const registers = [registry];
  const latency = new Histogram({
    name: 'router_decision_latency_ms',
    help: 'Time that a routing decision took, milliseconds, without writing it down',
    buckets: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 20],
    registers,
  });
  const tiers = new Counter({
    name: 'tier_distribution',
    help: 'Routing decisions by tier and reason',
    labelNames: ['tier', 'reason'],
    registers,
  });
  const misroutes = new Gauge({
    name: 'router_misroute_rate',
    help: 'Share of the latest outcomes on this node whose tier was too small, or larger than needed',
    registers,
  });
  const cost = new Histogram({
    name: 'expected_vs_actual_cost',
    help: 'Actual over expected cost of routed requests: 1 is as expected',
    buckets: RATIOS,
    registers,
  });
  const time = new Histogram({
    name: 'expected_vs_actual_latency',
    help: 'Actual over expected latency of routed requests: 1 is as expected',
    buckets: RATIOS,
    registers,
  });
  for (const tier of TIERS) tiers.labels(tier, 'bandit').inc(0);
  /** Finding a counter by its labels costs more than counting. */
  const counters = new Map<string, ReturnType<typeof tiers.labels>>();
  const counterOf = (tier: Tier, reason: string) => {
    const key = `${tier} ${reason}`;
    const counter = counters.get(key) ?? tiers.labels(tier, reason);
    counters.set(key, counter);
    return counter;
  };
  let rate = 0;
  let outcomes = 0;
  return {
    decided(tier, reason, latencyMs) {
      latency.observe(latencyMs);
      counterOf(tier, reason).inc();
    },
    told(misrouted, costRatio, latencyRatio) {
      outcomes = Math.min(outcomes + 1, LOOKS_BACK);
      rate += (Number(misrouted !== null) - rate) / outcomes;
      misroutes.set(rate);
      if (costRatio !== null) cost.observe(costRatio);
      if (latencyRatio !== null) time.observe(latencyRatio);
    },
  };
}
