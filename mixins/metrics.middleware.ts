/**
 * Counts and times every call by action and outcome (prom-client). Outermost but for tracing: what other
 * middlewares refuse is counted too. Labels are bounded: action names and error codes, never a tenant's text.
 */
import type { ActionSchema, Context, Middleware } from 'moleculer';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Events } from '../lib/contracts/events.ts';
import type { Next } from '../lib/moleculer/action.ts';
import { toTroupeError } from '../lib/moleculer/errors.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly middleware: Middleware;
  /** Shows how many actors a node holds and how many of them are at work. */
  watchActors(host: { readonly activations: number; readonly unfinished: number }): void;
  /** Shows how far the relays of a node are behind what is committed. */
  watchRelays(events: Pick<Events, 'lags'>): void;
}

/** Counts what was masked or hidden by where and what kind; never the value. One counter however often it is asked for. */
export function countRedactions(
  registry: Registry,
): (place: string) => (entity: string, count: number) => void {
  const name = 'troupe_dlp_redactions_total';
  const counter =
    (registry.getSingleMetric(name) as Counter<'place' | 'entity'> | undefined) ??
    new Counter({
      name,
      help: 'Personal data and secrets kept out of log lines, errors and prompts, by place and kind',
      labelNames: ['place', 'entity'],
      registers: [registry],
    });
  return place => (entity, count) => counter.inc({ place, entity }, count);
}

/** Between two looks at how late the event loop is: the library's own 10 ms wake an idle process a hundred times a second. */
const LAG_PRECISION_MS = 100;

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PRECISION_MS });
  const duration = new Histogram({
    name: 'troupe_action_duration_seconds',
    help: 'Duration of action calls by action and where they ran',
    labelNames: ['action', 'side'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  const outcomes = new Counter({
    name: 'troupe_action_calls_total',
    help: 'Action calls by action, where they ran, and outcome (ok or an error code)',
    labelNames: ['action', 'side', 'outcome'],
    registers: [registry],
  });
  const wrap = (side: 'local' | 'remote') =>
    function metrics(next: Next, action: ActionSchema) {
      const name = action.name ?? '';
      if (name.startsWith('$')) return next;
      const timed = duration.labels(name, side);
      const ok = outcomes.labels(name, side, 'ok');
      return function measured(ctx: Context) {
        const start = performance.now();
        const ended = () => timed.observe((performance.now() - start) / 1000);
        return next(ctx).then(
          result => {
            ok.inc();
            ended();
            return result;
          },
          (error: unknown) => {
            outcomes.labels(name, side, toTroupeError(error).code).inc();
            ended();
            throw error;
          },
        );
      };
    };
  return {
    registry,
    middleware: {
      name: 'Metrics',
      localAction: wrap('local'),
      remoteAction: wrap('remote'),
    } as unknown as Middleware,
    watchActors(host) {
      const gauge = (name: string, help: string, read: () => number) =>
        new Gauge({
          name,
          help,
          registers: [registry],
          collect() {
            this.set(read());
          },
        });
      gauge('troupe_actor_activations', 'Actors in memory', () => host.activations);
      gauge('troupe_actor_unfinished', 'Actors in memory that owe an effect', () => host.unfinished);
    },
    watchRelays(events) {
      new Gauge({
        name: 'troupe_relay_lag_seconds',
        help: 'Time since a relay of this node had last handed on all that was committed',
        labelNames: ['relay'],
        registers: [registry],
        collect() {
          this.reset();
          for (const [relay, ms] of events.lags()) this.set({ relay }, ms / 1_000);
        },
      });
    },
  };
}
