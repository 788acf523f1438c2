/** Who calls: the one place where a tenant enters the platform. */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { CallingOptions, ServiceBroker } from 'moleculer';
import { authenticateKey } from '../../lib/contracts/platform.contracts.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { call } from '../../lib/moleculer/action.ts';

export interface Identity {
  readonly tenantId: string;
  readonly keyId: string;
  readonly scopes: readonly string[];
  readonly plan: string;
  readonly region: string | null;
}

/** A revoked key is believed for so long at most. Milliseconds. */
const BELIEVED_MS = 1_000;
const MOST_REMEMBERED = 10_000;

export interface Authenticator {
  /** By `Authorization: Bearer`. */
  request(request: FastifyRequest): Promise<Identity>;
  /** By the key itself, as sockets give it. */
  key(key: string): Promise<Identity>;
}

const LONGEST_KEY = 200;

/** Keys are looked up by their hash and never kept. Rejects with `unauthenticated`. */
export function createAuthenticator(broker: ServiceBroker, clock: Clock): Authenticator {
  const remembered = new Map<string, { identity: Identity; until: number }>();
  async function byKey(key: string): Promise<Identity> {
    if (key.length > LONGEST_KEY) throw new TroupeError('unauthenticated', 'That is no key');
    const keyHash = createHash('sha256').update(key).digest('hex');
    const now = clock.monotonic();
    const known = remembered.get(keyHash);
    if (known && known.until > now) return known.identity;
    remembered.delete(keyHash);
    const identity = await call(broker, authenticateKey, { keyHash });
    if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    remembered.set(keyHash, { identity, until: now + BELIEVED_MS });
    return identity;
  }
  return {
    key: byKey,
    async request(request) {
      const header = request.headers.authorization;
      if (!header)
        throw new TroupeError('unauthenticated', 'Send your API key as "Authorization: Bearer <key>"');
      const [scheme, key, ...rest] = header.split(' ');
      if (scheme?.toLowerCase() !== 'bearer' || !key || rest.length > 0)
        throw new TroupeError('unauthenticated', 'The Authorization header must be "Bearer <key>"');
      return await byKey(key);
    },
  };
}

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Bytes of a `tracestate` that W3C Trace Context asks everyone to pass on. */
const LONGEST_STATE = 512;

/** What calls made for a request carry: who asks, and the trace that it belongs to (W3C Trace Context). */
export function callOptions(identity: Identity, request: FastifyRequest): CallingOptions {
  const { traceparent, tracestate } = request.headers;
  const state = typeof tracestate === 'string' && tracestate.length <= LONGEST_STATE ? { tracestate } : {};
  return {
    requestID: request.id,
    meta: { tenantId: identity.tenantId, keyId: identity.keyId, scopes: identity.scopes },
    ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent)
      ? { headers: { traceparent, ...state } }
      : {}),
  } as CallingOptions;
}
