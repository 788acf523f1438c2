// Protects: programs written for OpenAI work against Troupe by changing the address and the key, with OpenAI's own client unchanged.
import { expect } from 'chai';
import OpenAI, {
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai';
import { type ModelPlatform, startModelPlatform } from '../suites/model-endpoints.ts';
import { type OpenAiServer, type ScriptedReply, startOpenAiServer } from '../suites/openai-server.ts';
import { rejection } from '../suites/rejection.ts';

const ASK = { model: 'fake-small', messages: [{ role: 'user' as const, content: 'Where is my parcel?' }] };
const TOOL = {
  type: 'function' as const,
  function: {
    name: 'track_parcel',
    description: 'Where a parcel is',
    parameters: {
      type: 'object',
      properties: { orderId: { type: 'string' } },
      required: ['orderId'],
      additionalProperties: false,
    },
  },
};
const SCHEMA = {
  type: 'json_schema' as const,
  json_schema: {
    name: 'parcel',
    strict: true,
    schema: {
      type: 'object',
      properties: { place: { type: 'string' }, days: { type: 'integer' } },
      required: ['place', 'days'],
      additionalProperties: false,
    },
  },
};

describe("OpenAI's own client against Troupe", function () {
  this.timeout(30_000);
  let provider: OpenAiServer;
  let platform: ModelPlatform;
  let replies: ScriptedReply[] = [];
  let openai: OpenAI;
  let tenantId: string;
  before(async () => {
    provider = await startOpenAiServer({ script: () => replies.shift() });
    platform = await startModelPlatform([{ name: 'only', url: provider.url }]);
    ({ openai, tenantId } = await platform.client('sdk'));
  });
  after(async () => {
    await platform?.stop();
    await provider?.close();
  });
  const last = () => provider.requests.at(-1)!;

  it('completes a chat, with usage, the id of the request, what it cost, and a line in the ledger', async () => {
    replies = [{ kind: 'text', text: 'It is in Hue.' }];
    const { data, response, request_id } = await openai.chat.completions.create(ASK).withResponse();
    expect(data.choices[0]).to.deep.include({ index: 0, finish_reason: 'stop' });
    expect(data.choices[0]!.message).to.include({ role: 'assistant', content: 'It is in Hue.' });
    expect(data.usage!.total_tokens).to.equal(data.usage!.prompt_tokens + data.usage!.completion_tokens);
    expect(request_id).to.match(/^req_/);
    expect(response.headers.get('x-troupe-tier')).to.equal('SLM_A');
    const cost = data.usage!.prompt_tokens + 2 * data.usage!.completion_tokens;
    expect(response.headers.get('x-troupe-cost-micro-usd')).to.equal(String(cost));
    expect((await platform.ledger(tenantId, 1))[0]).to.deep.equal({
      endpoint: 'only',
      outcome: 'ok',
      inputTokens: data.usage!.prompt_tokens,
      outputTokens: data.usage!.completion_tokens,
      cost,
    });
    expect(last().headers.authorization, "the tenant's key stays here").to.equal(undefined);
  });

  it('passes every field on as it came', async () => {
    replies = [{ kind: 'text', text: 'Hm.' }];
    const extra = {
      temperature: 0.3,
      top_p: 0.9,
      seed: 7,
      stop: ['\n'],
      user: 'u-1',
      max_completion_tokens: 50,
    };
    await openai.chat.completions.create({ ...ASK, ...extra });
    expect(last().body).to.deep.equal({ ...ASK, ...extra });
  });

  it('streams pieces as they come and ends with [DONE], the usage hidden where nobody asked', async () => {
    replies = [{ kind: 'text', text: 'one two three', pace: 'manual' }];
    provider.release(2); // who speaks, and the first word: a stream begins with it
    const stream = await openai.chat.completions.create({ ...ASK, stream: true });
    let text = '';
    let chunks = 0;
    for await (const chunk of stream) {
      expect(chunk.object).to.equal('chat.completion.chunk');
      expect(chunk.usage ?? null).to.equal(null);
      text += chunk.choices[0]!.delta.content ?? '';
      chunks++;
      provider.release();
    }
    expect(text).to.equal('one two three');
    expect(chunks).to.be.greaterThan(3);
  });

  it('gives the usage in the last piece where it was asked for', async () => {
    replies = [{ kind: 'text', text: 'one two three' }];
    const stream = await openai.chat.completions.create({
      ...ASK,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.at(-1)!.choices).to.deep.equal([]);
    expect(chunks.at(-1)!.usage!.completion_tokens).to.be.greaterThan(0);
    expect(chunks.slice(0, -1).every(chunk => !chunk.usage)).to.equal(true);
  });

  it('answers with calls of tools, whole and in pieces, and takes their results', async () => {
    const calls = [{ id: 'call_1', name: 'track_parcel', arguments: { orderId: 'A-1' } }];
    replies = [
      { kind: 'tools', calls },
      { kind: 'tools', calls },
      { kind: 'text', text: 'In Hue.' },
    ];
    const whole = await openai.chat.completions.create({ ...ASK, tools: [TOOL], tool_choice: 'auto' });
    const message = whole.choices[0]!.message;
    expect(whole.choices[0]!.finish_reason).to.equal('tool_calls');
    expect(message.tool_calls![0]).to.deep.include({
      id: 'call_1',
      function: { name: 'track_parcel', arguments: '{"orderId":"A-1"}' },
    });
    const streamed = await openai.chat.completions.stream({ ...ASK, tools: [TOOL] }).finalChatCompletion();
    const [call] = streamed.choices[0]!.message.tool_calls!;
    expect(call?.type === 'function' && call.function.arguments).to.equal('{"orderId":"A-1"}');
    const after = await openai.chat.completions.create({
      ...ASK,
      messages: [
        ...ASK.messages,
        message,
        { role: 'tool', tool_call_id: 'call_1', content: '{"place":"Hue"}' },
      ],
    });
    expect(after.choices[0]!.message.content).to.equal('In Hue.');
  });

  it('keeps to a schema: it goes to the provider, and the client reads the answer by it', async () => {
    replies = [{ kind: 'text', text: '{"place":"Hue","days":2}' }];
    const parsed = await openai.chat.completions.parse({ ...ASK, model: 'auto', response_format: SCHEMA });
    expect(parsed.choices[0]!.message.parsed).to.deep.equal({ place: 'Hue', days: 2 });
    expect(last().body.response_format).to.deep.equal(SCHEMA);
    expect(last().body.model, 'auto is a model that is offered').to.match(/^fake-(small|large)$/);
  });

  it('embeds texts, one or several, as numbers or packed', async () => {
    const one = await openai.embeddings.create({ model: 'fake-embed', input: 'parcel' });
    const two = await openai.embeddings.create({
      model: 'fake-embed',
      input: ['parcel', 'refund'],
      encoding_format: 'float',
      dimensions: 16,
    });
    expect(one.data[0]!.embedding).to.have.length(8);
    expect(two.data.map(({ embedding }) => embedding.length)).to.deep.equal([16, 16]);
    expect(two.usage.total_tokens).to.be.greaterThan(0);
  });

  it('lists the models that are offered, `auto` first, and tells of one', async () => {
    const ids: string[] = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    expect(ids).to.deep.equal(['auto', 'fake-small', 'fake-large', 'fake-embed']);
    expect(await openai.models.retrieve('fake-large')).to.include({ id: 'fake-large', object: 'model' });
    expect(await rejection(openai.models.retrieve('gpt-none'))).to.be.instanceOf(NotFoundError);
  });

  it("refuses in the classes of the client's errors, each with a code, and asks no provider", async () => {
    const before = provider.requests.length;
    const other = (key: string) => new OpenAI({ baseURL: `${platform.url}/v1`, apiKey: key, maxRetries: 0 });
    const raw = (body: object) => openai.post('/chat/completions', { body });
    const cases = [
      [() => other('tk_wrong').chat.completions.create(ASK), AuthenticationError, 'unauthenticated'],
      [() => openai.chat.completions.create({ ...ASK, model: 'gpt-none' }), NotFoundError, 'model-unknown'],
      [
        () => openai.chat.completions.create({ ...ASK, messages: [] }),
        UnprocessableEntityError,
        'validation-failed',
      ],
      [() => openai.embeddings.create({ model: 'fake-small', input: 'x' }), NotFoundError, 'model-unknown'],
      [() => raw({ ...ASK, max_tokens: -1 }), UnprocessableEntityError, 'validation-failed'],
      [() => raw({ ...ASK, stream: 'yes' }), UnprocessableEntityError, 'validation-failed'],
      [() => openai.get('/assistants'), NotFoundError, 'not-found'],
    ] as const;
    for (const [ask, kind, code] of cases) {
      const error = (await rejection(ask())) as InstanceType<typeof BadRequestError>;
      expect(error, code).to.be.instanceOf(kind);
      expect(error.code).to.equal(code);
      expect(error.requestID).to.match(/^req_/);
      expect(error.message).to.not.be.empty;
    }
    expect(provider.requests.length).to.equal(before);
  });

  it('gives what the provider says of a wrong request to its sender, as it stands', async () => {
    replies = [{ kind: 'error', status: 400, code: 'context_length_exceeded', message: 'Too long.' }];
    const error = (await rejection(openai.chat.completions.create(ASK))) as InstanceType<
      typeof BadRequestError
    >;
    expect(error).to.be.instanceOf(BadRequestError);
    expect(error.code).to.equal('context_length_exceeded');
    expect(error.message).to.include('Too long.');
  });

  it('tells a client whose plan is used up when to come again, and its own retries get through', async () => {
    const free = await platform.client('free', 'free');
    replies = Array.from({ length: 200 }, () => ({ kind: 'text', text: 'ok' }) as const);
    const results = await Promise.allSettled(
      Array.from({ length: 80 }, () => free.openai.chat.completions.create(ASK)),
    );
    const refused = results
      .filter(result => result.status === 'rejected')
      .map(({ reason }) => reason as unknown);
    expect(refused.length).to.be.within(1, 40);
    expect(refused.every(error => error instanceof RateLimitError)).to.equal(true);
    expect(Number((refused[0] as RateLimitError).headers!.get('retry-after'))).to.be.within(1, 5);
    const patient = new OpenAI({ baseURL: `${platform.url}/v1`, apiKey: free.apiKey, maxRetries: 3 });
    expect((await patient.chat.completions.create(ASK)).choices).to.have.length(1);
  });

  it("closes the provider's socket within 100 ms when the client aborts, waiting or in the middle of a stream", async () => {
    replies = [{ kind: 'hang' }, { kind: 'text', text: 'a b '.repeat(50), pace: 'manual' }];
    const controller = new AbortController();
    const index = provider.requests.length;
    const waiting = openai.chat.completions.create(ASK, { signal: controller.signal });
    const asked = await provider.request(index);
    let began = performance.now();
    controller.abort();
    expect(await rejection(waiting)).to.be.instanceOf(APIUserAbortError);
    await asked.ended;
    expect(performance.now() - began).to.be.below(100);

    provider.release(2);
    const stream = await openai.chat.completions.create({ ...ASK, stream: true });
    const streaming = await provider.request(index + 1);
    for await (const _ of stream) {
      began = performance.now();
      break; // the client's way to stop: it aborts the request
    }
    await streaming.ended;
    expect(performance.now() - began).to.be.below(100);
    expect([asked.aborted, streaming.aborted]).to.deep.equal([true, true]);
  });

  it('needs the scope for models', async () => {
    const fresh = await platform.client('scope');
    await platform.database.asOwner(tx =>
      tx.query(`update api_key set scopes = array['chat'] where tenant_id = $1`, [fresh.tenantId]),
    );
    expect(await rejection(fresh.openai.chat.completions.create(ASK))).to.be.instanceOf(
      PermissionDeniedError,
    );
  });
});
