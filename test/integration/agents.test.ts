// Protects: an agent is what its tenant declared: its version kept, its tools and no others, its hand-offs, the shape of its answers, its rails.
import { expect } from 'chai';
import type { Answer } from '../e2e/client.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { type OpenAiServer, type ScriptedReply, startOpenAiServer } from '../suites/openai-server.ts';

describe('agents of a tenant', function () {
  this.timeout(90_000);
  let node: TestNode;
  let model: OpenAiServer;
  let replies: ScriptedReply[] = [];
  let apiKey: string;
  const request = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    fetch(`${node.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  /** What exists already is changed only from the state that was seen: its ETag goes along. */
  const put = async (name: string, manifest: object) => {
    const path = `/control/agents/${name}`;
    const etag = (await request('GET', path)).headers.get('etag');
    const response = await request('PUT', path, manifest, etag ? { 'if-match': etag } : {});
    return { status: response.status, body: (await response.json()) as { version: number } };
  };
  const ask = async (message: string, more: object = {}) => {
    const response = await request('POST', '/chat/messages', { message, ...more });
    expect(response.status).to.equal(200);
    return (await response.json()) as Answer;
  };
  const wantsPerson = async (id: string) =>
    ((await (await request('GET', `/chat/conversations/${id}`)).json()) as { wantsPerson: string })
      .wantsPerson;
  const text = (said: string): ScriptedReply => ({ kind: 'text', text: said });
  const asked = () =>
    model.requests.at(-1)!.body as {
      messages: { content: string }[];
      tools?: { function: { name: string } }[];
    };

  before(async () => {
    model = await startOpenAiServer({ script: () => replies.shift() });
    node = await startEmbeddedNode({ TROUPE_OUTBOUND_ALLOW: '127.0.0.1' });
    ({ apiKey } = await node.makeTenant('agents', {
      model: { provider: 'openai', baseUrl: model.url, model: 'fake' },
    }));
    await put('front', {
      instructions: 'You are the front desk.',
      handOffs: [{ agent: 'returns', when: 'a return' }],
    });
    await put('returns', { instructions: 'You handle returns.', knowledge: 'none' });
  });
  after(async () => {
    await node?.stop();
    await model?.close();
  });

  it('keep their version within a conversation; a new conversation gets the new one; the same again is no new one', async () => {
    replies = [text('one'), text('two'), text('three')];
    const { conversationId } = await ask('a');
    expect(
      (await put('front', { instructions: 'Changed.', handOffs: [{ agent: 'returns', when: 'a return' }] }))
        .body.version,
    ).to.equal(2);
    expect(
      (await put('front', { instructions: 'Changed.', handOffs: [{ agent: 'returns', when: 'a return' }] }))
        .body.version,
    ).to.equal(2);
    await ask('b', { conversationId });
    expect(asked().messages[0]!.content).to.equal('You are the front desk.');
    await ask('c');
    expect(asked().messages[0]!.content).to.equal('Changed.');
  });

  it('hand over to one another, who go on with their own instructions and tools', async () => {
    const call = { name: 'hand_off_to_agent', arguments: { agent: 'returns', reason: 'a return' } };
    replies = [{ kind: 'tools', calls: [call] }, text('Returns here.')];
    const { message } = await ask('I want to return a kettle');
    expect(message).to.deep.include({
      text: 'Returns here.',
      toolCalls: [{ name: call.name, status: 'done' }],
    });
    expect(asked().messages[0]!.content).to.equal('You handle returns.');
    expect(asked().tools ?? []).to.deep.equal([]);
  });

  it('run no tool that they may not use, whatever the model asks for', async () => {
    replies = [
      { kind: 'tools', calls: [{ name: 'search_knowledge', arguments: { query: 'x' } }] },
      text('no'),
    ];
    const { message } = await ask('x', { agent: 'returns' });
    // The agent of a conversation is kept from its first answer on.
    expect(message.toolCalls).to.deep.equal([{ name: 'search_knowledge', status: 'failed' }]);
  });

  it('answer in the shape that they promise, after repair, or not at all', async () => {
    const answerSchema = {
      type: 'object',
      properties: { n: { type: 'integer' } },
      required: ['n'],
      additionalProperties: false,
    };
    await put('shaped', { instructions: 'Count.', answerSchema });
    replies = [text('five'), text('```json\n{"n":5}\n```')];
    expect((await ask('how many?', { agent: 'shaped' })).message.text).to.equal('{"n":5}');
    expect(asked().messages.at(-1)!.content).to.include('not JSON');
    replies = [text('a'), text('b'), text('c')];
    const failed = await request('POST', '/chat/messages', { message: 'how many?', agent: 'shaped' });
    expect(failed.status).to.equal(502);
    expect((await put('bad', { instructions: 'x', answerSchema: { type: 'nonsense' } })).status).to.equal(
      422,
    );
  });

  it('never say what their guard rails forbid: a person is asked', async () => {
    await put('railed', { instructions: 'Sell.', guardRails: { neverSay: ['lifetime warranty'] } });
    replies = [text('It has a Lifetime Warranty!')];
    const { message, conversationId } = await ask('warranty?', { agent: 'railed' });
    expect(message.text).to.not.include('Warranty');
    expect(await wantsPerson(conversationId)).to.include('guard rail');
  });

  it('are cut when they go round in circles: asked once more without tools, and a person is told', async () => {
    const search = (): ScriptedReply => ({
      kind: 'tools',
      calls: [{ name: 'search_knowledge', arguments: { query: 'same' } }],
    });
    replies = [search(), search(), search(), text('I could not find it.')];
    const { message, conversationId } = await ask('round', { agent: 'railed' });
    expect(message.text).to.equal('I could not find it.');
    expect(asked().tools ?? []).to.deep.equal([]);
    expect(asked().messages[0]!.content).to.include('no tool can be called any more');
    expect(await wantsPerson(conversationId)).to.include('repeated');
    const metrics = await (await fetch(`${node.url}/metrics`)).text();
    expect(metrics).to.include('troupe_loop_cut_total{reason="cycle"} 1');
  });
});
