/** Embeddings of knowledge behind the same gate as all models: a fair turn, a budget, a region, a line in the ledger. */
import { type Catalog, singleModel } from '../../core/models/catalog.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Config } from '../../kernel/config.ts';
import type { Database } from '../database.ts';
import type { Paid } from '../embeddings.ts';
import { readTenant } from '../sql/tenants.ts';
import type { ModelGate } from './model-gate.ts';

const CHARACTERS_PER_TOKEN = 3;
/** What is known of a tenant's plan and region is believed for so long. */
const FRESH_MS = 2_000;
const MOST_TENANTS = 10_000;

export function paidEmbeddings(ports: {
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly gate: ModelGate;
}): Paid {
  const { config, database, clock, gate } = ports;
  const { TROUPE_EMBEDDINGS_MODEL: model } = config;
  const only: Catalog = {
    endpoints: singleModel(config.TROUPE_EMBEDDINGS_URL, model).endpoints.map(endpoint => ({
      ...endpoint,
      name: 'embeddings',
      region: config.TROUPE_EMBEDDINGS_REGION || null,
      models: endpoint.models.map(each => ({
        ...each,
        inputPerMillion: config.TROUPE_EMBEDDINGS_PER_MILLION,
      })),
    })),
  };
  const tenants = new Map<
    string,
    { readonly until: number; readonly reading: ReturnType<typeof readTenant> }
  >();

  function tenantOf(tenantId: string): ReturnType<typeof readTenant> {
    const now = clock.monotonic();
    const known = tenants.get(tenantId);
    if (known && known.until > now) return known.reading;
    if (tenants.size >= MOST_TENANTS) tenants.clear();
    const reading = readTenant(database, tenantId);
    tenants.set(tenantId, { until: now + FRESH_MS, reading });
    reading.catch(() => tenants.delete(tenantId));
    return reading;
  }

  return async (tenantId, characters, timeMs, ask) => {
    const { plan, settings } = await tenantOf(tenantId);
    const admitted = await gate.admit({
      tenantId,
      plan,
      source: 'knowledge',
      wanted: { model },
      capability: 'embeddings',
      only,
      region: typeof settings.region === 'string' ? settings.region : null,
      conversationId: null,
      customerId: null,
      agent: null,
      inputTokens: Math.ceil(characters / CHARACTERS_PER_TOKEN),
      outputTokens: 0,
      signal: AbortSignal.timeout(timeMs),
      timeMs,
    });
    try {
      const attempt = admitted.begin();
      try {
        const { value, tokens } = await ask();
        admitted.end(attempt, 'ok', { inputTokens: tokens, cachedInputTokens: 0, outputTokens: 0 });
        return value;
      } catch (error) {
        admitted.end(attempt, 'failed', undefined);
        throw error;
      }
    } finally {
      admitted.finish();
    }
  };
}
