/** Contracts: what an action takes and gives, how it may fail, and how calls to it are protected. */
import type { ErrorCode } from '../kernel/errors.ts';
import type { Infer, Schema } from './schema.ts';

export interface Policy {
  /** Longest time a call may take, milliseconds. */
  readonly timeoutMs: number;
  /** Retries by the caller's node after a retryable failure, with growing delay; only where repeating is safe. */
  readonly retries?: number;
  /** A node that fails more than half of its calls is left out for a while. Never on actions placed by key. */
  readonly breaker?: boolean;
  /** Calls that run at once on a node, and that may wait. */
  readonly bulkhead?: { readonly concurrency: number; readonly queue: number };
  /** Calls of one tenant with the same value of these parameters go to the same node. */
  readonly placement?: readonly string[];
}

export const SCOPES = ['chat', 'knowledge', 'operate', 'models', 'members', 'keys', 'view'] as const;
/** What each gives: `lib/core/pricing/plans.ts`. */
export const PLANS = ['free', 'team', 'business'] as const;
export type Scope = (typeof SCOPES)[number];

export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** What the caller must be allowed; `public`: anybody, without credentials. */
  readonly scope: Scope | 'public';
  /** Times that one client address may try in a while: for what is worth guessing at. */
  readonly attempts?: { readonly most: number; readonly windowSeconds: number };
  /** Path below /api/v1 with `:name` for parameters. */
  readonly path: string;
  /** Status of success. */
  readonly status?: number;
  /** Bytes that its body may have, when it takes more than others. */
  readonly bodyBytes?: number;
  /** Also answers as a stream of events when asked for `text/event-stream`. */
  readonly streams?: boolean;
  /** A POST that changes nothing: it takes no Idempotency-Key. */
  readonly reads?: true;
  /** Doing it twice is the same as once: a request whose node died may be run again under its Idempotency-Key. */
  readonly repeatable?: boolean;
  /** A field that names what is made: left out, it is made of the Idempotency-Key, so that repeating makes nothing new. */
  readonly namedByKey?: { readonly field: string; readonly kind: 'run' | 'event' };
  /** A configuration resource: its GET has an ETag, its PUT and DELETE need If-Match (`requireMatch` in lib/core/http). */
  readonly etag?: true;
  /** Its answer holds a secret that is shown only once: never recorded, so it takes no `Idempotency-Key`. */
  readonly secret?: true;
}

export interface Contract<P, R> {
  readonly name: string;
  readonly doc: string;
  readonly params: Schema<P>;
  readonly result: Schema<R>;
  readonly errors: readonly ErrorCode[];
  readonly policy: Policy;
  /** `required`: refuses a call without a tenant. `none`: works before or across tenants; offered over HTTP only as `public`. */
  readonly tenant: 'required' | 'none';
  readonly http?: HttpRoute;
  /** Whether calls go into the audit log; without it, those do that `isAudited` takes for changes. */
  readonly audit?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: a contract of whatever parameters and result
export type AnyContract = Contract<any, any>;

export type ParamsOf<C> = C extends { readonly params: Schema<infer P> } ? P : never;
export type ResultOf<C> = C extends { readonly result: Schema<infer R> } ? R : never;

export function contract<PS extends Schema<unknown>, RS extends Schema<unknown>>(
  declaration: Omit<Contract<unknown, unknown>, 'params' | 'result' | 'tenant'> & {
    params: PS;
    result: RS;
    tenant?: 'required' | 'none';
  },
): Contract<Infer<PS>, Infer<RS>> {
  return { tenant: 'required', ...declaration } as unknown as Contract<Infer<PS>, Infer<RS>>;
}

/** What a customer's chat or a model's client does is in the journal and the ledger, not in the audit log. */
const EVERYDAY: ReadonlySet<string> = new Set(['chat', 'knowledge', 'models']);

/** Whether a call changes configuration or access, so that it must not go unrecorded. */
export function isAudited({ audit, http }: AnyContract): boolean {
  return audit ?? (http !== undefined && http.method !== 'GET' && !http.reads && !EVERYDAY.has(http.scope));
}
