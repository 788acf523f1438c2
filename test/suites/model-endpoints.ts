/** A platform whose models are fakes of providers (`openai-server.ts`), given by a file of models as an operator writes it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { startEmbeddedNode, type TestNode } from './embedded-node.ts';

export interface CallRow {
  readonly endpoint: string;
  readonly outcome: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
}

export interface ModelPlatform extends TestNode {
  /** The unmodified client of OpenAI, for a tenant of its own. */
  client(name: string, plan?: string): Promise<{ openai: OpenAI; tenantId: string; apiKey: string }>;
  /** The ledger of a tenant in the order of its calls, once it holds so many. */
  ledger(tenantId: string, rows: number): Promise<readonly CallRow[]>;
}

export interface FakeEndpoint {
  readonly name: string;
  readonly url: string;
  /** In place of `fake-small` (SLM_A), `fake-large` (LLM) and `fake-embed`: one of its own. */
  readonly model?: string;
}

export async function startModelPlatform(
  endpoints: readonly FakeEndpoint[],
  env: Readonly<Record<string, string>> = {},
): Promise<ModelPlatform> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-models-'));
  const file = join(folder, 'models.json');
  const prices = { inputPerMillion: 1_000_000, outputPerMillion: 2_000_000 };
  await writeFile(
    file,
    JSON.stringify({
      endpoints: endpoints.map(({ name, url, model }) => ({
        name,
        baseUrl: url,
        models: model
          ? [{ id: model, tier: 'SLM_B', ...prices }]
          : [
              { id: 'fake-small', tier: 'SLM_A', ...prices },
              { id: 'fake-large', tier: 'LLM', ...prices },
              { id: 'fake-embed', tier: 'SLM_A', capabilities: ['embeddings'], ...prices },
            ],
      })),
    }),
  );
  const node = await startEmbeddedNode({ TROUPE_MODELS_FILE: file, ...env });
  return {
    ...node,
    async client(name, plan = 'business') {
      const { tenantId, apiKey } = await node.makeTenant(name);
      await node.database.asJob('troupe_control', tx =>
        tx.query('update tenant set plan = $2 where tenant_id = $1', [tenantId, plan]),
      );
      return {
        tenantId,
        apiKey,
        openai: new OpenAI({ baseURL: `${node.url}/v1`, apiKey, maxRetries: 0, logLevel: 'off' }),
      };
    },
    async ledger(tenantId, rows) {
      for (;;) {
        const found = await node.database.withTenant(tenantId, tx =>
          tx.query<CallRow>(
            `select endpoint, outcome, input_tokens::int as "inputTokens", output_tokens::int as "outputTokens",
               cost_micro_usd::int as cost from model_call order by at, call_id`,
          ),
        );
        if (found.length >= rows) return found;
        await new Promise(resolve => setImmediate(resolve));
      }
    },
    async stop() {
      await node.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
