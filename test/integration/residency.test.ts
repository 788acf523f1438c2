// Protects: a platform that is in a region serves nobody who is bound to another, by any door, and says and audits why; embeddings of knowledge are paid, bounded and kept in their region like any other call.
import { expect } from 'chai';
import { createTenant } from '../../lib/contracts/platform.contracts.ts';
import { updateSettings } from '../../lib/io/sql/tenants.ts';
import { call } from '../../lib/moleculer/action.ts';
import { Client, until } from '../e2e/client.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { type OpenAiServer, startOpenAiServer } from '../suites/openai-server.ts';
import { rejection } from '../suites/rejection.ts';

describe('a platform in a region', function () {
  this.timeout(60_000);
  let node: TestNode;
  let provider: OpenAiServer;
  before(async () => {
    provider = await startOpenAiServer({ script: () => ({ kind: 'text', text: 'Well.' }) });
    node = await startEmbeddedNode({
      TROUPE_REGION: 'eu',
      TROUPE_EMBEDDINGS_URL: provider.url,
      TROUPE_EMBEDDINGS_REGION: 'eu',
      TROUPE_EMBEDDINGS_PER_MILLION: '1000000',
    });
  });
  after(async () => {
    await node?.stop();
    await provider?.close();
  });

  async function tenant(name: string, region?: string) {
    const made = await node.makeTenant(name);
    if (region) await updateSettings(node.database, made.tenantId, { region });
    return { ...made, client: new Client(node.url, made.apiKey) };
  }
  const codeOf = async (response: Response) => {
    const body = (await response.json()) as { code?: string; error?: { code: string } };
    return [response.status, body.code ?? body.error?.code];
  };

  it('makes and serves no tenant of another, whether it asks for data, an answer or a model', async () => {
    const settings = { region: 'us' };
    expect(await rejection(call(node.broker, createTenant, { name: 'abroad', settings }))).to.include({
      code: 'region-refused',
    });
    const { client, apiKey, tenantId } = await tenant('moved', 'us');
    const v1 = () =>
      fetch(`${node.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Hello?' }] }),
      });
    expect(await codeOf(await client.request('GET', '/chat/conversations'))).to.deep.equal([
      403,
      'region-refused',
    ]);
    expect(await codeOf(await client.request('POST', '/chat/messages', { message: 'Hello?' }))).to.deep.equal(
      [403, 'region-refused'],
    );
    expect(await codeOf(await v1())).to.deep.equal([403, 'region-refused']);
    const entries = await until(
      () =>
        node.database.withTenant(tenantId, tx =>
          tx.query<{ detail: string }>(
            `select detail from audit_entry where action = 'models.region-refused'`,
          ),
        ),
      ({ length }) => length >= 3,
    );
    expect(entries[0]!.detail).to.include('"home":"us"').and.include('"here":"eu"');
  });

  it('understands X-Data-Region on every request: its own is served, another is refused', async () => {
    const { client } = await tenant('at home', 'eu');
    const ask = (region: string) =>
      client.request('GET', '/chat/conversations', undefined, { 'x-data-region': region });
    expect((await ask('eu')).status).to.equal(200);
    expect(await codeOf(await ask('us'))).to.deep.equal([403, 'region-refused']);
    expect(await codeOf(await ask('not a region'))).to.deep.equal([422, 'validation-failed']);
  });

  it('pays for embeddings from the budgets of whoever has them made, in the ledger, and not beyond', async () => {
    const { client, tenantId } = await tenant('embeds', 'eu');
    await client.ingest('Vault', '# Hours\n\nThe vault opens at nine.');
    await client.search('When does the vault open?');
    const rows = await until(
      () =>
        node.database.withTenant(tenantId, tx =>
          tx.query<{ source: string; outcome: string; cost: number }>(
            `select source, outcome, cost_micro_usd::int as cost from model_call where endpoint = 'embeddings'`,
          ),
        ),
      ({ length }) => length >= 2,
    );
    for (const row of rows) {
      expect(row).to.include({ source: 'knowledge', outcome: 'ok' });
      expect(row.cost).to.be.greaterThan(0);
    }
    const budget = { scope: 'tenant', period: 'month', limitMicroUsd: 0, alertsAt: [] };
    expect((await client.request('PUT', '/billing/budgets/none', budget)).status).to.equal(200);
    const asked = () => provider.requests.filter(({ path }) => path.endsWith('/embeddings')).length;
    // The words answer alone once no budget pays for the question's vector.
    const silent = await until(
      async () => {
        const before = asked();
        const results = await client.search('vault');
        expect(results[0]).to.include({ title: 'Vault' });
        return asked() - before;
      },
      more => more === 0,
    );
    expect(silent).to.equal(0);
  });
});
