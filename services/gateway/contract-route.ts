/** A route for each contract that declares one: who calls is settled before the body is read, then the action is called. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceBroker } from 'moleculer';
import type { AnyContract } from '../../lib/contracts/contract.ts';
import { chatMessage } from '../../lib/contracts/platform.contracts.ts';
import type { Fields } from '../../lib/contracts/schema.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { call } from '../../lib/moleculer/action.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import { checkParams } from '../../mixins/validation.middleware.ts';
import { type Authenticator, callOptions, type Identity } from './authentication.ts';
import { type ChatPorts, chatRoute } from './chat-route.ts';

const identities = new WeakMap<FastifyRequest, Identity>();

/** Whoever the guard let in. */
export function identityOf(request: FastifyRequest): Identity {
  return identities.get(request)!;
}

/** Before the body is read: who calls, and may they. */
export function guard(authenticate: Authenticator['request'], scope: string) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('cache-control', 'no-store');
    const identity = await authenticate(request);
    if (!identity.scopes.includes(scope))
      throw new TroupeError('forbidden', `This key may not do that; it needs the scope "${scope}"`);
    identities.set(request, identity);
  };
}

export function addContractRoute(
  server: FastifyInstance,
  broker: ServiceBroker,
  chat: ChatPorts,
  authenticate: Authenticator['request'],
  contract: AnyContract,
): void {
  const { method, path, status = 200, scope } = contract.http!;
  const fields = (contract.params.rule.$fields ?? {}) as Fields;
  server.route({
    method,
    url: `/api/v1${path}`,
    onRequest: guard(authenticate, scope),
    async handler(request, reply) {
      const identity = identityOf(request);
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
