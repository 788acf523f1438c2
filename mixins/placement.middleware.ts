/**
 * An actor that is at work on another node is called there: placement by hash is a hint, the journal knows better.
 * Outside tenancy and validation, so that the forwarded call is checked where it runs.
 */
import type { ActionSchema, Context, Middleware } from 'moleculer';
import { contractOf } from '../lib/contracts/registry.ts';
import { hasCode, type TroupeError } from '../lib/kernel/errors.ts';
import type { Meta, Next } from '../lib/moleculer/action.ts';

export function placementMiddleware(): Middleware {
  return {
    name: 'Placement',
    localAction(next: Next, action: ActionSchema) {
      const name = action.name ?? '';
      if (!contractOf(name)?.policy.placement) return next;
      return function placed(ctx: Context<object, Meta & { forwarded?: boolean }>) {
        return next(ctx).catch((error: unknown) => {
          const nodeId = hasCode(error, 'activation-elsewhere')
            ? (error as TroupeError).data.nodeId
            : undefined;
          // Forwarded once: if that node has lost it too, the caller asks again.
          if (typeof nodeId !== 'string' || nodeId === ctx.broker.nodeID || ctx.meta.forwarded) throw error;
          return ctx.call(name, ctx.params, { nodeID: nodeId, meta: { forwarded: true } });
        });
      };
    },
  } as unknown as Middleware;
}
