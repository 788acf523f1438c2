// Protects: whatever is sent over HTTP, the answer is a problem with a stable code, the platform lives, and nothing is written.
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { createApiKey } from '../../lib/contracts/platform.contracts.ts';
import { CONTRACTS } from '../../lib/contracts/registry.ts';
import { ERRORS, type ErrorCode } from '../../lib/kernel/errors.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';

const CHAT = '/api/v1/chat/messages';
const DOCUMENTS = '/api/v1/ingestion/documents';
const JSON_TYPE = { 'content-type': 'application/json' };
const deep = (levels: number) => `{"message":${'['.repeat(levels)}${']'.repeat(levels)}}`;
const MB = 1_048_576;

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Sent instead of the tenant's key; empty sends none. */
  readonly authorization?: string;
}

const BODIES: Record<string, [ErrorCode, Sent]> = {
  'half of a JSON text': ['malformed-body', { body: '{"message":' }],
  'no JSON at all': ['malformed-body', { body: 'message=hello' }],
  'an empty body': ['malformed-body', { body: '' }],
  'a list for an object': ['validation-failed', { body: '["hello"]' }],
  'a number for an object': ['validation-failed', { body: '7' }],
  'a body of 10 MB': ['body-too-large', { body: `{"message":"${'a'.repeat(10 * MB)}"}` }],
  'JSON 10,000 levels deep': ['body-too-deep', { body: deep(10_000) }],
  'JSON 33 levels deep': ['body-too-deep', { body: deep(32) }],
  'a body that would change the prototype': [
    'malformed-body',
    { body: '{"message":"hi","__proto__":{"admin":true}}' },
  ],
  'the same with an escaped name': [
    'malformed-body',
    { body: '{"message":"hi","\\u005f_proto__":{"admin":true}}' },
  ],
  'the same by the constructor': [
    'malformed-body',
    { body: '{"message":"hi","constructor":{"prototype":{"admin":true}}}' },
  ],
  'another content type': [
    'unsupported-media-type',
    { headers: { 'content-type': 'text/plain' }, body: 'hello' },
  ],
  'a form': [
    'unsupported-media-type',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'message=hello' },
  ],
  'no message': ['validation-failed', { body: '{}' }],
  'an empty message': ['validation-failed', { body: '{"message":""}' }],
  'a message that is a number': ['validation-failed', { body: '{"message":7}' }],
  'a message that is an object': ['validation-failed', { body: '{"message":{"$gt":""}}' }],
  'a message of 16,001 characters': ['validation-failed', { body: `{"message":"${'a'.repeat(16_001)}"}` }],
  'a field that is not in the contract': [
    'validation-failed',
    { body: '{"message":"hi","tenantId":"ten_x"}' },
  ],
  'a conversation id with a path in it': [
    'validation-failed',
    { body: '{"message":"hi","conversationId":"../other"}' },
  ],
  'a conversation id of another type': [
    'validation-failed',
    { body: '{"message":"hi","conversationId":[]}' },
  ],
  'an Idempotency-Key with spaces': [
    'validation-failed',
    { headers: { ...JSON_TYPE, 'idempotency-key': 'a b' }, body: '{"message":"hi"}' },
  ],
  'bad input for a stream': [
    'validation-failed',
    { headers: { ...JSON_TYPE, accept: 'text/event-stream' }, body: '{"message":7}' },
  ],
};

const KEYS: Record<string, [ErrorCode, Sent]> = {
  'no key': ['unauthenticated', { authorization: '', body: '{"message":"hi"}' }],
  'a key that nobody has': [
    'unauthenticated',
    { authorization: 'Bearer tk_live_nobody', body: '{"message":"hi"}' },
  ],
  'another scheme': ['unauthenticated', { authorization: 'Basic dXNlcjpwYXNz', body: '{"message":"hi"}' }],
  'a key of 500 characters': ['unauthenticated', { authorization: `Bearer ${'a'.repeat(500)}`, body: '{}' }],
  'no key and a body of 10 MB': [
    'unauthenticated',
    { authorization: '', body: `{"message":"${'a'.repeat(10 * MB)}"}` },
  ],
};

const get = (path: string): Sent => ({ method: 'GET', path });
const PATHS: Record<string, [ErrorCode, Sent]> = {
  'a path that is not there': ['not-found', get('/api/v1/nothing')],
  'a path outside of the interface': ['not-found', get('/../../etc/passwd')],
  'a path that cannot be decoded': ['not-found', get('/api/v1/chat/conversations/%ff')],
  'a path of 400 characters': ['not-found', get(`/api/v1/chat/conversations/${'a'.repeat(400)}`)],
  'an internal action': ['not-found', { path: '/api/v1/tenants/create', body: '{"name":"mine"}' }],
  'a method that the path does not take': ['method-not-allowed', { method: 'DELETE', path: CHAT }],
  'a conversation that is not there': ['not-found', get('/api/v1/chat/conversations/cnv_none')],
  'the events of one that is not there': ['not-found', get('/api/v1/chat/conversations/cnv_none/events')],
  'a query that is not in the contract': [
    'validation-failed',
    get('/api/v1/chat/conversations/cnv_1?junk=1'),
  ],
  'a number that is none': ['validation-failed', get('/api/v1/chat/conversations/cnv_1?limit=many')],
  'a number below its least': ['validation-failed', get('/api/v1/chat/conversations/cnv_1?limit=-1')],
  'a query twice': ['validation-failed', get('/api/v1/chat/conversations/cnv_1?limit=1&limit=2')],
  'a query named like a part of every object': [
    'validation-failed',
    get('/api/v1/chat/conversations/cnv_1?constructor=1&__proto__=2'),
  ],
  'a cursor with a NUL in it': ['validation-failed', get(`${DOCUMENTS}?cursor=%00`)],
  'an id with a space in it': ['validation-failed', get('/api/v1/chat/conversations/a%20b')],
};

const INGESTED: Record<string, [ErrorCode, Sent]> = {
  'a document without text': ['validation-failed', { path: DOCUMENTS, body: '{"title":"a"}' }],
  'a title with a NUL in it': [
    'validation-failed',
    { path: DOCUMENTS, body: '{"title":"a\\u0000","text":"b"}' },
  ],
  'a text with a NUL in it': [
    'validation-failed',
    { path: DOCUMENTS, body: '{"title":"a","text":"b\\u0000"}' },
  ],
  'metadata with a NUL in it': [
    'validation-failed',
    { path: DOCUMENTS, body: '{"title":"a","text":"b","metadata":{"k":"\\u0000"}}' },
  ],
  'metadata within metadata': [
    'validation-failed',
    { path: DOCUMENTS, body: '{"title":"a","text":"b","metadata":{"k":{"deeper":"x"}}}' },
  ],
  'a search for nothing': ['validation-failed', { path: '/api/v1/ingestion/search', body: '{"query":""}' }],
  'a search for a thousand results': [
    'validation-failed',
    { path: '/api/v1/ingestion/search', body: '{"query":"a","limit":1000}' },
  ],
};

describe('over HTTP', function () {
  this.timeout(30_000);
  let node: TestNode;
  let apiKey: string;
  let written: Record<string, number>;
  before(async () => {
    node = await startEmbeddedNode();
    ({ apiKey } = await node.makeTenant('careful'));
    written = await node.rowCounts();
  });
  after(() => node?.stop());
  afterEach(async () => {
    expect(await node.rowCounts(), 'nothing is written').to.deep.equal(written);
    expect((await fetch(`${node.url}/health/ready`)).status, 'the platform lives').to.equal(200);
  });

  async function expectProblem(response: Response, code: ErrorCode): Promise<Record<string, unknown>> {
    expect(response.headers.get('content-type')).to.match(/^application\/problem\+json/);
    const problem = (await response.json()) as Record<string, unknown>;
    const { status, title } = ERRORS[code];
    expect(problem).to.include({ type: `/docs/errors#${code}`, code, status, title });
    expect(response.status).to.equal(status);
    expect(problem.detail).to.be.a('string').that.is.not.empty;
    expect(problem.instance).to.match(/^req_/);
    return problem;
  }

  const send = ({ method = 'POST', path = CHAT, headers = JSON_TYPE, body, authorization }: Sent) =>
    fetch(node.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : headers),
        ...(authorization === '' ? {} : { authorization: authorization ?? `Bearer ${apiKey}` }),
      },
      ...(body === undefined ? {} : { body }),
    });

  for (const [what, cases] of Object.entries({ BODIES, KEYS, PATHS, INGESTED }))
    describe(what.toLowerCase(), () => {
      for (const [name, [code, sent]] of Object.entries(cases))
        it(`${name}: ${code}`, async () => {
          await expectProblem(await send(sent), code);
        });
    });

  it('the fields that are wrong are named, and their values are not told', async () => {
    const problem = await expectProblem(
      await send({ body: '{"message":{"card":"4111111111111111"},"wish":"1"}' }),
      'validation-failed',
    );
    expect(problem.fields).to.deep.equal([
      { field: 'message', rule: 'string' },
      { field: 'wish', rule: 'objectStrict' },
    ]);
    expect(JSON.stringify(problem)).to.not.include('4111');
  });

  it('a wrong key is told how to come in', async () => {
    const response = await send({ authorization: 'Bearer wrong', body: '{}' });
    expect(response.headers.get('www-authenticate')).to.match(/^Bearer/);
    await expectProblem(response, 'unauthenticated');
  });

  it('the methods that a path takes are told', async () => {
    const response = await send({ method: 'PUT', path: DOCUMENTS, body: '{}' });
    expect(response.headers.get('allow')).to.equal('POST, GET');
    await expectProblem(response, 'method-not-allowed');
  });

  /** What no client library would send: bytes on the socket, and what comes back. */
  async function raw(request: string): Promise<string> {
    const { hostname, port } = new URL(node.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.write(request);
    await once(socket, 'close');
    return answer;
  }

  for (const [name, code, request] of [
    [
      'headers of 20 KB',
      'headers-too-large',
      `GET / HTTP/1.1\r\nhost: x\r\njunk: ${'a'.repeat(20_000)}\r\n\r\n`,
    ],
    ['bytes that are no HTTP', 'malformed-request', 'hello, is this the shop?\r\n\r\n'],
    [
      'two lengths',
      'malformed-request',
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}`,
    ],
  ] as const)
    it(`${name}: ${code}`, async () => {
      const answer = await raw(request);
      expect(answer).to.match(new RegExp(`^HTTP/1.1 ${ERRORS[code].status} `));
      expect(answer).to.include('content-type: application/problem+json').and.include(`"code":"${code}"`);
    });

  it('a mistyped address is a page for a browser, and a problem for a program', async () => {
    const ask = async (path: string, accept: string) => {
      const answer = await fetch(node.url + path, { headers: { accept } });
      return `${answer.status} ${answer.headers.get('content-type')} ${await answer.text()}`;
    };
    const page = await ask('/inbocks/<b>', 'text/html,*/*;q=0.8');
    expect(page)
      .to.match(/^404 text\/html.*no such page/s)
      .and.not.include('inbocks');
    expect(await ask('/inbocks', '*/*')).to.match(/^404 application\/problem/);
    expect(await ask('/api/v1/inbocks', 'text/html')).to.match(/^404 application\/problem/);
  });

  it('a client that goes away in the middle of its body does no harm', async () => {
    const { hostname, port } = new URL(node.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${apiKey}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"mess`,
    );
    socket.destroy();
    await once(socket, 'close');
  });

  it('a key that may only chat cannot read or write knowledge, nor steer conversations', async () => {
    const { tenantId } = await node.makeTenant('public page');
    const { apiKey: chatOnly } = (await node.broker.call(createApiKey.name, {
      tenantId,
      name: 'page',
      scopes: ['chat'],
    })) as { apiKey: string };
    written = await node.rowCounts();
    for (const sent of [
      { path: '/api/v1/ingestion/search', body: '{"query":"a"}' },
      { path: DOCUMENTS, body: '{"title":"a","text":"b"}' },
      { path: '/api/v1/chat/conversations/cnv_1/takeover', body: '{}' },
    ])
      await expectProblem(await send({ ...sent, authorization: `Bearer ${chatOnly}` }), 'forbidden');
  });

  it('an action that is called without a tenant refuses, whatever it is', async () => {
    const offered = new Set(node.broker.registry.getActionList({} as never).map(({ name }) => name));
    for (const contract of CONTRACTS) {
      if (contract.tenant !== 'required' || contract.policy.placement || !offered.has(contract.name))
        continue;
      const error = await node.broker.call(contract.name, {}).catch((e: { code?: string }) => e);
      expect((error as { code?: string }).code, contract.name).to.equal('tenant-missing');
    }
  });
});
