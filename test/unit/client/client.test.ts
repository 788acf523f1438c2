// Protects: the client package asks as the contracts say, tries again only what may pass, and tells refusals by their code.
import { expect } from 'chai';
import { TroupeClient, TroupeProblem } from '../../../packages/client/src/client.ts';
import { rejection } from '../../suites/rejection.ts';

interface Asked {
  readonly url: string;
  readonly init: RequestInit & { readonly headers: Record<string, string> };
}

function clientOf(...answers: readonly Response[]) {
  const asked: Asked[] = [];
  const client = new TroupeClient({
    url: 'http://troupe.example',
    key: () => 'secret',
    fetch: (async (url: string, init: Asked['init']) => {
      asked.push({ url, init });
      return answers[Math.min(asked.length, answers.length) - 1]!.clone();
    }) as never,
  });
  return { client, asked };
}

const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ type: '', title: code, status, code, detail: code, instance: 'req_1' }), {
    status,
    headers,
  });

describe('the client', () => {
  it('puts parameters where they belong: path, query, body', async () => {
    const { client, asked } = clientOf(Response.json({}));
    await client.call('conversationGet', { conversationId: 'a b', after: 3 });
    await client.call('knowledgeSearch', { query: 'kettle', limit: 2 });
    expect(asked[0]).to.deep.include({
      url: 'http://troupe.example/api/v1/chat/conversations/a%20b?after=3',
    });
    expect(asked[0]!.init.method).to.equal('GET');
    expect(asked[0]!.init.headers).to.include({ authorization: 'Bearer secret' });
    expect(asked[1]!.init.body).to.equal('{"query":"kettle","limit":2}');
    expect(asked[1]!.init.headers, 'a read takes no key').to.not.have.property('idempotency-key');
  });

  it('gives what acts one key, also when it tries again', async () => {
    const { client, asked } = clientOf(
      problem(503, 'unavailable', { 'retry-after': '0' }),
      Response.json({ status: 'open' }),
    );
    await client.call('conversationTakeOver', { conversationId: 'c' });
    const keys = asked.map(({ init }) => init.headers['idempotency-key']);
    expect(keys).to.have.length(2);
    expect(keys[0]).to.be.a('string').and.to.equal(keys[1]);
  });

  it('does not try again what will fail again, and tells its code', async () => {
    const { client, asked } = clientOf(problem(404, 'not-found'));
    const error = await rejection(client.call('conversationGet', { conversationId: 'c' }));
    expect(error).to.be.instanceOf(TroupeProblem);
    expect((error as TroupeProblem).problem.code).to.equal('not-found');
    expect(asked).to.have.length(1);
  });

  it('gives up after its tries', async () => {
    const { client, asked } = clientOf(problem(429, 'rate-limited', { 'retry-after': '0' }));
    await rejection(client.call('conversationGet', { conversationId: 'c' }));
    expect(asked).to.have.length(3);
  });

  it('understands a proxy that answers in its own words', async () => {
    const { client } = clientOf(new Response('<h1>Bad gateway</h1>', { status: 400, statusText: 'Bad' }));
    const error = await rejection(client.call('conversationGet', { conversationId: 'c' }));
    expect((error as TroupeProblem).problem).to.include({ code: 'unknown', status: 400 });
  });
});
