// Protects: what the pages of a tenant's settings read is what was set, of that tenant alone, and without secrets.
import { expect } from 'chai';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { ask } from '../suites/identity-client.ts';

describe('what the settings read', function () {
  this.timeout(30_000);
  let node: TestNode;
  let tenants: readonly { tenantId: string; apiKey: string }[];
  before(async () => {
    node = await startEmbeddedNode();
    tenants = [await node.makeTenant('one'), await node.makeTenant('two')];
  });
  after(() => node?.stop());

  const call = (of: number, method: string, path: string, body?: unknown) =>
    ask(node.url, method, `/api/v1${path}`, {
      key: tenants[of]!.apiKey,
      ...(body === undefined ? {} : { body }),
    });

  it('is how a connected account does: silent, then somebody with a wrong secret, then its platform', async () => {
    const connected = await call(0, 'POST', '/channels', {
      channel: 'telegram',
      name: 'Bot',
      signingSecrets: ['the-right-secret'],
      accessToken: '1:token',
    });
    const { accountId, webhookPath } = connected.body;
    const health = async (of = 0) => (await call(of, 'GET', '/channels/health')).body.accounts;
    expect(await health()).to.deep.equal([
      {
        accountId,
        health: 'silent',
        receivedAt: null,
        sentAt: null,
        refusedAt: null,
        failedAt: null,
        failure: null,
        waiting: 0,
        undelivered: 0,
      },
    ]);
    const said = { message_id: 1, date: 1, chat: { id: 5, type: 'private' }, from: { id: 5 }, text: 'Hi' };
    const deliver = (secret: string) =>
      fetch(node.url + webhookPath, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
        body: JSON.stringify({ update_id: 7, message: said }),
      });
    expect((await deliver('a-wrong-secret')).status).to.equal(401);
    const [refused] = await health();
    expect(refused.health).to.equal('unverified');
    expect(Date.parse(refused.refusedAt)).to.be.above(0);
    expect((await deliver('the-right-secret')).status).to.equal(200);
    const [heard] = await health();
    expect(heard.health).to.be.oneOf(['working', 'failing']); // the bot's own server cannot be reached from here
    expect(Date.parse(heard.receivedAt)).to.be.above(0);
    expect(await health(1)).to.deep.equal([]);
  });

  it('is how long conversations are kept, and when everything is erased', async () => {
    const read = async (of: number) => (await call(of, 'GET', '/control/tenant/retention')).body;
    expect(await read(0)).to.deep.equal({ conversationDays: null, eraseAt: null });
    await call(0, 'PUT', '/control/tenant/retention', { conversationDays: 90 });
    const { eraseAt } = (await call(0, 'POST', '/control/tenant/erasure', { confirm: tenants[0]!.tenantId }))
      .body;
    expect(await read(0)).to.deep.equal({ conversationDays: 90, eraseAt });
    expect(await read(1)).to.deep.equal({ conversationDays: null, eraseAt: null });
    expect((await call(0, 'DELETE', '/control/tenant/erasure')).status).to.equal(200);
    expect((await read(0)).eraseAt).to.equal(null);
  });

  it('is the audit log from its end, page by page', async () => {
    for (const days of [1, 2, 3])
      await call(1, 'PUT', '/control/tenant/retention', { conversationDays: days });
    const all = (await call(1, 'GET', '/control/audit')).body.entries.map(({ seq }: { seq: number }) => seq);
    const seen: number[] = [];
    for (let before: number | undefined = 0; before !== undefined; ) {
      const page: { entries: { seq: number }[]; next?: number } = (
        await call(1, 'GET', `/control/audit?before=${before}&limit=2`)
      ).body;
      seen.push(...page.entries.map(({ seq }) => seq));
      before = page.next;
    }
    expect(seen).to.deep.equal(all.toReversed());
    const far = await call(1, 'GET', `/control/audit?before=${Number.MAX_SAFE_INTEGER}&limit=1`);
    expect(far.body.entries.map(({ seq }: { seq: number }) => seq)).to.deep.equal(seen.slice(0, 1));
  });

  it('is what was spent by day, agent and model, of the tenant alone', async () => {
    await node.database.asOwner(async tx => {
      const rows: (readonly [id: string, agent: string | null, model: string, cost: number])[] = [
        ['c1', 'fern', 'small', 30],
        ['c2', 'fern', 'small', 12],
        ['c3', null, 'large', 500],
      ];
      for (const [id, agent, model, cost] of rows)
        await tx.query(
          `insert into model_call (tenant_id, call_id, at, source, agent, tier, model, endpoint, outcome, input_tokens,
             cached_input_tokens, output_tokens, measured, cost_micro_usd, latency_ms)
           values ($1, $2, '2026-11-02T23:59:00Z', 'test', $3, 'SLM_A', $4, 'e', 'ok', 10, 0, 5, true, $5, 1)`,
          [tenants[0]!.tenantId, id, agent, model, cost],
        );
    });
    const spending = async (of: number) =>
      (await call(of, 'GET', '/billing/spending?from=2026-11-02&to=2026-11-02')).body.spending;
    const row = { day: '2026-11-02', tier: 'SLM_A' };
    expect(await spending(0)).to.deep.equal([
      { ...row, agent: null, model: 'large', calls: 1, tokens: 15, costMicroUsd: 500 },
      { ...row, agent: 'fern', model: 'small', calls: 2, tokens: 30, costMicroUsd: 42 },
    ]);
    expect(await spending(1)).to.deep.equal([]);
    expect((await call(0, 'GET', '/billing/spending?from=2026-11-03&to=2026-11-02')).status).to.equal(422);
  });
});
