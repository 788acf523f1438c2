/** Who calls: the one place where a tenant enters the platform. */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { CallingOptions, ServiceBroker } from 'moleculer';
import { authenticateToken } from '../../lib/contracts/identity.contracts.ts';
import { authenticateKey } from '../../lib/contracts/platform.contracts.ts';
import type { Role } from '../../lib/contracts/roles.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { call } from '../../lib/moleculer/action.ts';

export interface Identity {
  readonly tenantId: string;
  readonly plan: string;
  /** Where the tenant's data and models must be; null is anywhere. */
  readonly region: string | null;
  readonly subject: { readonly kind: 'key' | 'user' | 'widget'; readonly id: string };
  readonly role?: Role;
  readonly scopes: readonly string[];
}

/** What was revoked is believed for so long at most, also by a node that missed the news. Milliseconds. */
const BELIEVED_MS = 900;
const MOST_REMEMBERED = 10_000;

export interface Authenticator {
  /** By `Authorization: Bearer`. */
  request(request: Pick<FastifyRequest, 'headers'>): Promise<Identity>;
  /** By the key or token itself, as sockets give it. */
  key(key: string): Promise<Identity>;
  /** Something of that tenant was revoked or changed; without one, anything may have been. */
  forget(tenantId?: string): void;
}

const LONGEST_KEY = 200;
const LONGEST_TOKEN = 4_000;
const TOKEN_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

interface Remembered {
  readonly identity: Promise<Identity>;
  readonly until: number;
  tenantId?: string;
}

/** Keys and tokens are remembered by their hash. Rejects with `unauthenticated`. */
export function createAuthenticator(broker: ServiceBroker, clock: Clock): Authenticator {
  const remembered = new Map<string, Remembered>();

  async function ask(key: string, keyHash: string): Promise<Identity> {
    if (TOKEN_FORM.test(key)) return await call(broker, authenticateToken, { token: key });
    const { tenantId, keyId, scopes, plan, region } = await call(broker, authenticateKey, { keyHash });
    return { tenantId, plan, region, subject: { kind: 'key', id: keyId }, scopes };
  }

  async function byKey(key: string): Promise<Identity> {
    if (key === '')
      throw new TroupeError('unauthenticated', 'Give your key or token as auth: { token } in the handshake');
    if (key.length > (key.includes('.') ? LONGEST_TOKEN : LONGEST_KEY))
      throw new TroupeError('unauthenticated', 'That is no key');
    const keyHash = createHash('sha256').update(key).digest('hex');
    const now = clock.monotonic();
    const known = remembered.get(keyHash);
    if (known && known.until > now) return await known.identity;
    remembered.delete(keyHash);
    if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    // The question counts from when it was asked: an answer on its way while something is revoked is forgotten too.
    const entry: Remembered = { identity: ask(key, keyHash), until: now + BELIEVED_MS };
    remembered.set(keyHash, entry);
    try {
      const identity = await entry.identity;
      entry.tenantId = identity.tenantId;
      return identity;
    } catch (error) {
      if (remembered.get(keyHash) === entry) remembered.delete(keyHash);
      throw error;
    }
  }

  return {
    key: byKey,
    forget(tenantId) {
      for (const [hash, entry] of remembered)
        if (tenantId === undefined || entry.tenantId === undefined || entry.tenantId === tenantId)
          remembered.delete(hash);
    },
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

const NAMES_OF_KEYS = /[?&](?:api[_-]?key|access_token|refresh_?token|authorization)=|tk_live_/i;

/** A key in an address ends in histories and logs of proxies: it is refused, so that nobody gets used to it. */
export function refuseKeyInUrl(url: string): void {
  const query = url.indexOf('?');
  if (query >= 0 && NAMES_OF_KEYS.test(url.slice(query)))
    throw new TroupeError(
      'unauthenticated',
      'Never put a key into an address: send it as "Authorization: Bearer <key>", and revoke this one',
    );
}

/** What calls made for somebody carry. */
export function metaOf({ tenantId, subject, role, scopes }: Identity): Record<string, unknown> {
  const who = { key: 'keyId', user: 'userId', widget: 'customerId' }[subject.kind];
  return { tenantId, [who]: subject.id, ...(role ? { role } : {}), scopes };
}

export function customerOf({ subject }: Identity): string | undefined {
  return subject.kind === 'widget' ? subject.id : undefined;
}

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Bytes of a `tracestate` that W3C Trace Context asks everyone to pass on. */
const LONGEST_STATE = 512;

/** What calls made for a request carry: who asks, and the trace that it belongs to (W3C Trace Context). */
export function callOptions(identity: Identity | undefined, request: FastifyRequest): CallingOptions {
  const { traceparent, tracestate } = request.headers;
  const state = typeof tracestate === 'string' && tracestate.length <= LONGEST_STATE ? { tracestate } : {};
  return {
    requestID: request.id,
    meta: identity ? metaOf(identity) : {},
    ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent)
      ? { headers: { traceparent, ...state } }
      : {}),
  } as CallingOptions;
}
