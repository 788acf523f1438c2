/**
 * Owns HTTP: lets tenants in, checks sizes and shapes, calls actions by contract, tells errors as problems. Fastify
 * carries it (decision 0004). A route exists because a contract declares it.
 */
import { createServer } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import type { ServiceBroker, ServiceSchema } from 'moleculer';
import type { Registry } from 'prom-client';
import { watchConversation } from '../../lib/contracts/conversation.contracts.ts';
import type { Coordination } from '../../lib/io/coordination.ts';
import type { Database } from '../../lib/io/database.ts';
import type { Models } from '../../lib/io/models/open-models.ts';
import type { Control } from '../../lib/io/open-feature.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import type { Config } from '../../lib/kernel/config.ts';
import type { Log } from '../../lib/kernel/log.ts';
import type { StreamRegistry } from '../../lib/moleculer/streams.ts';
import { addAccountPages } from './account-pages.ts';
import { createAttachments } from './attachments.ts';
import type { ChatPorts } from './chat-route.ts';
import { addContractRoutes, type RoutePorts } from './contract-route.ts';
import { allowedOrigins, crossOrigin } from './cross-origin.ts';
import { endAllStreams, endStreamsOf } from './event-stream.ts';
import { guard, identityOf } from './guard.ts';
import { createIdempotency } from './idempotency.ts';
import { acceptJson } from './json-body.ts';
import { type DoorPorts, type OpenDoor, openDoor } from './let-in.ts';
import { addMcpRoute } from './mcp-route.ts';
import { addOfrepRoutes } from './ofrep-route.ts';
import { openAiDoor } from './openai/openai-door.ts';
import { malformedRequests, tellErrors } from './problem.ts';
import { addPublicRoutes } from './public-routes.ts';
import { createRealtimeMetrics } from './realtime/realtime-metrics.ts';
import { openRealtime, type Realtime, transportOf } from './realtime/socket-server.ts';
import { aroundAnswers, requestId } from './request-headers.ts';
import { type Rewatch, WATCH, watchRoute } from './watch-route.ts';
import { addWebhookRoutes } from './webhook-routes.ts';

const REQUEST_READ_MS = 30_000;
/** An idle connection stays open for longer than proxies keep theirs (60 s as a rule): else they would use one that has just closed. */
const KEEP_ALIVE_MS = 72_000;

export interface GatewayPorts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly database: Database;
  readonly streams: StreamRegistry;
  readonly metrics: Registry;
  /** For what sockets tell each other between nodes; undefined on a platform of one node. */
  readonly redis: Redis | undefined;
  readonly models: Models;
  readonly control: Control;
  readonly coordination: Coordination;
  /** Whether this node can serve now, and if not why. */
  readonly ready: () => Promise<string | undefined>;
  /** Told the address once the server listens. */
  readonly onListening: (url: string) => void;
}

export function gatewayService(ports: GatewayPorts): ServiceSchema {
  const rewatch: Rewatch = new Set();
  let server: FastifyInstance | undefined;
  let realtime: Realtime | undefined;
  let door: OpenDoor | undefined;
  return {
    name: 'gateway',
    events: {
      '$node.disconnected': () => {
        for (const begin of rewatch) begin();
        realtime?.rehear();
      },
      'conversations.changed': (ctx: { params: { tenantId: string; conversationIds: readonly string[] } }) =>
        realtime?.listChanged(ctx.params.tenantId, ctx.params.conversationIds),
    },
    async started(this: { broker: ServiceBroker; server?: FastifyInstance }) {
      door = await openDoor(this.broker, ports, {
        letGo(isMeant, why) {
          endStreamsOf(isMeant, why);
          realtime?.letGo(isMeant, why);
        },
        confirmAll: () => void realtime?.confirmAll(),
      });
      server = await buildServer(this.broker, ports, door, rewatch);
      this.server = server;
      const { config, streams, clock, log, redis } = ports;
      realtime = openRealtime(server.server, {
        broker: this.broker,
        streams,
        clock,
        log,
        redis,
        metrics: createRealtimeMetrics(ports.metrics),
        limitMs: config.TROUPE_REQUEST_TIMEOUT_MS,
        authenticate: token => door!.known(token),
        admitMessage: door.limits.message,
        allowsOrigin: allowedOrigins(this.broker, clock),
        mostConnections: config.TROUPE_MOST_SOCKETS,
        namespace: config.TROUPE_NAMESPACE,
        transport: transportOf(config),
      });
      ports.onListening(await server.listen({ port: config.TROUPE_PORT, host: config.TROUPE_HOST }));
    },
    async stopped() {
      endAllStreams();
      await door?.close();
      await realtime?.close();
      await server?.close();
    },
  } as ServiceSchema;
}

async function buildServer(
  broker: ServiceBroker,
  ports: GatewayPorts,
  door: DoorPorts,
  rewatch: Rewatch,
): Promise<FastifyInstance> {
  const { config, clock, log, database } = ports;
  const openAi = openAiDoor({
    ...door,
    models: ports.models,
    control: ports.control,
    metrics: ports.metrics,
    clock,
    log,
    bodyLimit: config.TROUPE_BODY_LIMIT_BYTES,
    limitMs: config.TROUPE_REQUEST_TIMEOUT_MS,
  });
  const server = Fastify({
    serverFactory: handler =>
      createServer(
        { requestTimeout: REQUEST_READ_MS, keepAliveTimeout: KEEP_ALIVE_MS },
        (request, response) => {
          if (!openAi(request, response)) handler(request, response);
        },
      ),
    ...malformedRequests,
    bodyLimit: config.TROUPE_BODY_LIMIT_BYTES,
    connectionTimeout: 0,
    forceCloseConnections: true,
    genReqId: requestId,
    routerOptions: { maxParamLength: 300 },
    logger: false,
  });
  server.decorate('routesServed', routesOf(server));
  server.decorateRequest('identity', null);
  acceptJson(server);
  tellErrors(server, log);
  aroundAnswers(server);
  const attachments = createAttachments(ports.database);
  const { streams } = ports;
  const chat: ChatPorts = { broker, streams, clock, limitMs: config.TROUPE_REQUEST_TIMEOUT_MS, attachments };
  const origins = crossOrigin(server, broker, clock);
  const idempotency = createIdempotency(database, config.TROUPE_REQUEST_TIMEOUT_MS);
  const routes: RoutePorts = { ...door, server, broker, database, chat, origins, idempotency, attachments };
  addContractRoutes(routes);
  server.route({
    method: WATCH.method,
    url: `/api/v1${WATCH.path}`,
    exposeHeadRoute: false,
    onRequest: guard(routes, { name: watchConversation.name, http: WATCH }),
    handler: (request, reply) =>
      watchRoute(
        chat,
        rewatch,
        identityOf(request),
        (request.params as { conversationId: string }).conversationId,
        request,
        reply,
      ),
  });
  addMcpRoute(server, chat, door);
  addAccountPages(server, broker);
  addOfrepRoutes(server, routes);
  await addWebhookRoutes(server, broker);
  await addPublicRoutes(server, broker, ports);
  return server;
}

/** Every route that is added from now on, as `GET /path`. */
function routesOf(server: FastifyInstance): readonly string[] {
  const routes: string[] = [];
  server.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push(`${each} ${url}`);
  });
  return routes;
}
