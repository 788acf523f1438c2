/** Owns the web origins from which tenants' pages may call. An origin is allowed as a whole, exactly as written. */
import type { ServiceSchema } from 'moleculer';
import { checkOrigin, getOrigins, putOrigins } from '../lib/contracts/origins.contracts.ts';
import { requireMatch } from '../lib/core/http/entity-tag.ts';
import type { Database } from '../lib/io/database.ts';
import { isAllowed, lockOrigins, originsOf, replaceOrigins } from '../lib/io/sql/origins.ts';
import { action } from '../lib/moleculer/action.ts';

export function originsService(database: Database): ServiceSchema {
  return {
    name: 'origins',
    actions: {
      get: action(getOrigins, async ctx => ({
        origins: await database.withTenant(ctx.meta.tenantId!, originsOf),
      })),

      put: action(putOrigins, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        const origins = [...new Set(ctx.params.origins)].sort();
        await database.withTenant(tenantId, async tx => {
          await lockOrigins(tx, tenantId);
          const current = await originsOf(tx);
          if (JSON.stringify(current) === JSON.stringify(origins)) return;
          requireMatch(ctx.meta.precondition, { origins: current });
          await replaceOrigins(tx, tenantId, origins);
        });
        return { origins };
      }),

      check: action(checkOrigin, async ctx => ({
        allowed: await isAllowed(database, ctx.params.origin, ctx.params.tenantId),
      })),
    },
  };
}
