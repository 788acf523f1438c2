// Protects: who has spent what the plan includes is answered by less instead of being refused, sees it, and gets the whole back when it is over; each beginning and end is audited once.
import { expect } from 'chai';
import { Client, until } from '../e2e/client.ts';
import { type ModelPlatform, startModelPlatform } from '../suites/model-endpoints.ts';
import { type OpenAiServer, startOpenAiServer } from '../suites/openai-server.ts';

describe('safe mode', function () {
  this.timeout(60_000);
  let provider: OpenAiServer;
  let platform: ModelPlatform;
  before(async () => {
    provider = await startOpenAiServer({ script: () => ({ kind: 'text', text: 'Well.' }) });
    platform = await startModelPlatform([{ name: 'only', url: provider.url }]);
  });
  after(async () => {
    await platform?.stop();
    await provider?.close();
  });

  async function begin(name: string, plan: string) {
    const { openai, tenantId, apiKey } = await platform.client(name, plan);
    const client = new Client(platform.url, apiKey);
    const ask = async (model: string) => {
      const body = { model, messages: [{ role: 'user' as const, content: 'Hello?' }], max_tokens: 4_000 };
      const { response } = await openai.chat.completions.create(body).withResponse();
      return [response.headers.get('x-troupe-model'), response.headers.get('x-troupe-safe-mode')];
    };
    const safeMode = async () => {
      const answer = await client.request('GET', '/billing/budgets');
      return ((await answer.json()) as { safeMode: { account: string } | null }).safeMode;
    };
    const audited = async () => {
      const { entries } = (await (await client.request('GET', '/control/audit')).json()) as {
        entries: { action: string }[];
      };
      return entries.map(({ action }) => action).filter(action => action.startsWith('models.safe-mode'));
    };
    return { openai, tenantId, client, ask, safeMode, audited };
  }
  /** As if so much had been spent before. */
  const spend = (tenantId: string, micro: number) =>
    platform.database.asOwner(tx =>
      tx.query(`update budget_account set spent_micro_usd = $2 where tenant_id = $1`, [tenantId, micro]),
    );

  it('begins when the month has cost what the plan includes, refuses nobody, and ends by itself', async () => {
    const { tenantId, client, ask, safeMode, audited } = await begin('free', 'free');
    expect(await ask('fake-large')).to.deep.equal(['fake-large', null]);
    expect(await safeMode()).to.equal(null);
    const accounts = () =>
      platform.database.withTenant(tenantId, tx => tx.query('select 1 from budget_account'));
    await until(accounts, ({ length }) => length === 1);
    await spend(tenantId, 5_000_000);
    expect(
      await until(
        () => ask('fake-large'),
        ([, safe]) => safe === 'on',
      ),
    ).to.deep.equal(['fake-small', 'on']);
    expect(provider.requests.at(-1)!.body, 'and shorter').to.include({
      model: 'fake-small',
      max_tokens: 512,
    });
    expect((await client.ask('Hello?')).usage).to.include({ tier: 'SLM_A' });
    expect(provider.requests.at(-1)!.body).to.include({ max_tokens: 512 });
    expect((await safeMode())!.account).to.match(/^tenant:/);
    await spend(tenantId, 10);
    expect(
      await until(
        () => ask('fake-large'),
        ([, safe]) => safe === null,
      ),
    ).to.deep.equal(['fake-large', null]);
    expect(await safeMode()).to.equal(null);
    const actions = await until(audited, ({ length }) => length >= 2);
    expect(actions.toSorted()).to.deep.equal(['models.safe-mode-began', 'models.safe-mode-ended']);
  });

  it('begins at nine tenths of a budget of one’s own, whose end still refuses', async () => {
    const { tenantId, client, ask, openai } = await begin('team', 'team');
    const budget = { scope: 'tenant', period: 'day', limitMicroUsd: 1_000_000, alertsAt: [] };
    expect((await client.request('PUT', '/billing/budgets/day', budget)).status).to.equal(200);
    // Two budgets of one account are one: the tightest, charged once.
    expect(
      (await client.request('PUT', '/billing/budgets/wide', { ...budget, limitMicroUsd: 9e9 })).status,
    ).to.equal(200);
    await ask('fake-large');
    const spent = () =>
      platform.database.withTenant(tenantId, tx =>
        tx.query<{ spent: number }>(
          `select spent_micro_usd::int as spent from budget_account where account like '%-__-__' and spent_micro_usd > 0`,
        ),
      );
    const [once] = await until(spent, ({ length }) => length === 1);
    expect(once!.spent).to.equal((await platform.ledger(tenantId, 1))[0]!.cost);
    await spend(tenantId, 900_000);
    expect(
      await until(
        () => ask('fake-large'),
        ([, safe]) => safe === 'on',
      ),
    ).to.deep.equal(['fake-small', 'on']);
    await spend(tenantId, 1_000_000);
    const refused = await until(
      () =>
        openai.chat.completions
          .create({ model: 'auto', messages: [{ role: 'user', content: 'Hello?' }] })
          .then(
            () => 'ok',
            (error: { code: string }) => error.code,
          ),
      code => code !== 'ok',
    );
    expect(refused).to.equal('budget-exhausted');
  });
});
