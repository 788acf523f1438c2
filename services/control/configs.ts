/** Actions of configs. A secret is sealed before the transaction that keeps it, at the place that it will have. */
import type { ServiceSchema } from 'moleculer';
import {
  configHistory,
  listConfigs,
  putConfig,
  readConfigValue,
  removeConfig,
  rotateDataKey,
} from '../../lib/contracts/control.contracts.ts';
import { type ControlPlane, MOST_CONFIGS, placeOf } from '../../lib/io/control-plane.ts';
import type { Database } from '../../lib/io/database.ts';
import type { FieldSealer } from '../../lib/io/field-sealer.ts';
import * as sql from '../../lib/io/sql/control.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { action } from '../../lib/moleculer/action.ts';
import { actorOf } from '../../mixins/audit.middleware.ts';
import { checkSize, checkVersion } from './flags.ts';

const MOST_VERSIONS = 200;

const told = ({ value, secret, environment: _, ...row }: sql.ConfigRow) => ({
  ...row,
  secret,
  removed: value === null,
  value: secret || value === null ? null : (JSON.parse(value) as unknown),
});

export function configActions(database: Database, plane: ControlPlane, sealer: FieldSealer): ServiceSchema {
  return {
    name: 'configs',
    actions: {
      put: action(putConfig, async ctx => {
        const { environment, key, value, secret = false, ifVersion } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        checkSize(value);
        if (value === undefined) throw new TroupeError('validation-failed', 'A config needs a value');
        const plain = JSON.stringify(value);
        const seal = secret ? await sealer.prepared(tenantId) : undefined;
        return await plane.change(tenantId, async tx => {
          const [last] = await sql.configVersions(tx, environment, key, 1);
          checkVersion(last?.version ?? 0, ifVersion);
          if (!last && (await sql.currentConfigs(tx, MOST_CONFIGS)).length >= MOST_CONFIGS)
            throw new TroupeError('conflict', `A tenant has at most ${MOST_CONFIGS} configs`);
          const version = (last?.version ?? 0) + 1;
          const kept = seal ? seal(placeOf({ environment, key, version }), plain) : plain;
          const by = actorOf(ctx);
          await sql.insertConfig(tx, { tenantId, environment, key, version, value: kept, secret, by });
          return { key, version };
        });
      }),

      remove: action(removeConfig, async ctx => {
        const { environment, key } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        return await plane.change(tenantId, async tx => {
          const [last] = await sql.configVersions(tx, environment, key, 1);
          if (last?.value == null) throw new TroupeError('not-found', 'There is no such config');
          const version = last.version + 1;
          const by = actorOf(ctx);
          await sql.insertConfig(tx, {
            tenantId,
            environment,
            key,
            version,
            value: null,
            secret: last.secret,
            by,
          });
          return { key, version };
        });
      }),

      list: action(listConfigs, async ctx => {
        const rows = await database.withTenant(ctx.meta.tenantId!, tx =>
          sql.currentConfigs(tx, MOST_CONFIGS),
        );
        return { configs: rows.filter(row => row.environment === ctx.params.environment).map(told) };
      }),

      history: action(configHistory, async ctx => {
        const { environment, key } = ctx.params;
        const rows = await database.withTenant(ctx.meta.tenantId!, tx =>
          sql.configVersions(tx, environment, key, MOST_VERSIONS),
        );
        return { versions: rows.map(told) };
      }),

      rotateKey: action(rotateDataKey, ctx => plane.rotateKey(ctx.meta.tenantId!)),

      read: action(readConfigValue, async ctx => {
        const { environment, key } = ctx.params;
        const found = await plane.config(ctx.meta.tenantId!, environment, key);
        return { found: found !== undefined, value: found?.value ?? null };
      }),
    },
  };
}
