/** The OpenFeature Remote Evaluation Protocol 0.2 (OFREP): any OpenFeature SDK evaluates a tenant's flags by it. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { evaluateFlags } from '../../lib/contracts/control.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { callOptions } from './authentication.ts';
import type { RoutePorts } from './contract-route.ts';
import { guard, identityOf } from './guard.ts';

type Context = Record<string, unknown>;

/** The context of a request; undefined when it is none. */
function contextOf(request: FastifyRequest): Context | undefined {
  const { context } = (request.body ?? {}) as { context?: unknown };
  return typeof context === 'object' && context !== null && !Array.isArray(context)
    ? (context as Context)
    : undefined;
}

export function addOfrepRoutes(
  server: FastifyInstance,
  ports: Pick<RoutePorts, 'authenticator' | 'limits' | 'addressOf' | 'stays' | 'broker' | 'origins'>,
): void {
  const { broker } = ports;
  const onRequest = guard(ports, {
    name: evaluateFlags.name,
    http: { method: 'POST', path: '/ofrep', scope: 'operate' },
  });

  server.post('/ofrep/v1/evaluate/flags/:key', { onRequest }, async (request, reply) => {
    const { key } = request.params as { key: string };
    const context = contextOf(request);
    if (!context) return reply.code(400).send({ key, errorCode: 'INVALID_CONTEXT' });
    const options = callOptions(identityOf(request), request);
    const { flags } = await call(broker, evaluateFlags, { key, context }, options);
    const [flag] = flags;
    if (flag?.errorCode) return reply.code(flag.errorCode === 'FLAG_NOT_FOUND' ? 404 : 400).send(flag);
    return flag;
  });

  server.post('/ofrep/v1/evaluate/flags', { onRequest }, async (request, reply) => {
    const context = contextOf(request);
    if (!context) return reply.code(400).send({ errorCode: 'INVALID_CONTEXT' });
    const options = callOptions(identityOf(request), request);
    const { flags } = await call(broker, evaluateFlags, { context }, options);
    const body = JSON.stringify({ flags });
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    reply.header('etag', etag);
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type('application/json').send(body);
  });
}
