// Protects: a share of a budget that is reached is told to the tenant's own address, signed, again until it is heard, and to no address inside the platform.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Client, until } from '../e2e/client.ts';
import { type ModelPlatform, startModelPlatform } from '../suites/model-endpoints.ts';
import { type OpenAiServer, startOpenAiServer } from '../suites/openai-server.ts';

describe('alerts of budgets', function () {
  this.timeout(60_000);
  let provider: OpenAiServer;
  let platform: ModelPlatform;
  let receiver: Server;
  const heard: { headers: IncomingHttpHeaders; body: string }[] = [];
  let statuses: number[] = [];
  before(async () => {
    provider = await startOpenAiServer({ script: () => ({ kind: 'text', text: 'Well.' }) });
    platform = await startModelPlatform([{ name: 'only', url: provider.url }], {
      TROUPE_OUTBOUND_ALLOW: '127.0.0.1',
    });
    receiver = createServer(async (request, response) => {
      heard.push({ headers: request.headers, body: await text(request) });
      response.writeHead(statuses.shift() ?? 204).end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
  });
  after(async () => {
    await platform?.stop();
    await provider?.close();
    receiver?.close();
  });

  it('go to the address that the tenant names, each until it is heard, with a signature that holds', async () => {
    const { openai, apiKey, tenantId } = await platform.client('alerted');
    const client = new Client(platform.url, apiKey);
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/budgets`;
    const inside = await client.request('PUT', '/billing/alert-webhook', { url: 'http://10.0.0.1/budgets' });
    expect(inside.status).to.equal(422);
    const put = await client.request('PUT', '/billing/alert-webhook', { url });
    const { secret } = (await put.json()) as { secret: string };
    expect(secret).to.match(/^whsec_/);
    const budget = { scope: 'tenant', period: 'month', limitMicroUsd: 1_000_000, alertsAt: [0.000_001] };
    expect(
      (await client.request('PUT', '/billing/budgets/month', { ...budget, alertsAt: [0.01] })).status,
    ).to.equal(200);
    await platform.database.asOwner(tx =>
      tx.query(`update budget set alerts_at = '{0.000001}' where tenant_id = $1`, [tenantId]),
    );
    statuses = [500];
    await openai.chat.completions.create({
      model: 'fake-small',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    await until(
      async () => heard.length,
      length => length >= 1,
    );
    // As if its pause were over.
    const due = () =>
      platform.database.asOwner(tx =>
        tx.query<{ delivered: boolean }>(
          `update budget_alert set due_at = now() where tenant_id = $1 and attempts > 0 and delivered_at is null
             and due_at < now() + interval '50 seconds' returning 1`,
          [tenantId],
        ),
      );
    await until(due, ({ length }) => length === 1);
    await until(
      async () => heard.length,
      length => length >= 2,
    );
    const [first, second] = heard;
    expect(second!.body).to.equal(first!.body);
    expect(JSON.parse(second!.body)).to.deep.include({ type: 'billing.budget-reached' });
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = second!.headers;
    expect(id).to.equal(first!.headers['webhook-id']);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key).update(`${id}.${at}.${second!.body}`).digest('base64');
    expect(signature).to.equal(`v1,${expected}`);
    const stored = await platform.database.asOwner(tx => tx.query('select * from alert_webhook'));
    expect(JSON.stringify(stored)).to.not.include(secret.slice('whsec_'.length));
    const delivered = () =>
      platform.database.asOwner(tx =>
        tx.query('select 1 from budget_alert where tenant_id = $1 and delivered_at is not null', [tenantId]),
      );
    await until(delivered, ({ length }) => length === 1);
    expect((await client.request('DELETE', '/billing/alert-webhook')).status).to.equal(200);
    expect(await (await client.request('GET', '/billing/alert-webhook')).json()).to.deep.equal({ url: null });
  });
});
