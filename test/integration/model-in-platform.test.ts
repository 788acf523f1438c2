// Protects: a tenant's own model answers with tools called, its failures fail the turn and nothing else, and recordings are followed.
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { createTenant } from '../../lib/contracts/platform.contracts.ts';
import type { RecordedMessage } from '../../lib/core/replay/replay.ts';
import { call } from '../../lib/moleculer/action.ts';
import { Client, until } from '../e2e/client.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { type OpenAiServer, type ScriptedReply, startOpenAiServer } from '../suites/openai-server.ts';
import { refusal } from '../suites/rejection.ts';

const TEXT = 'The vault opens at nine.';

describe('a tenant with a model of its own', function () {
  this.timeout(30_000);
  let node: TestNode;
  let model: OpenAiServer;
  let replies: ScriptedReply[] = [];
  let client: Client;
  let tenantId: string;
  before(async () => {
    model = await startOpenAiServer({ script: () => replies.shift() });
    node = await startEmbeddedNode({ TROUPE_MODEL_TIMEOUT_MS: '1000', TROUPE_OUTBOUND_ALLOW: '127.0.0.1' });
    const { apiKey, tenantId: made } = await node.makeTenant('own model', {
      model: { provider: 'openai', baseUrl: model.url, model: 'fake-large' },
      agents: [{ name: 'desk', instructions: ['Be kind.', 'Be brief.'] }],
    });
    client = new Client(node.url, apiKey);
    tenantId = made;
    await client.ingest('Vault', `# Hours\n\n${TEXT}`);
  });
  after(async () => {
    await node?.stop();
    await model?.close();
  });

  it('is answered by it, with its tools called and their passages cited', async () => {
    replies = [
      { kind: 'tools', calls: [{ name: 'search_knowledge', arguments: { query: 'vault hours' } }] },
      { kind: 'text', text: 'At nine.' },
    ];
    const first = model.requests.length;
    const { message, usage } = await client.ask('When does the vault open?');
    expect(message).to.deep.include({
      text: 'At nine.',
      toolCalls: [{ name: 'search_knowledge', status: 'done' }],
    });
    expect(message.citations[0]).to.include({ title: 'Vault' });
    expect(usage).to.include({ tier: 'LLM', model: 'fake-large' });
    const [asked, told] = model.requests.slice(first).map(request => request.body);
    const messages = told!.messages as { role: string; content: string }[];
    expect(messages[0]).to.deep.equal({ role: 'system', content: 'Be kind.\nBe brief.' });
    expect(messages.at(-1)).to.include({ role: 'tool' });
    expect(messages.at(-1)!.content).to.include(TEXT);
    expect((asked!.tools as unknown[]).length).to.be.greaterThan(0);
    // Both steps of the turn are counted.
    expect(usage.outputTokens).to.be.greaterThan(Math.ceil('At nine.'.length / 4));
  });

  it('tells the model of a tool that does not exist, and of arguments that do not fit', async () => {
    replies = [
      {
        kind: 'tools',
        calls: [
          { id: 'a', name: 'open_vault', arguments: {} },
          { id: 'b', name: 'search_knowledge', arguments: '{"query":' },
          { id: 'c', name: 'search_knowledge', arguments: { wish: 1 } },
        ],
      },
      { kind: 'text', text: 'I cannot do that.' },
    ];
    const { message } = await client.ask('Open the vault!');
    expect(message.text).to.equal('I cannot do that.');
    expect(message.toolCalls.map(call => call.status)).to.deep.equal(['failed', 'failed', 'failed']);
    const told = (model.requests.at(-1)!.body.messages as { role: string; content: string }[])
      .filter(each => each.role === 'tool')
      .map(each => (JSON.parse(each.content) as { code: string }).code);
    expect(told).to.have.members(['tool-unknown', 'arguments-invalid', 'arguments-invalid']);
  });

  it('ends a turn in which the model calls tools without end', async () => {
    replies = Array.from({ length: 20 }, () => ({
      kind: 'tools',
      calls: [{ name: 'search_knowledge', arguments: { query: 'again' } }],
    }));
    const response = await client.request('POST', '/chat/messages', { message: 'loop' });
    expect(response.status).to.equal(502);
    expect(replies.length, 'bounded').to.be.at.least(10);
  });

  it('fails the turn when the model refuses, says so under the same key, and goes on with the next message', async () => {
    replies = [{ kind: 'error', status: 400 }];
    const body = { message: 'hm', conversationId: 'cnv_failing' };
    const send = () => client.request('POST', '/chat/messages', body, { 'idempotency-key': 'failing' });
    const first = await send();
    expect(first.status).to.equal(502);
    const { code } = (await first.json()) as { code: string };
    replies = [{ kind: 'text', text: 'better' }];
    const again = (await (await send()).json()) as { code: string };
    expect(again.code).to.equal(code);
    expect((await client.ask('And now?', { conversationId: 'cnv_failing' })).message.text).to.equal('better');
  });

  it('is told in time when the model falls silent in the middle of its answer', async () => {
    replies = Array.from({ length: 3 }, () => ({ kind: 'text', text: 'one two three', pace: 'manual' }));
    const next = model.requests.length;
    const pending = client.request('POST', '/chat/messages', { message: 'and then?' });
    await model.request(next);
    model.release(2);
    expect((await pending).status).to.equal(502);
    model.hold();
  });

  it('keeps no key in its settings: an endpoint of its own has one, sealed', async () => {
    const settings = { model: { provider: 'openai', baseUrl: model.url, apiKey: 'sk-plain', model: 'fake' } };
    await refusal(call(node.broker, createTenant, { name: 'plain', settings }), 'validation-failed');
  });

  it('has its calls in the ledger, and an address inside the platform is not called', async () => {
    const rows = await until(
      () =>
        node.database.withTenant(tenantId, tx =>
          tx.query<{ outcome: string }>(
            `select distinct outcome from model_call where source = 'conversation' and endpoint = $1`,
            [`${tenantId}/settings`],
          ),
        ),
      ({ length }) => length >= 3,
    );
    expect(rows.map(({ outcome }) => outcome)).to.include.members(['ok', 'refused', 'broken-off']);
    const { apiKey } = await node.makeTenant('looks inside', {
      model: {
        provider: 'openai',
        baseUrl: model.url.replace('127.0.0.1', '127.0.0.2'),
        model: 'fake-large',
      },
    });
    const asked = model.requests.length;
    const inside = await new Client(node.url, apiKey).request('POST', '/chat/messages', { message: 'hm' });
    expect(inside.status).to.equal(502);
    expect(model.requests.length, 'although it would have answered').to.equal(asked);
  });

  it('is told in time when the model never answers', async () => {
    replies = Array.from({ length: 3 }, () => ({ kind: 'hang' }));
    const response = await client.request('POST', '/chat/messages', { message: 'anybody?' });
    expect(response.status).to.equal(502);
  });
});

describe('a tenant whose model is a recorded episode', function () {
  this.timeout(30_000);
  let node: TestNode;
  before(async () => {
    node = await startEmbeddedNode();
  });
  after(() => node?.stop());

  const EPISODE: readonly RecordedMessage[] = [
    { role: 'user', content: 'I would like to change my flight.' },
    { role: 'assistant', content: 'Certainly. Which reservation is it?' },
    { role: 'user', content: 'ABC123' },
    { role: 'assistant', content: 'ABC123 can be changed until tomorrow. Shall I?' },
    { role: 'user', content: 'No, thank you.' },
    { role: 'assistant', content: 'Then I leave it as it is.' },
  ];

  async function replay(name: string, episode: readonly RecordedMessage[]): Promise<Client> {
    const { apiKey } = await node.makeTenant(name, { model: { provider: 'replay', episode } });
    return new Client(node.url, apiKey);
  }

  /** Says what the recorded customer said, and hears what the recorded agent answered. */
  async function follow(client: Client, episode: readonly RecordedMessage[]): Promise<void> {
    let conversationId: string | undefined;
    for (let i = 0; i + 1 < episode.length; i += 2) {
      const answer = await client.ask(episode[i]!.content!, conversationId ? { conversationId } : {});
      ({ conversationId } = answer);
      expect(answer.message.text).to.equal(episode[i + 1]!.content);
      expect(answer.usage.tier).to.equal('REPLAY');
    }
  }

  it('follows it turn by turn', async () => {
    await follow(await replay('recorded', EPISODE), EPISODE);
  });

  it('refuses what differs from it, and says that it does', async () => {
    const client = await replay('differing', EPISODE);
    const response = await client.request('POST', '/chat/messages', { message: 'Good morning.' });
    expect(response.ok).to.equal(false);
    const { code } = (await response.json()) as { code: string };
    expect(code).to.match(/^(replay-diverged|answer-failed)$/);
  });

  it('follows a recorded conversation of an airline and its customer', async () => {
    const file = new URL('../suites/samples/tau-airline.json', import.meta.url);
    const { messages } = JSON.parse(readFileSync(file, 'utf8')) as { messages: RecordedMessage[] };
    expect(messages.length).to.be.greaterThan(6);
    await follow(await replay('airline', messages), messages);
  });
});

describe("the platform's own model", function () {
  this.timeout(30_000);
  let node: TestNode;
  let model: OpenAiServer;
  before(async () => {
    model = await startOpenAiServer({
      script: () => ({ kind: 'text', text: 'At nine.' }),
      apiKey: 'sk-platform',
    });
    node = await startEmbeddedNode({
      TROUPE_MODEL_BASE_URL: model.url,
      TROUPE_MODEL_API_KEY: 'sk-platform',
      TROUPE_MODEL_NAME: 'fake-large',
    });
  });
  after(async () => {
    await node?.stop();
    await model?.close();
  });

  it('answers conversations through the gate: in the ledger under their conversation, refused once a budget is used up', async () => {
    const { tenantId, apiKey } = await node.makeTenant('gated');
    const client = new Client(node.url, apiKey);
    const { conversationId, usage } = await client.ask('When does the vault open?');
    expect(usage).to.include({ tier: 'LLM' });
    const budget = { scope: 'tenant', period: 'month', limitMicroUsd: 0, alertsAt: [] };
    expect((await client.request('PUT', '/billing/budgets/none', budget)).status).to.equal(200);
    const asked = model.requests.length;
    // Budgets are read again within a second; models without a price cost a reservation of one micro-unit.
    let status = 200;
    for (const end = Date.now() + 10_000; status === 200 && Date.now() < end; )
      ({ status } = await client.request('POST', '/chat/messages', { message: 'And on Sundays?' }));
    expect(status).to.equal(502);
    expect(model.requests.length).to.be.at.least(asked);
    const rows = async () =>
      await node.database.withTenant(tenantId, tx =>
        tx.query<{ conversation_id: string; source: string; outcome: string }>(
          'select conversation_id, source, outcome from model_call order by at',
        ),
      );
    let written = await rows();
    for (const end = Date.now() + 10_000; written.length === 0 && Date.now() < end; ) written = await rows();
    const costs = (await (await client.request('GET', '/billing/costs')).json()) as { costs: object[] };
    expect(costs.costs[0]).to.include({ model: 'fake-large', tier: 'LLM', outcome: 'ok' });
    const kept = await (await client.request('GET', '/billing/budgets')).json();
    expect(kept).to.deep.equal({
      budgets: [{ budgetId: 'none', ...budget, spentMicroUsd: 0 }],
      safeMode: null,
    });
    expect((await client.request('DELETE', '/billing/budgets/none')).status).to.equal(200);
    expect((await client.request('DELETE', '/billing/budgets/none')).status).to.equal(404);
    expect(written[0]).to.deep.equal({
      conversation_id: conversationId,
      source: 'conversation',
      outcome: 'ok',
    });
  });
});
