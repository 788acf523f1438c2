/** The models of a node as its units use them: catalogue, gate, spending. */
import { readFileSync } from 'node:fs';
import { type Catalog, parseCatalog, singleModel } from '../../core/models/catalog.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Config } from '../../kernel/config.ts';
import { environmentSecret } from '../../kernel/config.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { Database } from '../database.ts';
import { LearntRouters } from '../routing/learnt-routers.ts';
import { ModelGate } from './model-gate.ts';
import { Spending } from './spending.ts';
import { Upstream } from './upstream.ts';

export interface Models {
  readonly catalog: Catalog;
  readonly gate: ModelGate;
  readonly spending: Spending;
  readonly upstream: Upstream;
  /** What the tenants' routers have learnt. */
  readonly routers: LearntRouters;
  /** The key in a variable of the environment; undefined where the endpoint needs none. */
  readonly keyOf: (variable: string | null) => string | undefined;
  close(): Promise<void>;
}

export interface OpenModels {
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly holder: string;
  readonly alert: (alert: { tenantId: string; account: string; share: number }) => void;
}

export function openModels({ config, database, clock, log, holder, alert }: OpenModels): Models {
  const catalog = readCatalog(config);
  const upstream = new Upstream();
  const spending = new Spending({
    database,
    clock,
    log,
    holder,
    dailyCapMicroUsd: config.TROUPE_DAILY_SPEND_CAP_MICRO_USD,
    alert,
  });
  return {
    catalog,
    spending,
    upstream,
    routers: new LearntRouters({ database, clock, log }),
    gate: new ModelGate({
      catalog,
      spending,
      clock,
      slots: config.TROUPE_MODEL_SLOTS,
      attemptMs: config.TROUPE_MODEL_TIMEOUT_MS,
      hedgeShare: config.TROUPE_MODEL_HEDGE_PERCENT / 100,
    }),
    keyOf: variable =>
      variable === 'TROUPE_MODEL_API_KEY'
        ? config.TROUPE_MODEL_API_KEY || undefined
        : variable
          ? environmentSecret(variable)
          : undefined,
    async close() {
      await spending.close();
      await upstream.close();
    },
  };
}

function readCatalog(config: Config): Catalog {
  if (config.TROUPE_MODELS_FILE !== '') {
    let json: unknown;
    try {
      json = JSON.parse(readFileSync(config.TROUPE_MODELS_FILE, 'utf8'));
    } catch (cause) {
      throw new TroupeError(
        'config-invalid',
        `TROUPE_MODELS_FILE cannot be read as JSON: ${(cause as Error).message}`,
        { cause },
      );
    }
    return parseCatalog(json);
  }
  if (config.TROUPE_MODEL_BASE_URL !== '')
    return singleModel(config.TROUPE_MODEL_BASE_URL, config.TROUPE_MODEL_NAME);
  return { endpoints: [] };
}
