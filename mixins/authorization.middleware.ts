/**
 * What a caller may do, checked on the node that answers: also for a call that came over the broker with a gateway's
 * meta. Looks at the outermost call only; what a handler then asks of others is the handler's. Stands outside tenancy,
 * so that nothing is validated or queued for somebody who may not call.
 */
import type { ActionSchema, Context, Middleware } from 'moleculer';
import type { AnyContract } from '../lib/contracts/contract.ts';
import { contractOf } from '../lib/contracts/registry.ts';
import { authorize, type Caller } from '../lib/core/identity/authorize.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import type { Meta, Next } from '../lib/moleculer/action.ts';

/** Throws `forbidden`, and `not-found` for what a customer must not even know of. */
export function checkAuthorized(
  contract: Pick<AnyContract, 'name' | 'http'>,
  caller: Caller,
  params?: { readonly conversationId?: unknown },
): void {
  const verdict = authorize(contract, caller, params);
  if (verdict.allowed) return;
  if (verdict.why === 'scope')
    throw new TroupeError(
      'forbidden',
      `These credentials may not do that; it needs the scope "${verdict.scope}"`,
    );
  throw new TroupeError('not-found', 'There is no such conversation');
}

export function authorizationMiddleware(): Middleware {
  return {
    name: 'Authorization',
    localAction(next: Next, action: ActionSchema) {
      const contract = contractOf(action.name ?? '');
      if (!contract) return next;
      return function authorized(ctx: Context<{ conversationId?: unknown }, Meta>) {
        const { scopes, keyId, userId, customerId } = ctx.meta;
        // Jobs and the console name nobody; whoever is named must have been given scopes.
        if (ctx.level > 1 || (!scopes && !keyId && !userId && customerId === undefined)) return next(ctx);
        try {
          checkAuthorized(contract, { scopes: scopes ?? [], customerId }, ctx.params);
        } catch (error) {
          return Promise.reject(error);
        }
        return next(ctx);
      };
    },
  } as unknown as Middleware;
}
