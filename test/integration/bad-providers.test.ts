// Protects: whatever a provider does wrong, the tenant gets an answer from elsewhere or a clear refusal in time, pays for what was used, and the next call works. The table is in docs/guides/models.md.
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type OpenAI from 'openai';
import { APIError } from 'openai';
import { type ModelPlatform, startModelPlatform } from '../suites/model-endpoints.ts';
import { type OpenAiServer, type ScriptedReply, startOpenAiServer } from '../suites/openai-server.ts';
import { rejection } from '../suites/rejection.ts';
import { CERTIFICATE } from '../suites/samples/untrusted-certificate.ts';

const LIMIT_MS = 400;
const SAYS = 'All is well.';
const WELL: ScriptedReply = { kind: 'text', text: SAYS };
const FAULTS = {
  hangs: { kind: 'hang' },
  'sends half an answer': { kind: 'cut', text: 'one two three four', afterChunks: 0 },
  'sends what is no JSON': { kind: 'malformed' },
  'answers 429 without Retry-After': { kind: 'error', status: 429 },
  'answers 500': { kind: 'error', status: 500 },
  'refuses our key': { kind: 'error', status: 401 },
} as const satisfies Record<string, ScriptedReply>;
const CASES = Object.entries(FAULTS);
const STREAM_CASES = ['broken', 'silent', 'garbled', 'patience', 'outage'] as const;

describe('a provider that misbehaves', function () {
  this.timeout(30_000);
  let bad: OpenAiServer;
  let well: OpenAiServer;
  let untrusted: Server;
  let platform: ModelPlatform;
  let openai: OpenAI;
  let tenantId: string;
  let replies: ScriptedReply[] = [];
  before(async () => {
    bad = await startOpenAiServer({ script: () => replies.shift() ?? WELL });
    well = await startOpenAiServer({ script: () => WELL });
    untrusted = createServer(CERTIFICATE, (_, response) => response.end('{}')).listen(0, '127.0.0.1');
    await once(untrusted, 'listening');
    const { port } = untrusted.address() as AddressInfo;
    // What happens to one endpoint must not count for the next case: each has its own.
    const alone = [...CASES.keys(), ...STREAM_CASES].map(name => `alone-${name}`);
    platform = await startModelPlatform(
      [
        ...alone.map(name => ({ name, url: bad.url, model: name })),
        { name: 'two-bad', url: bad.url, model: 'two' },
        { name: 'two-well', url: well.url, model: 'two' },
        { name: 'untrusted', url: `https://127.0.0.1:${port}/v1`, model: 'untrusted' },
      ],
      { TROUPE_MODEL_TIMEOUT_MS: String(LIMIT_MS) },
    );
  });
  beforeEach(async () => {
    replies = [];
    ({ openai, tenantId } = await platform.client('tenant'));
  });
  after(async () => {
    await platform?.stop();
    await bad?.close();
    await well?.close();
    untrusted?.close();
  });

  const ask = (model: string) => ({
    model,
    messages: [{ role: 'user' as const, content: 'Where is my parcel?' }],
  });

  async function said(model: string): Promise<string | null> {
    return (await openai.chat.completions.create(ask(model))).choices[0]!.message.content;
  }

  async function fail(model: string): Promise<APIError> {
    const error = await rejection(openai.chat.completions.create(ask(model)));
    expect(error).to.be.instanceOf(APIError);
    return error as APIError;
  }

  /** Reads a stream to its failure. */
  async function failingStream(model: string): Promise<{ text: string; error: APIError; ms: number }> {
    const stream = await openai.chat.completions.create({ ...ask(model), stream: true });
    const began = performance.now();
    let text = '';
    const read = async () => {
      for await (const chunk of stream) text += chunk.choices[0]!.delta.content ?? '';
    };
    const error = (await rejection(read())) as APIError;
    return { text, error, ms: performance.now() - began };
  }

  for (const [index, [what, fault]] of CASES.entries()) {
    it(`and ${what}: once is not noticed, for good is a 502 in time that costs nothing, and the next call works`, async () => {
      const model = `alone-${index}`;
      const lasting = what === 'refuses our key'; // asking again with the same key is useless
      replies = [fault];
      if (!lasting) expect(await said(model)).to.equal(SAYS);
      replies = [fault, fault, fault];
      const began = performance.now();
      const error = await fail(model);
      expect([error.status, error.code]).to.deep.equal([502, lasting ? 'model-refused' : 'model-failed']);
      expect(error.message, 'no address, no key').to.not.match(/127\.0\.0\.1|sk-/);
      expect(performance.now() - began).to.be.below(3 * LIMIT_MS + 1_000);
      replies = [];
      expect(await said(model)).to.equal(SAYS);
      const ledger = await platform.ledger(tenantId, lasting ? 2 : 6);
      const paid = ledger.filter(({ cost }) => cost > 0);
      expect(paid.map(({ outcome }) => outcome)).to.deep.equal(lasting ? ['ok'] : ['ok', 'ok']);
    });
  }

  it('breaks off in the middle of a stream: the pieces that came, then an error; what came is paid', async () => {
    replies = [{ kind: 'cut', text: 'one two three four', afterChunks: 3 }];
    const { text, error } = await failingStream('alone-broken');
    expect(text).to.equal('one two');
    expect(error.code).to.equal('model-failed');
    const [row] = await platform.ledger(tenantId, 1);
    expect(row).to.include({ outcome: 'broken-off', outputTokens: 3 });
    expect(row!.cost).to.be.greaterThan(0);
  });

  it('falls silent in the middle of a stream: ended after the longest silence, with an error', async () => {
    replies = [{ kind: 'text', text: 'one two three four', pace: 'manual' }];
    const next = bad.requests.length;
    const pending = failingStream('alone-silent');
    await bad.request(next);
    bad.release(2);
    const { text, error, ms } = await pending;
    expect(text).to.equal('one');
    expect(error.code).to.equal('model-failed');
    expect(ms).to.be.below(LIMIT_MS + 1_000);
    expect((await platform.ledger(tenantId, 1))[0]).to.include({ outcome: 'broken-off' });
  });

  it('sends an event that is no JSON in a stream: it is not passed on, an error is', async () => {
    replies = [{ kind: 'malformed' }];
    const { error } = await failingStream('alone-garbled');
    expect(error.code).to.equal('model-failed');
  });

  it('asks for a minute of patience: the tenant is told when to come again', async () => {
    replies = [{ kind: 'error', status: 429, retryAfter: 60 }];
    const error = await fail('alone-patience');
    expect([error.status, error.code]).to.deep.equal([502, 'model-failed']);
    const asked = bad.requests.length;
    const next = await fail('alone-patience');
    expect([next.status, next.code]).to.deep.equal([503, 'overloaded']);
    expect(Number(next.headers!.get('retry-after'))).to.be.within(50, 60);
    expect(bad.requests.length, 'and the provider is left in peace').to.equal(asked);
  });

  it('answers 500 for long: it is asked a few times, then left out, and the tenant hears at once', async () => {
    replies = Array.from({ length: 1_000 }, () => FAULTS['answers 500']);
    const before = bad.requests.length;
    const seen: (string | null | undefined)[] = [];
    for (let n = 0; n < 60; n++) seen.push((await fail('alone-outage')).code);
    expect(seen.filter(code => code === 'overloaded').length).to.be.greaterThan(50);
    expect(bad.requests.length - before, 'for sixty calls').to.be.below(15);
    expect(Number((await fail('alone-outage')).headers!.get('retry-after'))).to.be.within(1, 5);
  });

  it('is not noticed where there is another: every call is answered, whole or streamed', async () => {
    for (const [what, fault] of CASES) {
      replies = [fault];
      expect(await said('two'), what).to.equal(SAYS);
    }
    for (const [what, fault] of CASES.filter(([, { kind }]) => kind === 'error')) {
      replies = [fault];
      const { choices } = await openai.chat.completions.stream(ask('two')).finalChatCompletion();
      expect(choices[0]!.message.content, what).to.equal(SAYS);
    }
    const endpoints = (await platform.ledger(tenantId, CASES.length * 2)).map(({ endpoint }) => endpoint);
    expect(endpoints).to.include('two-bad');
  });

  it('shows a certificate that is not to be trusted: it is not spoken to', async () => {
    const { status, code, message } = await fail('untrusted');
    expect([status, code]).to.deep.equal([502, 'model-failed']);
    expect(message).to.include('SELF_SIGNED_CERT');
  });
});
