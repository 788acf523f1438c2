/**
 * Owns tenants and their API keys. A key is shown once and stored as its SHA-256: it has 256 random bits, so a
 * slow hash would protect nothing and cost every request.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { ServiceSchema } from 'moleculer';
import { SCOPES } from '../lib/contracts/contract.ts';
import {
  authenticateKeys,
  createApiKey,
  createTenant,
  findTenant,
} from '../lib/contracts/platform.contracts.ts';
import { refuseForeign } from '../lib/core/models/residency.ts';
import type { Database } from '../lib/io/database.ts';
import { findKeys, findTenantByName, insertApiKey, insertTenant } from '../lib/io/sql/tenants.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { newId } from '../lib/kernel/ids.ts';
import { action } from '../lib/moleculer/action.ts';

export function hashKey(apiKey: string): Buffer {
  return createHash('sha256').update(apiKey).digest();
}

/** `region`: where this platform is; tenants of another are not made here. */
export function tenantsService(database: Database, region?: string): ServiceSchema {
  async function makeKey(tenantId: string, name: string, scopes: readonly string[]) {
    const keyId = newId('apiKey');
    const apiKey = `tk_live_${randomBytes(32).toString('base64url')}`;
    await insertApiKey(database, {
      tenantId,
      keyId,
      keyHash: hashKey(apiKey),
      prefix: apiKey.slice(0, 12),
      name,
      scopes,
    });
    return { keyId, apiKey };
  }

  return {
    name: 'tenants',
    actions: {
      create: action(createTenant, async ctx => {
        const { region: home, model } = (ctx.params.settings ?? {}) as {
          readonly region?: unknown;
          readonly model?: { readonly apiKey?: unknown };
        };
        if (model?.apiKey !== undefined)
          throw new TroupeError(
            'validation-failed',
            'Settings hold no keys: give the model as an endpoint, PUT /api/v1/models/endpoints/:name',
          );
        refuseForeign(region, typeof home === 'string' ? home : null);
        const tenantId = newId('tenant');
        await insertTenant(database, {
          tenantId,
          name: ctx.params.name,
          settings: ctx.params.settings ?? {},
          plan: ctx.params.plan ?? 'business',
        });
        const { apiKey } = await makeKey(tenantId, 'first key', SCOPES);
        return { tenantId, apiKey };
      }),
      createKey: action(createApiKey, ctx =>
        makeKey(ctx.params.tenantId, ctx.params.name, ctx.params.scopes),
      ),
      authenticate: action(authenticateKeys, async ctx => ({
        owners: await findKeys(database, ctx.params.keyHashes),
      })),
      find: action(findTenant, async ctx => {
        const found = await findTenantByName(database, ctx.params.name);
        return { tenantId: found?.tenantId ?? null, settings: found?.settings ?? {} };
      }),
    },
  };
}
