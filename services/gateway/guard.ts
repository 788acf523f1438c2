/** Before the body of a request is read: who calls, from which page, and may they. Whoever is known and counted in memory waits for nothing. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AnyContract } from '../../lib/contracts/contract.ts';
import { checkAuthorized } from '../../mixins/authorization.middleware.ts';
import { customerOf, type Identity } from './authentication.ts';
import type { CrossOrigin } from './cross-origin.ts';
import { type DoorPorts, letIn } from './let-in.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whoever the guard let in; on public routes nobody is known. */
    identity: Identity | null;
  }
}

export function identityOf(request: FastifyRequest): Identity {
  return request.identity!;
}

export function guard(
  door: DoorPorts & { readonly origins: CrossOrigin },
  contract: Pick<AnyContract, 'name' | 'http'>,
) {
  const route = contract.http!;

  function enter(
    request: FastifyRequest,
    reply: FastifyReply,
    identity: Identity,
  ): undefined | Promise<void> {
    const authorize = (): undefined => {
      const { scopes } = identity;
      checkAuthorized(contract, { scopes, customerId: customerOf(identity) }, request.params as object);
      request.identity = identity;
    };
    // The origin first: a page that may call must be able to read why it may not do this.
    if (request.headers.origin !== undefined)
      return door.origins.admit(request, reply, identity.tenantId).then(authorize);
    return authorize();
  }

  function admitted(request: FastifyRequest, reply: FastifyReply): undefined | Promise<void> {
    reply.header('cache-control', 'no-store');
    const header = (name: string, value: string) => reply.header(name, value);
    if (route.scope === 'public')
      return door.limits.admit(door.addressOf(request.raw), header, undefined, route);
    const identity = letIn(door, request.raw, header, route);
    return identity instanceof Promise
      ? identity.then(later => enter(request, reply, later))
      : enter(request, reply, identity);
  }

  return (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => {
    try {
      const waiting = admitted(request, reply);
      if (!waiting) return done();
      waiting.then(() => done(), done);
    } catch (error) {
      done(error as Error);
    }
  };
}
