/** Owns the endpoints of models that tenants bring: their definitions as they are, their keys sealed. */
import type { ServiceSchema } from 'moleculer';
import * as contracts from '../lib/contracts/models.contracts.ts';
import { parseCatalog } from '../lib/core/models/catalog.ts';
import type { Database } from '../lib/io/database.ts';
import type { FieldSealer } from '../lib/io/field-sealer.ts';
import type { Models } from '../lib/io/models/open-models.ts';
import { keyPlace } from '../lib/io/models/tenant-endpoints.ts';
import { createOutboundGuard } from '../lib/io/outbound-guard.ts';
import * as sql from '../lib/io/sql/model-endpoints.ts';
import type { Config } from '../lib/kernel/config.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { action } from '../lib/moleculer/action.ts';

const MOST_ENDPOINTS = 100;

type Definition = Omit<(typeof contracts.putModelEndpoint.params)['is'] & object, 'name' | 'key'>;

export function modelEndpointsService(ports: {
  readonly config: Config;
  readonly database: Database;
  readonly sealer: FieldSealer;
  readonly models: Models;
}): ServiceSchema {
  const { config, database, sealer, models } = ports;
  const guard = createOutboundGuard(config.TROUPE_OUTBOUND_ALLOW);
  const shown = ({ name, definition, sealedKey }: sql.EndpointRow) => ({
    ...(definition as unknown as Definition),
    name,
    hasKey: sealedKey !== null,
  });

  return {
    name: 'models',
    actions: {
      putEndpoint: action(contracts.putModelEndpoint, async ctx => {
        const { name, key, ...definition } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        parseCatalog({ endpoints: [{ ...definition, name }] });
        guard.checkUrl(new URL(definition.baseUrl));
        const sealedKey = key === undefined ? null : await sealer.seal(tenantId, keyPlace(name), key);
        const stored = await database.withTenant(tenantId, async tx => {
          const before = await sql.endpointsOf(tx);
          if (before.length >= MOST_ENDPOINTS && !before.some(row => row.name === name))
            throw new TroupeError('quota-exhausted', `At most ${MOST_ENDPOINTS} endpoints are kept`);
          await sql.putEndpoint(tx, tenantId, { name, definition, sealedKey });
          return (await sql.endpointsOf(tx)).find(row => row.name === name)!;
        });
        models.endpoints.forget(tenantId);
        return shown(stored);
      }),
      endpoints: action(contracts.listModelEndpoints, async ctx => {
        const rows = await database.withTenant(ctx.meta.tenantId!, sql.endpointsOf);
        return { endpoints: rows.map(shown) };
      }),
      deleteEndpoint: action(contracts.deleteModelEndpoint, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        if (!(await database.withTenant(tenantId, tx => sql.deleteEndpoint(tx, ctx.params.name))))
          throw new TroupeError('not-found', 'There is no such endpoint');
        models.endpoints.forget(tenantId);
        return { deleted: true };
      }),
    },
  };
}
