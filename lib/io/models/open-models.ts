/** The models of a node as its units use them: catalogue, gate, spending. */
import { readFileSync } from 'node:fs';
import type { Registry } from 'prom-client';
import { Agent, fetch as undiciFetch } from 'undici';
import { type Catalog, type CatalogEndpoint, parseCatalog, singleModel } from '../../core/models/catalog.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Config } from '../../kernel/config.ts';
import { environmentSecret } from '../../kernel/config.ts';
import { TroupeError } from '../../kernel/errors.ts';
import { describeError, type Log } from '../../kernel/log.ts';
import type { AuditLog } from '../audit-log.ts';
import type { Coordination } from '../coordination.ts';
import type { Database } from '../database.ts';
import { type Embedder, openEmbedder } from '../embeddings.ts';
import type { FieldSealer } from '../field-sealer.ts';
import { createOutboundGuard } from '../outbound-guard.ts';
import { LearntRouters } from '../routing/learnt-routers.ts';
import { routerMetrics } from '../routing/router-metrics.ts';
import { TierRouter } from '../routing/tier-router.ts';
import { guardedConnector } from '../safe-fetch.ts';
import type { BudgetAlert } from '../sql/model-endpoints.ts';
import { AnswerCache } from './answer-cache.ts';
import type { KeyOf } from './attempts.ts';
import { ClusterTokens } from './concurrency.ts';
import { ModelGate } from './model-gate.ts';
import { paidEmbeddings } from './paid-embeddings.ts';
import { Spending } from './spending.ts';
import { TenantEndpoints } from './tenant-endpoints.ts';
import { Upstream } from './upstream.ts';

export interface Models {
  readonly catalog: Catalog;
  readonly gate: ModelGate;
  readonly spending: Spending;
  readonly endpoints: TenantEndpoints;
  /** The connections by which an endpoint is asked: guarded ones to what a tenant named. */
  readonly upstreamOf: (endpoint: CatalogEndpoint) => Upstream;
  /** The same as `fetch`; undefined where the common one does. */
  readonly fetchOf: (endpoint: CatalogEndpoint) => typeof globalThis.fetch | undefined;
  /** Which tier answers. */
  readonly router: TierRouter;
  readonly keyOf: KeyOf;
  /** What makes vectors of knowledge and questions, paid by whoever asks. */
  readonly embedder: Embedder;
  readonly answers: AnswerCache;
  close(): Promise<void>;
}

export interface OpenModels {
  readonly config: Config;
  readonly database: Database;
  readonly sealer: FieldSealer;
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly log: Log;
  readonly holder: string;
  readonly alert: (alert: BudgetAlert) => void;
  readonly audit: AuditLog;
  readonly metrics: Registry;
}

export function openModels(ports: OpenModels): Models {
  const { config, database, sealer, coordination, clock, log, holder, alert, audit, metrics } = ports;
  const catalog = readCatalog(config);
  const upstream = new Upstream();
  const connector = guardedConnector(createOutboundGuard(config.TROUPE_OUTBOUND_ALLOW));
  const guarded = new Upstream(connector);
  const dispatcher = new Agent({ connect: connector });
  const guardedFetch = ((url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher, redirect: 'error' })) as unknown as typeof globalThis.fetch;
  const endpoints = new TenantEndpoints({ database, sealer, clock });
  const record = (tenantId: string, action: string, detail: Record<string, unknown>) => {
    audit
      .record(tenantId, { actor: `node:${holder}`, action, target: 'models', detail })
      .catch((error: unknown) => log.error('models.not-audited', { action, ...describeError(error) }));
  };
  const spending = new Spending({
    database,
    clock,
    log,
    holder,
    dailyCapMicroUsd: config.TROUPE_DAILY_SPEND_CAP_MICRO_USD,
    alert,
    onSafeMode: ({ tenantId, changed, account }) => {
      log.warn('models.safe-mode', { tenantId, changed });
      record(tenantId, `models.safe-mode-${changed}`, { account });
    },
  });
  const gate = new ModelGate({
    catalog,
    endpoints,
    spending,
    clock,
    log,
    tokens: config.TROUPE_MODE === 'embedded' ? undefined : new ClusterTokens({ coordination, clock, log }),
    region: config.TROUPE_REGION || undefined,
    slots: config.TROUPE_MODEL_SLOTS,
    attemptMs: config.TROUPE_MODEL_TIMEOUT_MS,
    hedgeShare: config.TROUPE_MODEL_HEDGE_PERCENT / 100,
    regionRefused: (tenantId, { message, data }) =>
      record(tenantId, 'models.region-refused', { message, ...data }),
  });
  const router = new TierRouter({
    database,
    clock,
    log,
    routers: new LearntRouters({ database, clock, log }),
    metrics: routerMetrics(metrics),
  });
  const embedder = openEmbedder(config, paidEmbeddings({ config, database, clock, gate }));
  return {
    catalog,
    endpoints,
    spending,
    gate,
    embedder,
    answers: new AnswerCache({ database, embedder, log }),
    fetchOf: ({ own }) => (own ? guardedFetch : undefined),
    upstreamOf: ({ own }) => (own ? guarded : upstream),
    router,
    keyOf: ({ keyVariable, own }) =>
      own
        ? own.key
        : keyVariable === 'TROUPE_MODEL_API_KEY'
          ? config.TROUPE_MODEL_API_KEY || undefined
          : keyVariable
            ? environmentSecret(keyVariable)
            : undefined,
    async close() {
      gate.close();
      await router.close();
      await spending.close();
      await Promise.all([upstream.close(), guarded.close(), dispatcher.destroy()]);
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
