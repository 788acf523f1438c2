// Protects: an answer is kept where the tenant asks for it, given to whoever asks the same and to nobody else, forgotten with the knowledge it came from, and what it saved is counted.
import { expect } from 'chai';
import type OpenAI from 'openai';
import { Client, until } from '../e2e/client.ts';
import { type ModelPlatform, startModelPlatform } from '../suites/model-endpoints.ts';
import { type OpenAiServer, type ScriptedReply, startOpenAiServer } from '../suites/openai-server.ts';

describe('answers that are kept', function () {
  this.timeout(60_000);
  let provider: OpenAiServer;
  let platform: ModelPlatform;
  let replies: ScriptedReply[] = [];
  before(async () => {
    provider = await startOpenAiServer({ script: () => replies.shift() ?? { kind: 'text', text: 'Anew.' } });
    platform = await startModelPlatform([{ name: 'only', url: provider.url }]);
  });
  after(async () => {
    await platform?.stop();
    await provider?.close();
  });
  beforeEach(() => {
    replies = [];
  });

  async function tenant(name: string, answers: object | null = { keep: true }) {
    const made = await platform.client(name);
    const client = new Client(platform.url, made.apiKey);
    if (answers) {
      const put = await client.request('PUT', '/control/configs/default/answers', { value: answers });
      expect(put.status).to.equal(200);
    }
    return { ...made, client };
  }
  const ask = (content: string, more: object = {}) => ({
    model: 'fake-small',
    messages: [{ role: 'user' as const, content }],
    ...more,
  });
  const say = async (openai: OpenAI, content: string, more: object = {}) =>
    (await openai.chat.completions.create(ask(content, more) as ReturnType<typeof ask>)).choices[0]!.message
      .content;
  const kept = async (tenantId: string, rows: number) =>
    await until(
      () =>
        platform.database
          .withTenant(tenantId, tx => tx.query('select 1 from cached_answer'))
          .then(r => r.length),
      count => count >= rows,
    );

  it('are given again through /v1, whole and streamed, with what they are said and what they saved counted', async () => {
    const { openai, tenantId, client } = await tenant('keeps');
    replies = [{ kind: 'text', text: 'Within thirty days.' }];
    expect(await say(openai, 'How long can I return it?')).to.equal('Within thirty days.');
    await kept(tenantId, 1);
    const asked = provider.requests.length;
    const { data, response } = await openai.chat.completions
      .create(ask('how long can I return it'))
      .withResponse();
    expect(data.choices[0]!.message.content).to.equal('Within thirty days.');
    expect(response.headers.get('x-troupe-kept')).to.equal('found');
    expect(response.headers.get('x-troupe-cost-micro-usd')).to.equal('0');
    const streamed = await openai.chat.completions.stream(ask('How long can I return it?')).finalContent();
    expect(streamed).to.equal('Within thirty days.');
    expect(provider.requests.length, 'nobody was asked').to.equal(asked);
    const rows = await platform.ledger(tenantId, 3);
    const { cost } = rows.find(({ outcome }) => outcome === 'ok')!;
    const costs = (await (await client.request('GET', '/billing/costs')).json()) as Record<string, number>;
    expect(costs).to.include({ totalMicroUsd: cost, savedMicroUsd: 2 * cost });
    // A stream is kept like a whole answer.
    replies = [{ kind: 'text', text: 'By parcel.' }];
    await openai.chat.completions.stream(ask('How is it sent?')).finalContent();
    await kept(tenantId, 2);
    expect(await say(openai, 'How is it sent?')).to.equal('By parcel.');
  });

  it('are given to no other tenant, model, instruction, setting, reader or question, nor where it was not asked for', async () => {
    const { openai, tenantId, client } = await tenant('private');
    const other = await tenant('other');
    const without = await tenant('keeps nothing', null);
    replies = [{ kind: 'text', text: 'Kept.' }];
    await say(openai, 'Is plan 7 open?');
    await kept(tenantId, 1);
    const made = await client.request('POST', '/tenants/keys', {
      name: 'reader',
      scopes: ['models', 'knowledge'],
    });
    const { secret, apiKey } = (await made.json()) as { secret?: string; apiKey?: string };
    expect([made.status, await say(openai, 'Is plan 7 open?')]).to.deep.equal([201, 'Kept.']);
    const reader = openai.withOptions({ apiKey: (secret ?? apiKey)! });
    for (const [what, who, question, more] of [
      ['tenant', other.openai, 'Is plan 7 open?', {}],
      ['not asked for', without.openai, 'Is plan 7 open?', {}],
      ['model', openai, 'Is plan 7 open?', { model: 'fake-large' }],
      ['setting', openai, 'Is plan 7 open?', { temperature: 1 }],
      ['reader', reader, 'Is plan 7 open?', {}],
      ['number', openai, 'Is plan 8 open?', {}],
      ['negation', openai, 'Is plan 7 not open?', {}],
    ] as const)
      expect(await say(who, question, more), what).to.equal('Anew.');
    expect(
      await platform.database.withTenant(without.tenantId, tx => tx.query('select 1 from cached_answer')),
    ).to.have.length(0);
  });

  it('are none with personal data in them, and are kept for no longer than the tenant says', async () => {
    const { openai, tenantId } = await tenant('careful', { keep: true, ttlSeconds: 1 });
    replies = [
      { kind: 'text', text: 'It went to Jane Miller, jane@example.com.' },
      { kind: 'text', text: 'At nine.' },
    ];
    await say(openai, 'Where is my parcel?');
    await say(openai, 'When do you open?');
    expect(await kept(tenantId, 1)).to.equal(1);
    expect(await say(openai, 'Where is my parcel?')).to.equal('Anew.');
    const end = Date.now() + 5_000;
    let answer: string | null = 'At nine.';
    while (answer === 'At nine.' && Date.now() < end) answer = await say(openai, 'When do you open?');
    expect(answer).to.equal('Anew.');
  });

  it('are given in conversations to other customers, until the knowledge they came from changes', async () => {
    const { client, tenantId } = await tenant('desk');
    await client.ingest('Vault', '# Hours\n\nThe vault opens at nine.');
    const turn = (text: string): ScriptedReply[] => [
      { kind: 'tools', calls: [{ name: 'search_knowledge', arguments: { query: 'vault hours' } }] },
      { kind: 'text', text },
    ];
    replies = turn('At nine.');
    const first = await client.ask('When does the vault open?');
    await kept(tenantId, 1);
    const asked = provider.requests.length;
    const second = await client.ask('when does the vault open');
    expect(second.message).to.deep.include({ text: 'At nine.', citations: first.message.citations });
    expect(second.message.citations).to.have.length(1);
    expect(second.usage).to.include({ tier: 'KEPT', outputTokens: 0 });
    expect(second.conversationId).to.not.equal(first.conversationId);
    expect(provider.requests.length).to.equal(asked);
    await client.ingest('Notice', '# Notice\n\nFrom Monday the vault opens at ten.');
    replies = turn('At ten.');
    expect((await client.ask('When does the vault open?')).message.text).to.equal('At ten.');
    // What an answer did besides looking into the knowledge makes it the asker's own.
    replies = [
      { kind: 'tools', calls: [{ name: 'get_order', arguments: {} }] },
      { kind: 'text', text: 'It is on its way.' },
    ];
    await client.ask('Where is it now?');
    expect((await client.ask('Where is it now?')).message.text).to.equal('Anew.');
  });
});
