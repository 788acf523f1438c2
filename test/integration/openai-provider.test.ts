// Protects: any OpenAI-compatible endpoint is spoken to as it expects, its faults are told by our codes, and a cancelled call ends at its socket.
import { expect } from 'chai';
import type { ChatItem } from '../../lib/contracts/chat.ts';
import { openAiProvider } from '../../lib/io/models/openai.ts';
import type { ModelRequest } from '../../lib/io/models/provider.ts';
import {
  type OpenAiServer,
  type Script,
  type ScriptedReply,
  startOpenAiServer,
} from '../suites/openai-server.ts';
import { refusal, rejection } from '../suites/rejection.ts';

const SHORT_MS = 400;
const TOOL = {
  name: 'track_parcel',
  description: 'Where a parcel is',
  params: { $$strict: true, orderId: { type: 'string', min: 1, max: 20 } },
  effect: 'read',
} as const;

describe('the OpenAI provider', () => {
  let server: OpenAiServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function ask(
    script: Script,
    {
      maxRetries = 0,
      apiKey = 'sk-test',
      ...request
    }: Partial<ModelRequest> & { maxRetries?: number; apiKey?: string } = {},
  ) {
    server = await startOpenAiServer({ script, apiKey: 'sk-test' });
    const provider = openAiProvider({
      baseUrl: server.url,
      apiKey,
      model: 'fake-small',
      tier: 'LLM',
      timeoutMs: SHORT_MS,
      maxRetries,
    });
    return await provider.complete({
      instructions: 'Be brief.',
      context: [{ role: 'user', text: 'hello' }],
      tools: [],
      onText: () => {},
      signal: new AbortController().signal,
      ...request,
    });
  }

  it('gives the text as it comes, and the tokens that were used', async () => {
    const pieces: [string, number][] = [];
    const reply = await ask([{ kind: 'text', text: 'Hello to you too.' }], {
      onText: (text, offset) => pieces.push([text, offset]),
    });
    expect(reply.text).to.equal('Hello to you too.');
    expect(pieces.map(([text]) => text).join('')).to.equal(reply.text);
    expect(pieces.length).to.be.greaterThan(2);
    for (const [text, offset] of pieces)
      expect(reply.text.slice(offset, offset + text.length)).to.equal(text);
    expect(reply.usage).to.include({ tier: 'LLM', model: 'fake-small' });
    expect(reply.usage.inputTokens).to.be.greaterThan(0);
    expect(reply.usage.outputTokens).to.be.greaterThan(0);
    expect(server!.requests[0]!.body).to.deep.include({
      model: 'fake-small',
      stream: true,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hello' },
      ],
    });
  });

  it('offers tools by JSON Schema and gives the calls that the model makes', async () => {
    const reply = await ask(
      [
        {
          kind: 'tools',
          calls: [
            { id: 'call_a', name: 'track_parcel', arguments: { orderId: 'KM-10234' } },
            { id: 'call_b', name: 'track_parcel', arguments: { orderId: 'KM-10235' } },
          ],
        },
      ],
      { tools: [TOOL] },
    );
    expect(reply.toolCalls).to.deep.equal([
      { id: 'call_a', name: 'track_parcel', arguments: '{"orderId":"KM-10234"}' },
      { id: 'call_b', name: 'track_parcel', arguments: '{"orderId":"KM-10235"}' },
    ]);
    const [tool] = server!.requests[0]!.body.tools as { function: { parameters: object } }[];
    expect(tool!.function.parameters).to.deep.equal({
      type: 'object',
      properties: { orderId: { type: 'string', minLength: 1, maxLength: 20 } },
      required: ['orderId'],
      additionalProperties: false,
    });
  });

  it('tells what tools and people said in the form that the protocol has for it', async () => {
    const context: ChatItem[] = [
      { role: 'user', text: 'where is it?' },
      { role: 'assistant', text: '', toolCalls: [{ id: 'call_a', name: 'track_parcel', arguments: '{}' }] },
      { role: 'tool', callId: 'call_a', name: 'track_parcel', content: '{"ok":true}' },
      { role: 'person', text: 'It is with me.' },
      { role: 'user', text: 'thanks' },
    ];
    await ask([{ kind: 'text', text: 'ok' }], { context });
    expect((server!.requests[0]!.body.messages as { role: string }[]).map(m => m.role)).to.deep.equal([
      'system',
      'user',
      'assistant',
      'tool',
      'assistant',
      'user',
    ]);
  });

  it('cites the passages that it was given', async () => {
    const results = [{ documentId: 'doc_1', title: 'Returns', text: 'You have 30 days.' }];
    const { citations } = await ask([{ kind: 'text', text: '30 days' }], {
      context: [
        { role: 'user', text: 'how long?' },
        { role: 'assistant', text: '', toolCalls: [{ id: 'c', name: 'search_knowledge', arguments: '{}' }] },
        { role: 'tool', callId: 'c', name: 'search_knowledge', content: JSON.stringify({ results }) },
      ],
    });
    expect(citations).to.deep.equal([{ documentId: 'doc_1', title: 'Returns', quote: 'You have 30 days.' }]);
  });

  const FAULTS: readonly (readonly [string, 'model-failed' | 'model-refused', ScriptedReply])[] = [
    ['an overloaded server (429)', 'model-failed', { kind: 'error', status: 429 }],
    ['a failing server (500)', 'model-failed', { kind: 'error', status: 500 }],
    ['a request that it does not take (400)', 'model-refused', { kind: 'error', status: 400 }],
    ['a model that is not there (404)', 'model-refused', { kind: 'error', status: 404 }],
    ['an answer that never comes', 'model-failed', { kind: 'hang' }],
    ['half an answer', 'model-failed', { kind: 'cut', text: 'one two three four', afterChunks: 2 }],
    ['an answer that is not JSON', 'model-failed', { kind: 'malformed' }],
  ];
  for (const [what, code, reply] of FAULTS)
    it(`tells ${what} as ${code}`, async () => {
      const error = await refusal(ask([reply]), code);
      expect(error.message).to.not.include('sk-test');
    });

  it('tells a key that is not taken (401) as model-refused, without the key', async () => {
    const error = await refusal(ask([], { apiKey: 'sk-wrong' }), 'model-refused');
    expect(error.data).to.deep.equal({ status: 401 });
    expect(JSON.stringify([error.message, error.data])).to.not.include('sk-wrong');
  });

  it('waits as long as Retry-After says, and asks again', async () => {
    const script: Script = [
      { kind: 'error', status: 429, retryAfter: 1 },
      { kind: 'text', text: 'now' },
    ];
    const began = performance.now();
    const { text } = await ask(script, { maxRetries: 1 });
    expect(text).to.equal('now');
    expect(performance.now() - began).to.be.at.least(950);
    expect(server!.requests).to.have.length(2);
  });

  it('asks again after a failure without Retry-After, as often as it may', async () => {
    const fault = { kind: 'error', status: 500 } as const;
    expect((await ask([fault, fault, { kind: 'text', text: 'third' }], { maxRetries: 2 })).text).to.equal(
      'third',
    );
  });

  it('does not ask again when the request itself is refused', async () => {
    await refusal(
      ask(
        [
          { kind: 'error', status: 400 },
          { kind: 'text', text: 'x' },
        ],
        { maxRetries: 2 },
      ),
      'model-refused',
    );
    expect(server!.requests).to.have.length(1);
  });

  it('ends the call at the provider’s socket when it is cancelled', async () => {
    const cancel = new AbortController();
    const heard = Promise.withResolvers<void>();
    const asked = ask([{ kind: 'text', text: 'one two three', pace: 'manual' }], {
      signal: cancel.signal,
      onText: () => heard.resolve(),
    });
    asked.catch(() => {});
    while (!server) await new Promise(resolve => setImmediate(resolve));
    const request = await server.request(0);
    server.release(2);
    await heard.promise;
    cancel.abort(new Error('no longer wanted'));
    expect((await rejection(asked)).message).to.equal('no longer wanted');
    await request.ended;
    expect(request.aborted).to.equal(true);
  });
});
