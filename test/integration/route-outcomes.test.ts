// Protects: what comes of an answer (a thumb, a judge's mark, a hand-over, going on, a wrong shape) reaches the routing decision that served it, once, for its tenant alone; strict JSON begins small and is escalated.
import { expect } from 'chai';
import { Client } from '../e2e/client.ts';
import { type ModelPlatform, startModelPlatform } from '../suites/model-endpoints.ts';
import { type OpenAiServer, type ScriptedReply, startOpenAiServer } from '../suites/openai-server.ts';

interface Told {
  readonly source: string;
  readonly quality: number;
  readonly escalated: boolean;
  readonly tier: string;
  readonly conversation: string | null;
}

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['kind'],
  properties: { kind: { enum: ['order', 'return'] } },
};

describe('what comes of routed answers', function () {
  this.timeout(60_000);
  let model: OpenAiServer;
  let platform: ModelPlatform;
  let reply: (model: string) => ScriptedReply;
  before(async () => {
    model = await startOpenAiServer({ script: ({ body }) => reply(String(body.model)) });
    platform = await startModelPlatform([{ name: 'a', url: model.url }]);
  });
  beforeEach(() => {
    reply = name => ({ kind: 'text', text: `From ${name}.` });
  });
  after(async () => {
    await platform?.stop();
    await model?.close();
  });

  async function tenant(name: string) {
    const made = await platform.client(name);
    const client = new Client(platform.url, made.apiKey);
    const post = (path: string, body: unknown) => client.request('POST', path, body);
    /** What its router has heard, in order, once it has heard so much. */
    const told = async (least: number): Promise<readonly Told[]> => {
      for (;;) {
        const rows = await platform.database.withTenant(made.tenantId, tx =>
          tx.query<Told>(
            `select source, quality, escalated, decision->>'tier' as tier, conversation_id as conversation
             from router_outcome join router_decision using (tenant_id, decision_id) order by version`,
          ),
        );
        if (rows.length >= least) return rows;
        await new Promise(resolve => setImmediate(resolve));
      }
    };
    return { ...made, client, post, told };
  }

  it('is learnt from thumbs, marks and going on, each once, and by no other tenant', async () => {
    const ours = await tenant('ours');
    const theirs = await tenant('theirs');
    const first = await ours.client.ask('Where is my order?');
    const { conversationId } = first;
    const rate = async (turn: number, rating: string) =>
      (await ours.post(`/chat/conversations/${conversationId}/rating`, { turn, rating })).status;
    expect(await rate(1, 'down')).to.equal(200);
    expect(await rate(1, 'down')).to.equal(200);
    expect(await rate(1, 'up'), 'a change of mind is kept, and not learnt twice').to.equal(200);
    expect(await rate(7, 'up'), 'a turn that is not there').to.equal(409);
    expect(await rate(1, 'sideways')).to.equal(422);
    await ours.client.ask('And when does it come?', { conversationId });
    const judged = { turn: 2, quality: 0.25 };
    expect((await ours.post(`/chat/conversations/${conversationId}/judgement`, judged)).status).to.equal(200);
    const told = await ours.told(3);
    expect(told.map(({ source, quality, escalated }) => ({ source, quality, escalated }))).to.deep.equal([
      { source: 'thumbs', quality: 0, escalated: false },
      { source: 'escalation', quality: 0.8, escalated: false },
      { source: 'judge', quality: 0.25, escalated: false },
    ]);
    expect(told.every(({ conversation }) => conversation === conversationId)).to.equal(true);
    expect(told[0]!.tier, 'the tier that answered').to.equal(first.usage.tier);
    const [{ id }] = (await platform.database.withTenant(ours.tenantId, tx =>
      tx.query<{ id: string }>('select decision_id as id from router_decision order by at limit 1'),
    )) as [{ id: string }];
    const replayed = await ours.post(`/router/decisions/${id}/replay`, {});
    expect(await replayed.json(), 'journaled, and made again as it was').to.include({ same: true });
    const metrics = await (await fetch(`${platform.url}/metrics`)).text();
    for (const line of [
      /^router_decision_latency_ms_count [1-9]/m,
      /^router_misroute_rate 0\.\d|^router_misroute_rate [01]$/m,
      /^tier_distribution\{tier="\w+",reason="[\w-]+"\} [1-9]/m,
      /^expected_vs_actual_cost_count 3$/m,
      /^expected_vs_actual_latency_count 3$/m,
    ])
      expect(metrics).to.match(line);
    // The same journal once more changes nothing.
    expect((await ours.post('/operations/consumers/router/rebuild', {})).status).to.equal(200);
    expect(await ours.told(3)).to.have.length(3);
    expect(await theirs.told(0)).to.deep.equal([]);
    expect(
      (await theirs.post(`/chat/conversations/${conversationId}/rating`, { turn: 1, rating: 'up' })).status,
    ).to.equal(404);
  });

  it('is learnt from a hand-over, for the turn before it and no other', async () => {
    const { client, post, told } = await tenant('handed over');
    const { conversationId } = await client.ask('I want to talk to somebody.');
    expect((await post(`/chat/conversations/${conversationId}/takeover`, { by: 'mia' })).status).to.equal(
      200,
    );
    await client.request('POST', `/chat/conversations/${conversationId}/handback`, { by: 'mia' });
    await client.ask('Thank you.', { conversationId });
    await client.ask('Bye.', { conversationId });
    const outcomes = await told(2);
    expect(outcomes.map(({ quality, escalated }) => [quality, escalated])).to.deep.equal([
      [0, true],
      [0.8, false],
    ]);
  });

  it('escalates an answer of the wrong shape, shows the client the last alone, and teaches the router', async () => {
    const { openai, told, tenantId } = await tenant('strict');
    reply = name => ({
      kind: 'text',
      text: name === 'fake-small' ? 'an order, I think' : '{"kind":"order"}',
    });
    const asked = {
      model: 'auto',
      messages: [{ role: 'user' as const, content: 'Classify: where is my parcel?' }],
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: 'kind', strict: true, schema: SCHEMA },
      },
    };
    const { data, response } = await openai.chat.completions.create(asked).withResponse();
    expect(data.choices[0]!.message.content).to.equal('{"kind":"order"}');
    expect(response.headers.get('x-troupe-tier')).to.equal('LLM');
    const ledger = await platform.ledger(tenantId, 2);
    expect(ledger.map(({ outcome }) => outcome)).to.deep.equal(['ok', 'ok']);
    expect(Number(response.headers.get('x-troupe-cost-micro-usd'))).to.equal(
      ledger.reduce((sum, { cost }) => sum + cost, 0),
    );
    expect(await told(1)).to.deep.equal([
      { source: 'validation', quality: 0, escalated: true, tier: 'SLM_A', conversation: null },
    ]);
    reply = () => ({ kind: 'text', text: '{"kind":"return"}' });
    const small = await openai.chat.completions.create(asked).withResponse();
    expect(small.response.headers.get('x-troupe-tier'), 'locked to the small tier').to.equal('SLM_A');
    expect(small.response.headers.get('x-troupe-decision')).to.match(/^dec_/);
  });

  it('escalates an agent that must answer in a shape, too', async () => {
    const { client, post, told } = await tenant('shaped');
    const manifest = { instructions: 'Classify.', tools: [], answerSchema: SCHEMA };
    expect((await client.request('PUT', '/control/agents/sorter', manifest)).ok).to.equal(true);
    reply = name => ({ kind: 'text', text: name === 'fake-small' ? 'order' : '{"kind":"order"}' });
    const response = await post('/chat/messages', { message: 'Where is it?', agent: 'sorter' });
    const { message, usage } = (await response.json()) as Awaited<ReturnType<Client['ask']>>;
    expect([message.text, usage.tier]).to.deep.equal(['{"kind":"order"}', 'LLM']);
    expect((await told(1))[0]).to.include({ source: 'validation', tier: 'SLM_A', escalated: true });
  });

  it('ends a worse canary that conversations meet', async () => {
    const { client, post, told } = await tenant('canary');
    expect((await post('/router/canaries', { candidate: { tier: 'SLM_A' }, share: 0.1 })).status).to.equal(
      201,
    );
    await post('/router/decide', { message: 'looks at what is under way' });
    const { conversationId, usage } = await client.ask('Where is my order?');
    await post(`/chat/conversations/${conversationId}/rating`, { turn: 1, rating: 'up' });
    await told(1);
    const { canaries } = (await (await client.request('GET', '/router/canaries')).json()) as {
      canaries: { outcomes: { control: number; candidate: number } }[];
    };
    const { control, candidate } = canaries[0]!.outcomes;
    expect(control + candidate, `seen, at ${usage.tier}`).to.equal(1);
  });
});
