/**
 * Owns HTTP: authenticates, lets the tenant in, checks sizes and shapes, calls actions by contract, tells errors
 * as problems. Fastify carries it (docs/decisions/0004-fastify-in-the-gateway.md). A route exists because a
 * contract declares it; nothing else is exposed.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import type { ServiceBroker, ServiceSchema } from 'moleculer';
import type { Registry } from 'prom-client';
import type { AnyContract } from '../../lib/contracts/contract.ts';
import { chatMessage } from '../../lib/contracts/platform.contracts.ts';
import { CONTRACTS } from '../../lib/contracts/registry.ts';
import type { Fields } from '../../lib/contracts/schema.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import type { Config } from '../../lib/kernel/config.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import type { Log } from '../../lib/kernel/log.ts';
import { call } from '../../lib/moleculer/action.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import type { StreamRegistry } from '../../lib/moleculer/streams.ts';
import { checkParams } from '../../mixins/validation.middleware.ts';
import { type Authenticator, callOptions, createAuthenticator, type Identity } from './authentication.ts';
import { type ChatPorts, chatRoute } from './chat-route.ts';
import { endAllStreams } from './event-stream.ts';
import { checkDepth } from './json-body.ts';
import { malformedRequests, tellErrors } from './problem.ts';
import { addPublicRoutes } from './public-routes.ts';
import { createRealtimeMetrics } from './realtime/realtime-metrics.ts';
import { openRealtime, type Realtime } from './realtime/socket-server.ts';
import { type Rewatch, watchRoute } from './watch-route.ts';

export interface GatewayPorts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly streams: StreamRegistry;
  readonly metrics: Registry;
  /** For what sockets tell each other between nodes; undefined on a platform of one node. */
  readonly redis: Redis | undefined;
  /** Whether this node can serve now, and if not why. */
  readonly ready: () => Promise<string | undefined>;
  /** Told the address once the server listens. */
  readonly onListening: (url: string) => void;
}

type Authenticate = (request: FastifyRequest) => Promise<Identity>;

const identities = new WeakMap<FastifyRequest, Identity>();

export function gatewayService(ports: GatewayPorts): ServiceSchema {
  const rewatch: Rewatch = new Set();
  let server: FastifyInstance | undefined;
  let realtime: Realtime | undefined;
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
    async started(this: { broker: ServiceBroker }) {
      const authenticator = createAuthenticator(this.broker, ports.clock);
      server = await buildServer(this.broker, ports, authenticator, rewatch);
      realtime = openRealtime(server.server, {
        broker: this.broker,
        streams: ports.streams,
        clock: ports.clock,
        log: ports.log,
        metrics: createRealtimeMetrics(ports.metrics),
        limitMs: ports.config.TROUPE_REQUEST_TIMEOUT_MS,
        authenticate: authenticator.key,
        redis: ports.redis,
        mostConnections: ports.config.TROUPE_MOST_SOCKETS,
        namespace: ports.config.TROUPE_NAMESPACE,
      });
      ports.onListening(
        await server.listen({ port: ports.config.TROUPE_PORT, host: ports.config.TROUPE_HOST }),
      );
    },
    async stopped() {
      endAllStreams();
      await realtime?.close();
      await server?.close();
    },
  } as ServiceSchema;
}

async function buildServer(
  broker: ServiceBroker,
  ports: GatewayPorts,
  authenticator: Authenticator,
  rewatch: Rewatch,
): Promise<FastifyInstance> {
  const { config, clock, log } = ports;
  const server = Fastify({
    ...malformedRequests,
    bodyLimit: config.TROUPE_BODY_LIMIT_BYTES,
    requestTimeout: 30_000,
    connectionTimeout: 0,
    forceCloseConnections: true,
    genReqId: () => newId('request'),
    routerOptions: { maxParamLength: 300 },
    logger: false,
  });
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    try {
      checkDepth(body as string);
    } catch (error) {
      return done(error as Error);
    }
    parseJson(request, body as string, done);
  });
  tellErrors(server, log);
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('x-frame-options', 'DENY');
  });

  const authenticate = authenticator.request;
  const chat: ChatPorts = {
    broker,
    streams: ports.streams,
    clock,
    limitMs: config.TROUPE_REQUEST_TIMEOUT_MS,
  };
  for (const contract of CONTRACTS)
    if (contract.http) addContractRoute(server, broker, chat, authenticate, contract);
  server.route({
    method: 'GET',
    url: '/api/v1/chat/conversations/:conversationId/events',
    onRequest: guard(authenticate, 'chat'),
    handler: (request, reply) =>
      watchRoute(
        chat,
        rewatch,
        identities.get(request)!,
        (request.params as { conversationId: string }).conversationId,
        request,
        reply,
      ),
  });
  await addPublicRoutes(server, broker, ports);
  return server;
}

/** Before the body is read: who calls, and may they. */
function guard(authenticate: Authenticate, scope: string) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('cache-control', 'no-store');
    const identity = await authenticate(request);
    if (!identity.scopes.includes(scope))
      throw new TroupeError('forbidden', `This key may not do that; it needs the scope "${scope}"`);
    identities.set(request, identity);
  };
}

function addContractRoute(
  server: FastifyInstance,
  broker: ServiceBroker,
  chat: ChatPorts,
  authenticate: Authenticate,
  contract: AnyContract,
): void {
  const { method, path, status = 200, scope } = contract.http!;
  const fields = (contract.params.rule.$fields ?? {}) as Fields;
  server.route({
    method,
    url: `/api/v1${path}`,
    onRequest: guard(authenticate, scope),
    async handler(request, reply) {
      const identity = identities.get(request)!;
      const body = method === 'POST' || method === 'PUT' ? (request.body ?? {}) : {};
      if (typeof body !== 'object' || Array.isArray(body))
        throw new TroupeError('validation-failed', 'The body must be a JSON object');
      const query =
        method === 'GET' || method === 'DELETE'
          ? fromQuery(request.query as Record<string, unknown>, fields)
          : {};
      const params = { ...body, ...query, ...(request.params as object) };
      checkParams(contract, params);
      if (contract === chatMessage) return await chatRoute(chat, identity, params as never, request, reply);
      const options = callOptions(identity, request);
      const result = contract.policy.placement
        ? await persistentCall(broker, contract, params, options, chat.clock, chat.limitMs)
        : await call(broker, contract, params, options);
      return reply.code(status).send(result);
    },
  });
}

/** Query strings carry text; numbers and flags become what the contract says. Names may be anything. */
function fromQuery(query: Record<string, unknown>, fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const type = Object.hasOwn(fields, name) ? fields[name]!.rule.type : undefined;
      if (type === 'number' && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))
        return [name, Number(value)];
      if (type === 'boolean' && (value === 'true' || value === 'false')) return [name, value === 'true'];
      return [name, value];
    }),
  );
}
