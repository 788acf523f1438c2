/**
 * No action whose contract asks for a tenant runs without one, and none may change it: a callee's writes to
 * `ctx.meta` leak back to its caller. Stands outside validation and the bulkhead, so that nothing is queued
 * or looked at for a call that has no tenant.
 */
import type { ActionSchema, Context, Middleware } from 'moleculer';
import { contractOf } from '../lib/contracts/registry.ts';
import { invariant, TroupeError } from '../lib/kernel/errors.ts';
import type { Meta, Next } from '../lib/moleculer/action.ts';

export function tenancyMiddleware(): Middleware {
  return {
    name: 'Tenancy',
    localAction(next: Next, action: ActionSchema) {
      const contract = contractOf(action.name ?? '');
      const required = contract?.tenant === 'required';
      return function tenancy(ctx: Context<unknown, Meta>) {
        const { tenantId } = ctx.meta;
        if (required && !tenantId)
          return Promise.reject(new TroupeError('tenant-missing', `${action.name} needs a tenant`));
        return next(ctx).then(result => {
          invariant(ctx.meta.tenantId === tenantId, `${action.name} leaves its caller's tenant as it was`);
          return result;
        });
      };
    },
  } as unknown as Middleware;
}
