/** The process under test of W2: a whole embedded node, with a tenant that has a plan, a budget and a key for models. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTenant } from '../../lib/contracts/platform.contracts.ts';
import { putBudget } from '../../lib/io/sql/spending.ts';
import { readConfig } from '../../lib/kernel/config.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startNode } from '../../moleculer.config.ts';
import { ESSENTIAL } from '../../units.config.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-w2-'));
const modelsFile = join(folder, 'models.json');
writeFileSync(
  modelsFile,
  JSON.stringify({
    endpoints: [
      {
        name: 'stub',
        baseUrl: `${process.env.UPSTREAM}/v1`,
        mostRunning: 1_000,
        models: [
          { id: 'small', tier: 'SLM_A', inputPerMillion: 150_000, outputPerMillion: 600_000 },
          { id: 'middle', tier: 'SLM_B', inputPerMillion: 400_000, outputPerMillion: 1_600_000 },
          { id: 'large', tier: 'LLM', inputPerMillion: 2_000_000, outputPerMillion: 8_000_000 },
        ],
      },
    ],
  }),
);
const { broker, database, url } = await startNode(
  readConfig({
    TROUPE_PORT: '0',
    TROUPE_LOG_LEVEL: 'warn',
    TROUPE_DATA_DIR: join(folder, 'data'),
    TROUPE_MODELS_FILE: modelsFile,
    TROUPE_UNITS: ['gateway', ...ESSENTIAL].join(),
  }),
);
const { tenantId, apiKey } = await call(broker, createTenant, { name: 'w2' });
await database.asJob('troupe_control', tx =>
  tx.query(`update tenant set plan = 'business' where tenant_id = $1`, [tenantId]),
);
await database.withTenant(tenantId, tx =>
  putBudget(tx, tenantId, {
    id: 'month',
    scope: 'tenant',
    period: 'month',
    limitMicroUsd: 1e12,
    alertsAt: [0.8],
  }),
);
process.send!({ url, apiKey });
