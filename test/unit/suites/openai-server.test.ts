// Guarantee: the fake OpenAI server speaks the protocol as the official client reads it, faults to order included.
import { expect } from 'chai';
import OpenAI from 'openai';
import {
  type OpenAiServer,
  type OpenAiServerOptions,
  startOpenAiServer,
} from '../../suites/openai-server.ts';

const messages = [{ role: 'user' as const, content: 'Where is my order?' }];
const model = 'fake-small';
const tools = [
  {
    type: 'function' as const,
    function: { name: 'look_up', parameters: { type: 'object', properties: { id: { type: 'string' } } } },
  },
];

describe('the fake OpenAI server', () => {
  let server: OpenAiServer;
  let client: OpenAI;

  async function start(options: OpenAiServerOptions, apiKey = 'sk-test'): Promise<void> {
    server = await startOpenAiServer(options);
    client = new OpenAI({ baseURL: server.url, apiKey, maxRetries: 0 });
  }

  afterEach(() => server.close());

  const complete = () => client.chat.completions.create({ model, messages });
  const stream = () =>
    client.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
  async function failure(promise: PromiseLike<unknown>) {
    try {
      await promise;
    } catch (error) {
      return error as InstanceType<typeof OpenAI.APIError>;
    }
    throw new Error('it should have failed');
  }
  async function textOf(chunks: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
    let text = '';
    for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? '';
    return text;
  }

  it('answers with the text of the script and records the request', async () => {
    await start({ script: [{ kind: 'text', text: 'On its way.' }] });
    const completion = await complete();
    expect(completion.choices[0]).to.deep.include({ index: 0, finish_reason: 'stop' });
    expect(completion.choices[0]?.message.content).to.equal('On its way.');
    expect(completion.usage?.total_tokens).to.be.above(3);
    expect(server.requests).to.have.length(1);
    expect(server.requests[0]).to.deep.include({
      method: 'POST',
      path: '/v1/chat/completions',
      aborted: false,
    });
    expect(server.requests[0]?.body).to.deep.equal({ model, messages });
    expect(server.requests[0]?.headers.authorization).to.equal('Bearer sk-test');
  });

  it('streams the text in pieces, with usage at the end', async () => {
    const text = '  On its way, Việt Nam.\nReally. ';
    await start({ script: [{ kind: 'text', text }] });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of await stream()) chunks.push(chunk);
    expect(chunks.map(chunk => chunk.choices[0]?.delta.content ?? '').join('')).to.equal(text);
    expect(chunks.length).to.be.above(6);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).to.equal('stop');
    expect(chunks.at(-1)?.choices).to.deep.equal([]);
    expect(chunks.at(-1)?.usage?.total_tokens).to.be.above(3);
    expect(chunks.slice(0, -1).every(chunk => chunk.usage === null)).to.equal(true);
  });

  it('leaves usage out of a stream that did not ask for it', async () => {
    await start({ script: [{ kind: 'text', text: 'Hi' }] });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    const answer = await client.chat.completions.create({ model, messages, stream: true });
    for await (const chunk of answer) chunks.push(chunk);
    expect(chunks.every(chunk => chunk.usage === undefined && chunk.choices.length === 1)).to.equal(true);
  });

  it('calls tools, whole and in deltas', async () => {
    const calls = [
      { name: 'look_up', arguments: { id: 'KM-10234' } },
      { name: 'look_up', arguments: '{"id":"KM-1"}', id: 'call_x' },
    ];
    await start({
      script: [
        { kind: 'tools', calls },
        { kind: 'tools', calls, text: 'One moment.' },
      ],
    });
    const whole = await client.chat.completions.create({ model, messages, tools });
    const wanted = [
      { id: 'call_0', type: 'function', function: { name: 'look_up', arguments: '{"id":"KM-10234"}' } },
      { id: 'call_x', type: 'function', function: { name: 'look_up', arguments: '{"id":"KM-1"}' } },
    ];
    expect(whole.choices[0]?.message.tool_calls).to.deep.equal(wanted);
    expect(whole.choices[0]?.finish_reason).to.equal('tool_calls');

    const streamed = await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion();
    expect(streamed.choices[0]?.message.content).to.equal('One moment.');
    const gathered = streamed.choices[0]?.message.tool_calls?.map(call => {
      if (call.type !== 'function') throw new Error(call.type);
      return {
        id: call.id,
        type: call.type,
        function: { name: call.function.name, arguments: call.function.arguments },
      };
    });
    expect(gathered).to.deep.equal(wanted);
  });

  it('refuses conversations that the service would refuse', async () => {
    await start({ script: () => ({ kind: 'text', text: 'ok' }) });
    const call = { id: 'c1', type: 'function' as const, function: { name: 'look_up', arguments: '{}' } };
    const result = { role: 'tool' as const, tool_call_id: 'c1', content: '{}' };
    const asked = { role: 'assistant' as const, content: null, tool_calls: [call] };
    const good = await client.chat.completions.create({ model, messages: [...messages, asked, result] });
    expect(good.choices[0]?.message.content).to.equal('ok');
    for (const bad of [[], [...messages, result], [...messages, asked], [...messages, asked, ...messages]]) {
      expect((await failure(client.chat.completions.create({ model, messages: bad }))).status).to.equal(400);
    }
  });

  it('fails as scripted', async () => {
    await start({
      script: [
        { kind: 'error', status: 429, code: 'rate_limit_exceeded', retryAfter: 7 },
        { kind: 'error', status: 429 },
        { kind: 'error', status: 500, message: 'boom' },
      ],
    });
    const limited = await failure(complete());
    expect(limited).to.be.instanceOf(OpenAI.RateLimitError);
    expect(limited.code).to.equal('rate_limit_exceeded');
    expect(limited.headers?.get('retry-after')).to.equal('7');
    expect((await failure(complete())).headers?.get('retry-after')).to.equal(null);
    expect(await failure(complete())).to.be.instanceOf(OpenAI.InternalServerError);
    expect((await failure(complete())).code).to.equal('script_exhausted');
  });

  it('wants the right key when it has one', async () => {
    await start({ apiKey: 'sk-right', script: [{ kind: 'text', text: 'in' }] }, 'sk-wrong');
    expect(await failure(complete())).to.be.instanceOf(OpenAI.AuthenticationError);
    client = new OpenAI({ baseURL: server.url, apiKey: 'sk-right' });
    expect((await complete()).choices[0]?.message.content).to.equal('in');
  });

  it('hangs until the client goes, and tells that it went', async () => {
    await start({ script: [{ kind: 'hang' }] });
    const controller = new AbortController();
    const failed = failure(
      client.chat.completions.create({ model, messages }, { signal: controller.signal }),
    );
    const request = await server.request(0);
    expect(request.aborted).to.equal(false);
    controller.abort();
    expect(await failed).to.be.instanceOf(OpenAI.APIUserAbortError);
    await request.ended;
    expect(request.aborted).to.equal(true);
  });

  it('tells a cancellation in the middle of a stream from its end', async () => {
    await start({
      script: [
        { kind: 'text', text: 'one two three four', pace: 'manual' },
        { kind: 'text', text: 'one two' },
      ],
    });
    server.release(2);
    for await (const chunk of await stream()) {
      if (chunk.choices[0]?.delta.content === 'one') break;
    }
    const [cancelled] = server.requests;
    await cancelled?.ended;
    expect(cancelled?.aborted).to.equal(true);

    expect(await textOf(await stream())).to.equal('one two');
    await server.requests[1]?.ended;
    expect(server.requests[1]?.aborted).to.equal(false);
  });

  it('breaks off in the middle', async () => {
    await start({
      script: [
        { kind: 'cut', text: 'one two three four', afterChunks: 3 },
        { kind: 'cut', text: 'one two three four', afterChunks: 0 },
      ],
    });
    let text = '';
    const reading = (async () => {
      for await (const chunk of await stream()) text += chunk.choices[0]?.delta.content ?? '';
    })();
    expect(await failure(reading)).to.be.instanceOf(Error);
    expect(text).to.equal('one two');
    expect(await failure(complete())).to.be.instanceOf(Error);
    expect(server.requests.map(request => request.aborted)).to.deep.equal([false, false]);
  });

  it('sends what is not JSON', async () => {
    await start({ script: [{ kind: 'malformed' }, { kind: 'malformed' }] });
    expect(await failure(stream().then(textOf))).to.be.instanceOf(Error);
    expect(await failure(complete())).to.be.instanceOf(Error);
  });

  it('streams slowly when told to', async () => {
    await start({ script: [{ kind: 'text', text: 'a b c', pace: 5 }] });
    const started = performance.now();
    expect(await textOf(await stream())).to.equal('a b c');
    expect(performance.now() - started).to.be.above(15);
  });

  it('embeds: equal texts equally, in both encodings', async () => {
    await start({});
    const embed = async (input: string[], encoding_format?: 'float') =>
      (
        await client.embeddings.create({
          model,
          input,
          dimensions: 4,
          ...(encoding_format ? { encoding_format } : {}),
        })
      ).data;
    const [a, b, again] = await embed(['tea', 'kettle', 'tea']);
    expect(a?.embedding).to.have.length(4);
    expect(Math.hypot(...(a?.embedding ?? []))).to.be.closeTo(1, 1e-6);
    expect(again?.embedding).to.deep.equal(a?.embedding);
    expect(b?.embedding).to.not.deep.equal(a?.embedding);
    expect((await embed(['tea'], 'float'))[0]?.embedding).to.deep.equal(a?.embedding);
  });

  it('lists its models and knows no other', async () => {
    await start({ models: ['m1'] });
    const names: string[] = [];
    for await (const each of client.models.list()) names.push(each.id);
    expect(names).to.deep.equal(['m1']);
    expect((await client.models.retrieve('m1')).object).to.equal('model');
    expect(await failure(client.models.retrieve('m2'))).to.be.instanceOf(OpenAI.NotFoundError);
  });

  it('closes with clients still waiting', async () => {
    await start({ script: [{ kind: 'hang' }] });
    const failed = failure(complete());
    await server.request(0);
    await server.close();
    expect(await failed).to.be.instanceOf(OpenAI.APIConnectionError);
    server = await startOpenAiServer();
  });
});
