/** From a contract to an action of a service, and from a contract to a typed call. */
import type { ActionSchema, CallingOptions, Context } from 'moleculer';
import type { Contract, Policy } from '../contracts/contract.ts';
import type { Role } from '../contracts/roles.ts';
import { rootRules } from '../contracts/schema.ts';
import type { Precondition } from '../core/http/entity-tag.ts';

/** What every call carries. Set at the gateway, in the REPL, or by a job for a tenant; never by a service for another. */
export interface Meta {
  tenantId?: string;
  keyId?: string;
  userId?: string;
  /** The address of that person, as colleagues know them. */
  userName?: string;
  /** A customer, by his own token: he reaches only his own conversations. */
  customerId?: string;
  role?: Role;
  scopes?: readonly string[];
  /** Milliseconds since the epoch by which the caller wants an answer. */
  deadline?: number;
  /** Of a request on a configuration resource: the state that it expects. */
  precondition?: Precondition;
}

export type Call<P> = Context<P, Meta>;

/** The next handler in a chain of middlewares. */
// biome-ignore lint/suspicious/noExplicitAny: handlers of whatever parameters and meta
export type Next = (ctx: Context<any, any>) => Promise<unknown>;

/** An action that keeps its contract. */
export function action<P, R>(contract: Contract<P, R>, handler: (ctx: Call<P>) => Promise<R>): ActionSchema {
  const { policy } = contract;
  return {
    name: contract.name.slice(contract.name.indexOf('.') + 1),
    description: contract.doc,
    params: rootRules(contract.params as never),
    ...policyOptions(policy),
    handler: handler as never,
  } as ActionSchema;
}

function policyOptions(policy: Policy): Record<string, unknown> {
  return {
    timeout: policy.timeoutMs,
    ...(policy.placement ? { strategy: 'Rendezvous', strategyOptions: { placement: policy.placement } } : {}),
    ...(policy.retries
      ? { retryPolicy: { enabled: true, retries: policy.retries, delay: 50, maxDelay: 1_000, factor: 2 } }
      : {}),
    ...(policy.breaker && !policy.placement
      ? {
          circuitBreaker: {
            enabled: true,
            threshold: 0.5,
            minRequestCount: 20,
            windowTime: 60,
            halfOpenTime: 5_000,
          },
        }
      : {}),
    ...(policy.bulkhead
      ? {
          bulkhead: {
            enabled: true,
            concurrency: policy.bulkhead.concurrency,
            maxQueueSize: policy.bulkhead.queue,
          },
        }
      : {}),
  };
}

/** Milliseconds until nobody waits for the answer of this call any more, at least 1. */
export function remainingMs({ meta }: { readonly meta: Meta }, nowMs: number): number {
  return Math.max(1, (meta.deadline ?? Number.POSITIVE_INFINITY) - nowMs);
}

interface Caller {
  call(name: string, params: unknown, options?: CallingOptions): Promise<unknown>;
}

/** Calls the action of a contract. */
export function call<P, R>(
  caller: Caller,
  contract: Contract<P, R>,
  params: P,
  options?: CallingOptions,
): Promise<R> {
  return caller.call(contract.name, params, options) as Promise<R>;
}
