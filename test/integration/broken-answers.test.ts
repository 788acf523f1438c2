// Protects: an answer in the middle of which a provider dies or a budget ends is ended well, said once and paid once; budgets of customers hold in conversations from their first message.
import { expect } from 'chai';
import { customerPrefix } from '../../lib/core/identity/customer-conversation.ts';
import { Client } from '../e2e/client.ts';
import { type ModelPlatform, startModelPlatform } from '../suites/model-endpoints.ts';
import { type OpenAiServer, type ScriptedReply, startOpenAiServer } from '../suites/openai-server.ts';
import { rejection } from '../suites/rejection.ts';

describe('a model that breaks off', function () {
  this.timeout(60_000);
  let first: OpenAiServer;
  let second: OpenAiServer;
  let platform: ModelPlatform;
  let answers: ScriptedReply[] = [];
  before(async () => {
    const script = () => answers.shift() ?? { kind: 'error' as const, status: 500 };
    first = await startOpenAiServer({ script });
    second = await startOpenAiServer({ script });
    platform = await startModelPlatform(
      [
        { name: 'first', url: first.url, model: 'two' },
        { name: 'second', url: second.url, model: 'two' },
      ],
      { TROUPE_MODEL_TIMEOUT_MS: '1000' },
    );
  });
  after(async () => {
    await platform?.stop();
    await first?.close();
    await second?.close();
  });

  it('is gone on with by another endpoint in one text, said once and paid as both bill it', async () => {
    const { apiKey, tenantId } = await platform.client('continued');
    answers = [
      { kind: 'cut', text: 'The vault opens at nine and closes at five.', afterChunks: 6 },
      { kind: 'text', text: 'The vault opens at nine and closes at five.' },
    ];
    const { message } = await new Client(platform.url, apiKey).ask('When does the vault open?');
    expect(message.text).to.equal('The vault opens at nine and closes at five.');
    const asked = [...first.requests, ...second.requests].map(({ body }) => body.messages as object[]);
    expect(asked.map(({ length }) => length).toSorted()).to.deep.equal([2, 4]);
    const rows = await platform.ledger(tenantId, 2);
    expect(rows.map(({ outcome }) => outcome)).to.have.members(['broken-off', 'ok']);
    expect(rows.every(({ cost }) => cost > 0)).to.equal(true);
  });

  it('is gone on with in a stream of /v1, wherever it breaks: one text, which says that another ended it', async () => {
    const { openai, tenantId } = await platform.client('streams');
    const text = 'The vault opens at nine and closes at five.';
    const ask = {
      model: 'two',
      messages: [{ role: 'user' as const, content: 'When?' }],
      stream: true as const,
    };
    const cuts = [2, 4, 7, 9];
    for (const [n, afterChunks] of cuts.entries()) {
      // The other model goes on, or says it from the beginning.
      const rest = text.split(' ').slice(afterChunks - 1);
      answers = [
        { kind: 'cut', text, afterChunks },
        { kind: 'text', text: n % 2 ? text : ` ${rest.join(' ')}` },
      ];
      let said = '';
      let told = 0;
      const ids = new Set<string>();
      for await (const chunk of await openai.chat.completions.create(ask)) {
        said += chunk.choices[0]?.delta.content ?? '';
        ids.add(chunk.id);
        if ((chunk as { troupe?: object }).troupe) told++;
      }
      expect(said, `after ${afterChunks}`).to.equal(text);
      expect(ids.size, 'one answer').to.equal(1);
      expect(told).to.be.greaterThan(0);
    }
    const rows = await platform.ledger(tenantId, 2 * cuts.length);
    expect(rows.filter(({ outcome }) => outcome === 'broken-off').length).to.equal(cuts.length);
  });

  it('is not gone on with where half of it is of no use to another: a tool call, a document of JSON', async () => {
    const { openai } = await platform.client('unsafe');
    const ask = {
      model: 'two',
      messages: [{ role: 'user' as const, content: 'When?' }],
      stream: true as const,
    };
    const read = async (more: object) => {
      for await (const _ of await openai.chat.completions.create({ ...ask, ...more }));
    };
    answers = [{ kind: 'cut', text: '{"opens": "at nine"}', afterChunks: 2 }];
    const error = await rejection(read({ response_format: { type: 'json_object' } }));
    expect(error).to.include({ code: 'model-failed' });
  });

  it('is cut off by a budget in a stream of /v1 with a courteous end that says why', async () => {
    const { openai, apiKey, tenantId } = await platform.client('frugal stream');
    const budget = { scope: 'tenant', period: 'ever', limitMicroUsd: 2_700, alertsAt: [] };
    await new Client(platform.url, apiKey).request('PUT', '/billing/budgets/small', budget);
    answers = [{ kind: 'text', text: 'word '.repeat(3_000) }];
    const { choices } = await openai.chat.completions
      .stream({ model: 'two', messages: [{ role: 'user', content: 'All of it' }] })
      .finalChatCompletion();
    expect(choices[0]!.finish_reason).to.equal('length');
    expect(choices[0]!.message.content).to.match(
      /^word .* \[This answer ends here: its budget is used up\.\]$/s,
    );
    const [row] = await platform.ledger(tenantId, 1);
    expect(row).to.include({ outcome: 'cut-off' });
    expect(row!.cost).to.be.at.most(2_700);
  });

  it('is cut off by a budget with a courteous word, and what it cost is within the budget', async () => {
    const { apiKey, tenantId } = await platform.client('frugal');
    const client = new Client(platform.url, apiKey);
    // Input and 1,024 tokens of output can be paid, not 512 more.
    const budget = { scope: 'tenant', period: 'ever', limitMicroUsd: 2_700, alertsAt: [] };
    expect((await client.request('PUT', '/billing/budgets/small', budget)).status).to.equal(200);
    answers = [{ kind: 'text', text: 'word '.repeat(3_000) }];
    const { message, usage } = await client.ask('Tell me everything');
    expect(message.text).to.match(/^word .* … I have to stop here for now\. Please ask again later/s);
    expect(usage.outputTokens).to.be.within(1_000, 1_030);
    const [row] = await platform.ledger(tenantId, 1);
    expect(row).to.include({ outcome: 'cut-off' });
    expect(row!.cost).to.be.at.most(2_700);
  });

  it('is paid within a budget for each customer, whichever conversation it is, before anything is known of him', async () => {
    const { tenantId } = await platform.client('has customers');
    const { broker } = platform;
    const meta = { tenantId, scopes: ['operate'], role: 'owner' as const };
    const budget = { budgetId: 'each', scope: 'customer', period: 'day', limitMicroUsd: 3_000, alertsAt: [] };
    await broker.call('billing.putBudget', budget, { meta });
    answers = Array.from({ length: 12 }, () => ({ kind: 'text', text: 'ok' }));
    const ask = (customer: string, n: number) =>
      broker
        .call<{ reply: object }, object>(
          'model.complete',
          {
            callId: `call_${customer}_${n}`,
            conversationId: `${customerPrefix(customer)}cnv_${n}`,
            agent: null,
            context: [{ role: 'user', text: 'Hello?' }],
          },
          { meta: { tenantId } },
        )
        .then(
          () => 'ok',
          (error: { code: string }) => error.code,
        );
    const outcomes = await Promise.all(
      ['jane', 'kim'].flatMap(customer => Array.from({ length: 6 }, (_, n) => ask(customer, n))),
    );
    // A call may cost more than half of it: at once there is room for one of each.
    expect(outcomes.filter(each => each === 'ok').length).to.be.within(2, 4);
    expect(new Set(outcomes)).to.deep.equal(new Set(['ok', 'budget-exhausted']));
    const accounts = await platform.database.withTenant(tenantId, tx =>
      tx.query<{ account: string }>('select account from budget_account'),
    );
    expect(accounts.length).to.equal(2);
    expect(JSON.stringify(accounts)).to.not.match(/jane|kim/);
  });
});
