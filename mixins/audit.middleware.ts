/**
 * No call that changes configuration or access goes unrecorded. The entry is committed before the handler runs, so a
 * crash cannot leave a change without its entry; a call that then fails leaves a second entry with its code. Inside
 * validation's reach: what the contract refuses changes nothing and is not recorded.
 */
import type { ActionSchema, Context, Middleware } from 'moleculer';
import { isAudited } from '../lib/contracts/contract.ts';
import { contractOf } from '../lib/contracts/registry.ts';
import type { AuditLog } from '../lib/io/audit-log.ts';
import type { Meta, Next } from '../lib/moleculer/action.ts';
import { toTroupeError } from '../lib/moleculer/errors.ts';

/** Parameters that name what is changed, the first that is there. */
const TARGETS = ['name', 'key', 'id', 'conversationId', 'runId', 'userId', 'keyId', 'consumer', 'agent'];

/** Who calls: a person, a key, or the platform itself. */
export function actorOf(ctx: Pick<Context<unknown, Meta>, 'meta' | 'nodeID'>): string {
  const { userId, keyId } = ctx.meta as Meta & { userId?: string };
  if (userId) return `user:${userId}`;
  return keyId ? `key:${keyId}` : `node:${ctx.nodeID ?? ''}`;
}

export function targetOf(params: Readonly<Record<string, unknown>>): string {
  const name = TARGETS.find(each => typeof params[each] === 'string');
  return name ? `${name} ${String(params[name]).slice(0, 200)}` : '';
}

export function auditMiddleware(log: AuditLog): Middleware {
  return {
    name: 'Audit',
    localAction(next: Next, action: ActionSchema) {
      const contract = contractOf(action.name ?? '');
      if (!contract || contract.tenant === 'none' || !isAudited(contract)) return next;
      const name = contract.name;
      return async function audited(ctx: Context<Record<string, unknown>, Meta>) {
        const tenantId = ctx.meta.tenantId!;
        const about = { actor: actorOf(ctx), action: name, target: targetOf(ctx.params) };
        await log.record(tenantId, { ...about, detail: { params: ctx.params } });
        try {
          return await next(ctx);
        } catch (error) {
          await log.record(tenantId, { ...about, detail: { refused: toTroupeError(error).code } });
          throw error;
        }
      };
    },
  } as unknown as Middleware;
}
