/** What the sockets of this node do, as metrics with bounded labels. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { DropPolicy } from '../../../lib/core/realtime/outbound-queue.ts';

export interface RealtimeMetrics {
  readonly connections: { inc(): void; dec(): void };
  dropped(policy: DropPolicy, count: number): void;
  sendFailed(code: string): void;
  resumed(how: 'tail' | 'journal'): void;
}

export function createRealtimeMetrics(registry: Registry): RealtimeMetrics {
  const connections = new Gauge({
    name: 'ws_active_connections',
    help: 'Open sockets of this node',
    registers: [registry],
  });
  const drops = new Counter({
    name: 'ws_backpressure_drops',
    help: 'Items not sent to sockets that were slow, by drop policy: merged, superseded, dropped or read again later',
    labelNames: ['policy'],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'ws_send_errors',
    help: 'Messages and subscriptions over sockets that failed, by error code',
    labelNames: ['code'],
    registers: [registry],
  });
  const resumed = new Counter({
    name: 'ws_resumed_total',
    help: 'Times that a socket caught up, from memory (tail) or from the journal',
    labelNames: ['from'],
    registers: [registry],
  });
  return {
    connections,
    dropped: (policy, count) => drops.labels(policy).inc(count),
    sendFailed: code => failures.labels(code).inc(),
    resumed: how => resumed.labels(how).inc(),
  };
}
