/** Who calls: the one place where a tenant enters the platform. */
import type { FastifyRequest } from 'fastify';
import type { CallingOptions } from 'moleculer';
import type { Role } from '../../lib/contracts/roles.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';

export interface Identity {
  readonly tenantId: string;
  readonly plan: string;
  /** Where the tenant's data and models must be; null is anywhere. */
  readonly region: string | null;
  readonly subject: { readonly kind: 'key' | 'user' | 'widget'; readonly id: string };
  /** Of a person: their e-mail address. */
  readonly name?: string;
  readonly role?: Role;
  readonly scopes: readonly string[];
  /** When the credentials run out, milliseconds since the Unix epoch; undefined: never. */
  readonly expiresAt?: number;
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

const WHO = { key: 'keyId', user: 'userId', widget: 'customerId' } as const;

/** What calls made for somebody carry: a new object for each, for a call may write to it. */
export function metaOf({ tenantId, subject, name, role, scopes }: Identity): Record<string, unknown> {
  const meta: Record<string, unknown> = { tenantId, [WHO[subject.kind]]: subject.id, scopes };
  if (role) meta.role = role;
  if (name) meta.userName = name;
  return meta;
}

/** One word for whoever it is, in which no kind passes for another: a customer's id is whatever his shop chose. */
export function subjectOf({ subject: { kind, id } }: Identity): string {
  return kind === 'key' ? id : `${kind}/${id}`;
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
  const options = { requestID: request.id, meta: identity ? metaOf(identity) : {} };
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return options as CallingOptions;
  const state = typeof tracestate === 'string' && tracestate.length <= LONGEST_STATE ? { tracestate } : {};
  return { ...options, headers: { traceparent, ...state } } as CallingOptions;
}
