/**
 * CORS (WHATWG Fetch): which pages of other sites may call. The origin is compared as a whole with those that the
 * tenant allows. A preflight comes without credentials: it is answered for any tenant that allows the origin, and
 * the request itself is then refused unless its own tenant does.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceBroker } from 'moleculer';
import { checkOrigin } from '../../lib/contracts/origins.contracts.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { call } from '../../lib/moleculer/action.ts';
import { methodsOf } from './problem.ts';

/** An answer is believed for so long at most. Milliseconds. */
const BELIEVED_MS = 1_000;
const MOST_REMEMBERED = 10_000;
const ORIGIN = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/;

const PREFLIGHT = {
  'access-control-allow-headers':
    'authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, traceparent, tracestate, x-request-id',
  'access-control-max-age': '600',
};
const EXPOSED =
  'etag, idempotency-replayed, ratelimit, ratelimit-policy, retry-after, x-request-id, www-authenticate';

export interface CrossOrigin {
  /** Refuses a request from another site that the tenant does not allow. Rejects with `origin-refused`. */
  admit(request: FastifyRequest, reply: FastifyReply, tenantId: string): Promise<void>;
}

/** Whether pages of an origin may call for a tenant (null: for any); believed for a moment. */
export function allowedOrigins(
  broker: ServiceBroker,
  clock: Clock,
): (origin: string, tenantId: string | null) => Promise<boolean> {
  const remembered = new Map<string, { allowed: boolean; until: number }>();
  return async function allows(origin, tenantId) {
    if (!ORIGIN.test(origin) || origin.length > 300) return false;
    const key = `${tenantId} ${origin}`;
    const now = clock.monotonic();
    const known = remembered.get(key);
    if (known && known.until > now) return known.allowed;
    const { allowed } = await call(broker, checkOrigin, { origin, tenantId });
    remembered.delete(key);
    if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    remembered.set(key, { allowed, until: now + BELIEVED_MS });
    return allowed;
  };
}

export function crossOrigin(server: FastifyInstance, broker: ServiceBroker, clock: Clock): CrossOrigin {
  const allows = allowedOrigins(broker, clock);
  const refusal = () => new TroupeError('origin-refused', 'Pages of that origin may not call here');

  server.options('/api/v1/*', async (request, reply) => {
    const methods = methodsOf(request.url.split('?')[0]!);
    if (methods.length === 0) throw new TroupeError('not-found', 'There is nothing at that path');
    const { origin } = request.headers;
    reply.header('allow', methods.join(', '));
    if (origin !== undefined) {
      reply.header('vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
      if (!(await allows(origin, null))) throw refusal();
      reply.headers({
        ...PREFLIGHT,
        'access-control-allow-origin': origin,
        'access-control-allow-methods': methods.join(', '),
      });
    }
    return reply.code(204).send();
  });

  return {
    async admit(request, reply, tenantId) {
      const { origin, host } = request.headers;
      if (origin === undefined || isOwn(origin, host)) return;
      reply.header('vary', 'Origin');
      if (!(await allows(origin, tenantId))) throw refusal();
      reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED });
    },
  };
}

/** The web app that this gateway itself serves. Its scheme may be another: TLS ends before us. */
export function isOwn(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}
