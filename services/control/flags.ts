/** Actions of feature flags. */
import type { Client, EvaluationContext, JsonValue } from '@openfeature/server-sdk';
import type { ServiceSchema } from 'moleculer';
import {
  evaluateFlags,
  flagHistory,
  listFlags,
  putFlag,
  removeFlag,
} from '../../lib/contracts/control.contracts.ts';
import { type FlagDefinition, flagFault } from '../../lib/core/flags/evaluate.ts';
import { type ControlPlane, MOST_FLAGS } from '../../lib/io/control-plane.ts';
import type { Database } from '../../lib/io/database.ts';
import * as sql from '../../lib/io/sql/control.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { action } from '../../lib/moleculer/action.ts';
import { actorOf } from '../../mixins/audit.middleware.ts';

const MOST_VERSIONS = 200;
const MOST_BYTES = 65_536;

/** Throws `conflict` when somebody else was faster. */
export function checkVersion(newest: number, asked: number | undefined): void {
  if (asked !== undefined && asked !== newest)
    throw new TroupeError('conflict', `The newest version is ${newest}, not ${asked}`);
}

export function checkSize(value: unknown): void {
  if ((JSON.stringify(value) ?? '').length > MOST_BYTES)
    throw new TroupeError('validation-failed', `That is more than ${MOST_BYTES} bytes`);
}

export function flagActions(database: Database, plane: ControlPlane, features: Client): ServiceSchema {
  return {
    name: 'flags',
    actions: {
      put: action(putFlag, async ctx => {
        const { key, ifVersion, ...definition } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const fault = flagFault(definition as FlagDefinition);
        if (fault) throw new TroupeError('validation-failed', `The flag cannot be evaluated: ${fault}`);
        checkSize(definition);
        return await plane.change(tenantId, async tx => {
          const [last] = await sql.flagVersions(tx, key, 1);
          checkVersion(last?.version ?? 0, ifVersion);
          if (!last?.definition && (await sql.currentFlags(tx, MOST_FLAGS)).length >= MOST_FLAGS)
            throw new TroupeError('conflict', `A tenant has at most ${MOST_FLAGS} flags`);
          const version = (last?.version ?? 0) + 1;
          await sql.insertFlag(tx, {
            tenantId,
            key,
            version,
            definition: definition as FlagDefinition,
            by: actorOf(ctx),
          });
          return { key, version };
        });
      }),

      remove: action(removeFlag, async ctx => {
        const { key } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        return await plane.change(tenantId, async tx => {
          const [last] = await sql.flagVersions(tx, key, 1);
          if (!last?.definition) throw new TroupeError('not-found', 'There is no such flag');
          const version = last.version + 1;
          await sql.insertFlag(tx, { tenantId, key, version, definition: null, by: actorOf(ctx) });
          return { key, version };
        });
      }),

      list: action(listFlags, async ctx => ({
        flags: await database.withTenant(ctx.meta.tenantId!, tx => sql.currentFlags(tx, MOST_FLAGS)),
      })),

      history: action(flagHistory, async ctx => ({
        versions: await database.withTenant(ctx.meta.tenantId!, tx =>
          sql.flagVersions(tx, ctx.params.key, MOST_VERSIONS),
        ),
      })),

      evaluate: action(evaluateFlags, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        const context = { ...ctx.params.context, tenantId } as EvaluationContext;
        const { version, flags } = await plane.snapshot(tenantId);
        const keys = ctx.params.key === undefined ? [...flags.keys()] : [ctx.params.key];
        const details = await Promise.all(
          keys.map(key => features.getObjectDetails<JsonValue>(key, null, context)),
        );
        return {
          version,
          flags: details.map(({ flagKey: key, value, variant, reason, errorCode }) =>
            errorCode
              ? { key, errorCode: String(errorCode) }
              : { key, value, ...(variant ? { variant } : {}), ...(reason ? { reason } : {}) },
          ),
        };
      }),
    },
  };
}
