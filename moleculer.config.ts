/**
 * The one composition root: opens the ports, lists the middlewares in their order, and gives the node a start and a
 * stop. Which units there are says `units.config.ts`.
 */
import { hostname } from 'node:os';
import { type BrokerOptions, ServiceBroker } from 'moleculer';
import { hostActors } from './actors/host-actors.ts';
import type { AnyEffectHandler } from './actors/runtime/actor-type.ts';
import type { Events } from './lib/contracts/events.ts';
import { cleanValue } from './lib/core/dlp/boundary.ts';
import { AuditLog } from './lib/io/audit-log.ts';
import { openCoordination } from './lib/io/coordination.ts';
import type { Database } from './lib/io/database.ts';
import { FieldSealer } from './lib/io/field-sealer.ts';
import { migrate } from './lib/io/migrations.ts';
import { type Models, openModels } from './lib/io/models/open-models.ts';
import { natsAddress } from './lib/io/nats-address.ts';
import { openDatabase } from './lib/io/open-database.ts';
import { openEvents } from './lib/io/open-events.ts';
import { type Control, openControl } from './lib/io/open-feature.ts';
import { openKms } from './lib/io/open-kms.ts';
import { exportTraces } from './lib/io/opentelemetry.ts';
import { openRedis } from './lib/io/redis.ts';
import { openSafeFetch } from './lib/io/safe-fetch.ts';
import { type Clock, sleep, systemClock } from './lib/kernel/clock.ts';
import type { Config } from './lib/kernel/config.ts';
import { newId } from './lib/kernel/ids.ts';
import { createLog, createPino, describeError } from './lib/kernel/log.ts';
import { watchNodes } from './lib/moleculer/death-watch.ts';
import { TroupeRegenerator } from './lib/moleculer/errors.ts';
import { linksService } from './lib/moleculer/link-watch.ts';
import { reachable, waitUntil } from './lib/moleculer/reachable.ts';
import { registerRendezvous } from './lib/moleculer/rendezvous.ts';
import { StreamRegistry } from './lib/moleculer/streams.ts';
import { withdraw } from './lib/moleculer/withdraw.ts';
import { auditMiddleware } from './mixins/audit.middleware.ts';
import { authorizationMiddleware } from './mixins/authorization.middleware.ts';
import { deadlineMiddleware } from './mixins/deadline.middleware.ts';
import { dlpMiddleware } from './mixins/dlp.middleware.ts';
import { countRedactions, createMetrics, type Metrics } from './mixins/metrics.middleware.ts';
import { placementMiddleware } from './mixins/placement.middleware.ts';
import { tenancyMiddleware } from './mixins/tenancy.middleware.ts';
import { tracingMiddleware } from './mixins/tracing.middleware.ts';
import { validationMiddleware } from './mixins/validation.middleware.ts';
import { streamsService } from './services/streams.service.ts';
import { chosenUnits, consumersOf, ESSENTIAL, HOSTED_TYPES, type NodePorts, UNITS } from './units.config.ts';

export interface Node {
  readonly broker: ServiceBroker;
  readonly database: Database;
  /** Address of the gateway, when this node hosts it. */
  readonly url: string | undefined;
  stop(): Promise<void>;
}

export interface NodeOptions {
  readonly clock?: Clock;
  /** Handlers in place of the units' own: benchmarks and drills. */
  readonly effects?: Readonly<Record<string, AnyEffectHandler>>;
  /** A database that is open already, which the node leaves open: drills. */
  readonly database?: Database;
  /** False keeps a cluster node to itself. */
  readonly transporter?: boolean;
}

/** Longest time that a stopping node lets its actors finish. */
const DRAIN_MS = 20_000;
/** A NATS that is back is found within a fraction of a second; one that hangs is given up after two pings. */
const RECONNECT = {
  maxReconnectAttempts: -1,
  reconnectTimeWait: 200,
  reconnectJitter: 200,
  pingInterval: 2_000,
  maxPingOut: 2,
};

/** Builds and starts a node. Rejects with a TroupeError that says what to do. */
export async function startNode(
  config: Config,
  { clock = systemClock, effects, database: given, transporter = true }: NodeOptions = {},
): Promise<Node> {
  const metrics = createMetrics();
  const onRedacted = countRedactions(metrics.registry);
  const sink = createPino(config.TROUPE_LOG_LEVEL, part => cleanValue(part, onRedacted('log')));
  const logOf = (name: string) => createLog(sink, name);
  const log = logOf('node');
  const units = chosenUnits(config);
  const database = given ?? (await openDatabase(config, logOf('database')));
  const sealer = new FieldSealer(database, openKms(config));
  const audit = new AuditLog(database, sealer, clock);
  const redis = openRedis(config, logOf('redis'));
  const coordination = await openCoordination(config, redis, clock, logOf('coordination'));
  const outbound = openSafeFetch({ allowed: config.TROUPE_OUTBOUND_ALLOW });
  const nodeId = config.TROUPE_NODE_ID || `${hostname()}-${process.pid}`;
  registerRendezvous();
  const endTracing = config.TROUPE_OTEL_ENDPOINT
    ? exportTraces(config.TROUPE_OTEL_ENDPOINT, nodeId)
    : undefined;
  const broker = new ServiceBroker(brokerOptions(config, nodeId, sink, metrics, transporter, audit));
  const streams = new StreamRegistry();
  let url: string | undefined;
  let draining = false;
  let events: Events | undefined;
  let models: Models | undefined;
  let control: Control | undefined;

  try {
    if (config.TROUPE_MODE === 'embedded' || config.TROUPE_MIGRATION_URL) await migrate(database);
    events = units.some(unit => UNITS[unit].events)
      ? await openEvents({
          config,
          database,
          clock,
          log: logOf('events'),
          nodeId,
          relay: units.includes('relay'),
        })
      : undefined;
    const shared = { config, database, sealer, clock, coordination, audit };
    control = await openControl(shared, nodeId);
    models = openModels({
      ...shared,
      metrics: metrics.registry,
      log: logOf('models'),
      holder: `${nodeId}/${newId('node')}`,
      alert: alert => broker.broadcast('billing.budget-reached', alert),
    });
    const hosting = units.flatMap(unit => UNITS[unit].hosts ?? []);
    const own = { metrics: metrics.registry, outbound: outbound.fetch };
    const forUnits = { broker, clock, config, database, streams, ...own };
    const actors = hosting.length
      ? hostActors({
          config,
          broker,
          database,
          clock,
          log: logOf('actors'),
          nodeId,
          types: HOSTED_TYPES,
          hosted: hosting.map(({ actor }) => actor.name),
          effects: Object.assign({}, ...hosting.map(each => each.effects(forUnits)), effects),
          onCommit: () => events?.nudge(),
        })
      : undefined;
    if (actors) metrics.watchActors(actors.host);
    if (events) metrics.watchRelays(events);
    const ports: NodePorts = {
      config,
      nodeId,
      broker,
      database,
      clock,
      streams,
      metrics: metrics.registry,
      redis,
      coordination,
      outbound: outbound.fetch,
      models,
      sealer,
      audit,
      control,
      log: logOf,
      events,
      actors,
      consumers: consumersOf(database, logOf, models),
      ready: async () => (draining ? 'stopping' : await reachable(broker, database, ESSENTIAL)),
      onListening: address => {
        url = address;
      },
    };
    broker.createService(streamsService(streams));
    broker.createService(linksService(logOf('links')));
    for (const unit of units) if (unit !== 'gateway') broker.createService(UNITS[unit].create(ports));
    await actors?.recovery.start();
    await broker.start();
    const deaths =
      transporter && config.TROUPE_MODE === 'cluster'
        ? await watchNodes(broker, config.TROUPE_NATS_SYSTEM_URL, actors?.recovery, log)
        : undefined;
    if (units.includes('gateway')) {
      await broker.waitForServices([...ESSENTIAL], 60_000, 100);
      broker.createService(UNITS.gateway.create(ports));
      await waitUntil(() => url !== undefined, 10_000);
    }
    // The node is at work by now: a database that has just gone away is no reason to end it. The next sweep comes.
    await actors?.recovery
      .sweep()
      .catch((error: unknown) => log.warn('recovery.sweep-failed', describeError(error)));
    return {
      broker,
      database,
      url,
      async stop() {
        draining = true;
        const gateway = broker.getLocalService('gateway');
        if (gateway) await broker.destroyService(gateway);
        await withdraw(broker);
        await deaths?.stop();
        const left = (await actors?.host.drain(DRAIN_MS, () => sleep(20))) ?? 0;
        await actors?.stop(left > 0);
        await broker.stop();
        await events?.close();
        await control?.close();
        await coordination.close();
        await models?.close();
        redis?.disconnect();
        await outbound.close();
        if (!given) await database.close();
        await endTracing?.();
      },
    };
  } catch (error) {
    await broker.stop().catch((e: unknown) => log.warn('node.stop-failed', describeError(e)));
    await events?.close();
    await control?.close();
    await coordination.close();
    await models?.close().catch((e: unknown) => log.warn('models.close-failed', describeError(e)));
    redis?.disconnect();
    await outbound.close();
    if (!given) await database.close();
    throw error;
  }
}

function brokerOptions(
  config: Config,
  nodeId: string,
  sink: ReturnType<typeof createPino>,
  metrics: Metrics,
  transporter: boolean,
  audit: AuditLog,
): BrokerOptions {
  const cluster = transporter && config.TROUPE_MODE === 'cluster';
  const serverFault = (error: { status?: number; code?: unknown; retryable?: boolean }) =>
    (error.status ?? (typeof error.code === 'number' ? error.code : 500)) >= 500;
  return {
    namespace: config.TROUPE_NAMESPACE,
    nodeID: nodeId,
    logger: {
      type: 'Pino',
      options: { createLogger: (level: string, bindings: object) => sink.child(bindings, { level }) },
    } as never,
    logLevel: config.TROUPE_LOG_LEVEL === 'info' ? 'warn' : config.TROUPE_LOG_LEVEL,
    ...(cluster
      ? {
          transporter: {
            type: 'NATS',
            options: { ...natsAddress(config.TROUPE_NATS_URL), name: nodeId, ...RECONNECT },
          } as never,
        }
      : {}),
    errorRegenerator: new TroupeRegenerator() as never,
    // Death is noticed by NATS's own notice in milliseconds where it is configured, else by heartbeats in 3 to 5 s.
    heartbeatInterval: 1,
    heartbeatTimeout: 3,
    requestTimeout: 30_000,
    maxCallLevel: 20,
    registry: { strategy: 'RoundRobin', preferLocal: false, stopDelay: 100, discoverer: 'Local' } as never,
    transit: { maxChunkSize: 128 * 1024, serviceChangedDebounceTime: 100 } as never,
    tracking: { enabled: true, shutdownTimeout: DRAIN_MS },
    circuitBreaker: { enabled: false, check: serverFault } as never,
    bulkhead: { enabled: false },
    retryPolicy: {
      enabled: false,
      check: (error: { retryable?: boolean }) => error.retryable === true,
    } as never,
    validator: false,
    metrics: { enabled: false },
    tracing: { enabled: false },
    internalMiddlewares: false,
    // From the handler outwards. Nothing may answer for a call before tenancy has looked at it.
    middlewares: [
      'ActionHook',
      auditMiddleware(audit),
      validationMiddleware(),
      'Bulkhead',
      tenancyMiddleware(),
      authorizationMiddleware(),
      placementMiddleware(),
      'ContextTracker',
      'CircuitBreaker',
      deadlineMiddleware(systemClock),
      'Retry',
      'ErrorHandler',
      // Log lines are cleaned in the sink; spans and labels hold names and codes only.
      dlpMiddleware({ places: ['error'], errorData: false, onRedacted: countRedactions(metrics.registry) }),
      metrics.middleware,
      // Without a collector spans would cost each call and go nowhere.
      ...(config.TROUPE_OTEL_ENDPOINT ? [tracingMiddleware(config.TROUPE_OTEL_SAMPLE_PERCENT)] : []),
    ] as never,
    created: () => sink.debug({ nodeId }, 'node.created'),
  };
}
