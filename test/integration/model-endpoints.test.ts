// Protects: a tenant's own endpoints are asked with its own key and by nobody else, calls stay in their region, a provider that fails before its first word is not noticed, and budgets of customers hold for their first calls too.
import { expect } from 'chai';
import type OpenAI from 'openai';
import { until } from '../e2e/client.ts';
import { type ModelPlatform, startModelPlatform } from '../suites/model-endpoints.ts';
import { type OpenAiServer, type ScriptedReply, startOpenAiServer } from '../suites/openai-server.ts';
import { rejection } from '../suites/rejection.ts';

const MODEL = { id: 'ours', tier: 'SLM_A', inputPerMillion: 1_000_000, outputPerMillion: 1_000_000 };
const KEY = 'sk-of-the-tenant-itself';

describe('endpoints that tenants bring', function () {
  this.timeout(30_000);
  let shared: OpenAiServer;
  let own: OpenAiServer;
  let platform: ModelPlatform;
  let replies: ScriptedReply[] = [];
  before(async () => {
    shared = await startOpenAiServer({ script: () => replies.shift() ?? { kind: 'text', text: 'shared' } });
    own = await startOpenAiServer({ script: () => ({ kind: 'text', text: 'own' }) });
    platform = await startModelPlatform(
      [
        { name: 'shared', url: shared.url },
        { name: 'first', url: shared.url, model: 'two' },
        { name: 'second', url: shared.url, model: 'two' },
      ],
      { TROUPE_OUTBOUND_ALLOW: '127.0.0.1' },
    );
  });
  after(async () => {
    await platform?.stop();
    await shared?.close();
    await own?.close();
  });

  const api = async (apiKey: string, method: string, path: string, body?: unknown) => {
    const response = await fetch(`${platform.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };
  const say = async (openai: OpenAI, model: string, more: object = {}) =>
    (
      await openai.chat.completions.create({
        model,
        messages: [{ role: 'user', content: 'Hello?' }],
        ...more,
      })
    ).choices[0]!.message.content;

  it('are asked with the sealed key, for that tenant only, and no longer once they are removed', async () => {
    const { openai, apiKey } = await platform.client('brings its own');
    const other = await platform.client('brings none');
    const put = await api(apiKey, 'PUT', '/models/endpoints/mine', {
      baseUrl: own.url,
      models: [MODEL, { ...MODEL, id: 'fake-small' }],
      key: KEY,
    });
    expect([put.status, put.body.hasKey]).to.deep.equal([200, true]);
    expect(await say(openai, 'ours')).to.equal('own');
    expect(own.requests.at(-1)!.headers.authorization).to.equal(`Bearer ${KEY}`);
    expect(await say(openai, 'fake-small'), 'instead of the platform’s of that name').to.equal('own');
    expect(await say(openai, 'fake-large'), 'what it does not bring').to.equal('shared');
    expect(await say(other.openai, 'fake-small')).to.equal('shared');
    expect(((await rejection(say(other.openai, 'ours'))) as { code: string }).code).to.equal('model-unknown');
    const listed = await api(apiKey, 'GET', '/models/endpoints');
    expect(JSON.stringify(listed.body)).to.contain('mine').and.not.contain(KEY);
    const stored = await platform.database.asOwner(tx => tx.query('select * from model_endpoint'));
    expect(JSON.stringify(stored)).to.not.contain(KEY);
    expect((await api(apiKey, 'DELETE', '/models/endpoints/mine')).status).to.equal(200);
    expect(await say(openai, 'fake-small')).to.equal('shared');
  });

  it('may be of Azure: the deployment in the path, its version in the query, the key in its header', async () => {
    const { openai, apiKey } = await platform.client('on Azure');
    await api(apiKey, 'PUT', '/models/endpoints/azure', {
      baseUrl: own.url.replace('/v1', ''),
      dialect: 'azure',
      apiVersion: '2025-04-01-preview',
      models: [{ ...MODEL, deployment: 'prod-mini' }],
      key: KEY,
    });
    expect(await say(openai, 'ours')).to.equal('own');
    const { path, query, headers } = own.requests.at(-1)!;
    expect(path).to.equal('/openai/deployments/prod-mini/chat/completions');
    expect(query.get('api-version')).to.equal('2025-04-01-preview');
    expect([headers['api-key'], headers.authorization]).to.deep.equal([KEY, undefined]);
  });

  it('must be public addresses', async () => {
    const { apiKey } = await platform.client('looks inside');
    const { status, body } = await api(apiKey, 'PUT', '/models/endpoints/inside', {
      baseUrl: 'http://10.0.0.1/v1',
      models: [MODEL],
    });
    expect([status, body.code]).to.deep.equal([422, 'outbound-refused']);
  });

  it('answer where they are: another region is refused with the reason, and so is a model that is not offered there', async () => {
    const { openai, apiKey } = await platform.client('in Europe');
    await api(apiKey, 'PUT', '/models/endpoints/europe', { baseUrl: own.url, region: 'eu', models: [MODEL] });
    const inRegion = (region: string, model: string) =>
      openai.chat.completions
        .create(
          { model, messages: [{ role: 'user', content: 'Hello?' }] },
          { headers: { 'x-data-region': region } },
        )
        .withResponse();
    const { response } = await inRegion('eu', 'ours');
    expect(response.headers.get('x-data-region')).to.equal('eu');
    for (const [region, model] of [
      ['us', 'ours'],
      ['eu', 'fake-small'],
    ] as const) {
      const refused = (await rejection(inRegion(region, model))) as unknown as {
        status: number;
        code: string;
        message: string;
      };
      expect([refused.status, refused.code]).to.deep.equal([403, 'region-refused']);
      expect(refused.message).to.contain(region);
    }
    const refusals = async () => {
      const { body } = await api(apiKey, 'GET', '/control/audit');
      const entries = body.entries as unknown as { action: string; detail: string }[];
      return entries.filter(({ action }) => action === 'models.region-refused').map(({ detail }) => detail);
    };
    const audited = await until(refusals, ({ length }) => length === 2);
    expect(audited.join(' ')).to.contain('not offered in us').and.to.contain('not offered in eu');
  });

  it('are left for another when a stream breaks before its first word: nobody notices', async () => {
    const { openai } = await platform.client('streams');
    replies = [{ kind: 'cut', text: 'never said', afterChunks: 1 }];
    const stream = await openai.chat.completions.create({
      model: 'two',
      stream: true,
      messages: [{ role: 'user', content: 'Hello?' }],
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).to.equal('shared');
  });

  it('are paid within a budget for each customer, for the very first calls at once too, and tell of it', async () => {
    const { openai, apiKey, tenantId } = await platform.client('has customers');
    const put = await api(apiKey, 'PUT', '/billing/budgets/each', {
      scope: 'customer',
      period: 'day',
      limitMicroUsd: 100,
      alertsAt: [0.01],
    });
    expect(put.status).to.equal(200);
    const calls = Array.from({ length: 12 }, (_, n) =>
      say(openai, 'fake-small', { user: `jane${n % 2}@example.com`, max_tokens: 10 }).then(
        () => 'ok',
        (error: { code: string }) => error.code,
      ),
    );
    const outcomes = await Promise.all(calls);
    // Each call may cost more than half of it: one at a time for each of two customers.
    expect(outcomes.filter(each => each === 'ok').length).to.be.within(2, 12);
    expect(outcomes).to.include('budget-exhausted');
    const spent = await platform.database.withTenant(tenantId, tx =>
      tx.query<{ account: string }>('select account from budget_account'),
    );
    expect(spent.length).to.equal(2);
    expect(JSON.stringify(spent)).to.not.contain('jane');
    let alerts: { share: number }[] = [];
    while (alerts.length < 2) alerts = (await api(apiKey, 'GET', '/billing/alerts')).body.alerts!;
    expect(alerts.map(({ share }) => share)).to.deep.equal([0.01, 0.01]);
  });
});
