// Protects: HTTP as clients rely on it: no change of others is lost, pages of other sites call only where the tenant says so.
import { expect } from 'chai';
import { getOrigins } from '../../lib/contracts/origins.contracts.ts';
import { CONTRACTS } from '../../lib/contracts/registry.ts';
import { Client } from '../e2e/client.ts';
import { eventually } from '../suites/coordination.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';

describe('HTTP', function () {
  this.timeout(30_000);
  let node: TestNode;
  let shop: Client;
  let other: Client;
  before(async () => {
    node = await startEmbeddedNode();
    const ours = await node.makeTenant('shop', {
      agents: [{ name: 'helper', instructions: 'Help.' }],
    } as never);
    shop = new Client(node.url, ours.apiKey);
    other = new Client(node.url, (await node.makeTenant('other')).apiKey);
  });
  after(() => node?.stop());

  const codeOf = async (response: Response) => ((await response.json()) as { code?: string }).code;

  describe('a configuration resource', () => {
    const path = '/control/agents/returns';
    const put = (instructions: string, headers: Record<string, string> = {}) =>
      shop.request('PUT', path, { instructions }, headers);
    const tag = async () => (await shop.request('GET', path)).headers.get('etag')!;

    it('has a tag, by which whoever has it is spared the body', async () => {
      expect((await put('One.')).status).to.equal(200);
      const etag = await tag();
      expect(etag).to.match(/^"[\w-]{27}"$/);
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const response = await shop.request('GET', path, undefined, { 'if-none-match': known });
        expect(response.status, known).to.equal(304);
        expect(response.headers.get('etag')).to.equal(etag);
        expect(await response.text()).to.equal('');
      }
      const changed = await shop.request('GET', path, undefined, { 'if-none-match': '"other"' });
      expect(changed.status).to.equal(200);
    });

    it('changes only for who knows its state', async () => {
      await put('One.');
      const before = await tag();
      expect(await codeOf(await put('Two.'))).to.equal('precondition-required');
      expect((await put('Two.', { 'if-match': '"stale"' })).status).to.equal(412);
      expect((await put('Two.', { 'if-match': `W/${before}` })).status, 'weak tags do not do').to.equal(412);
      expect((await put('Two.', { 'if-none-match': '*' })).status).to.equal(412);
      expect((await put('Two.', { 'if-match': before })).status).to.equal(200);
      expect((await put('Three.', { 'if-match': before })).status).to.equal(412);
      expect(await tag()).to.not.equal(before);
    });

    it('that does not exist cannot match, and can be made', async () => {
      const fresh = (headers: Record<string, string>) =>
        shop.request('PUT', '/control/agents/fresh', { instructions: 'New.' }, headers);
      expect((await fresh({ 'if-match': '*' })).status).to.equal(412);
      expect((await fresh({ 'if-none-match': '*' })).status).to.equal(200);
    });

    it('of two who change it at once lets one through', async () => {
      const etag = (await shop.request('GET', '/tenants/origins')).headers.get('etag')!;
      const statuses = await Promise.all(
        ['https://a.example', 'https://b.example'].map(async origin =>
          shop
            .request('PUT', '/tenants/origins', { origins: [origin] }, { 'if-match': etag })
            .then(({ status }) => status),
        ),
      );
      expect(statuses.toSorted()).to.deep.equal([200, 412]);
    });

    it('is every contract with that flag: each asks for the state that it changes', () => {
      const flagged = CONTRACTS.filter(({ http }) => http?.etag);
      for (const { name, http } of flagged.filter(each => each.http!.method !== 'GET'))
        expect(
          flagged.some(each => each.http!.method === 'GET' && each.http!.path === http!.path),
          `${name} has a GET with a tag`,
        ).to.equal(true);
      expect(flagged.map(({ name }) => name)).to.include(getOrigins.name);
    });
  });

  describe('a page of another site', () => {
    const SITE = 'https://shop.example';
    before(async () => {
      const etag = (await shop.request('GET', '/tenants/origins')).headers.get('etag')!;
      const changed = await shop.request(
        'PUT',
        '/tenants/origins',
        { origins: [SITE] },
        { 'if-match': etag },
      );
      expect(changed.status).to.equal(200);
    });
    const preflight = (origin: string, path = '/chat/messages') =>
      fetch(`${node.url}/api/v1${path}`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });

    it('may call where the tenant allows it', async () => {
      const asked = await preflight(SITE);
      expect(asked.status).to.equal(204);
      expect(asked.headers.get('access-control-allow-origin')).to.equal(SITE);
      expect(asked.headers.get('access-control-allow-methods')).to.equal('POST');
      expect(asked.headers.get('access-control-allow-headers')).to.include('authorization');
      expect(asked.headers.get('access-control-allow-credentials')).to.equal(null);
      expect(asked.headers.get('vary')).to.include('Origin');
      const response = await shop.request('GET', '/control/agents', undefined, { origin: SITE });
      expect(response.status).to.equal(200);
      expect(response.headers.get('access-control-allow-origin')).to.equal(SITE);
      expect(response.headers.get('vary')).to.include('Origin');
    });

    it('may not by a name that only resembles it, nor as nobody', async () => {
      for (const origin of [
        'http://shop.example',
        'https://shop.example.evil.example',
        'https://evilshop.example',
        'https://shop.example:8443',
        'https://SHOP.example',
        'https://shop.exampl',
        'https://shop.example/',
        'null',
        '*',
      ]) {
        const asked = await preflight(origin);
        expect(asked.status, origin).to.equal(403);
        expect(asked.headers.get('access-control-allow-origin')).to.equal(null);
        const response = await shop.request('GET', '/control/agents', undefined, { origin });
        expect(await codeOf(response), origin).to.equal('origin-refused');
        expect(response.headers.get('access-control-allow-origin')).to.equal(null);
      }
    });

    it('may not call for a tenant that has not allowed it', async () => {
      const response = await other.request('GET', '/control/agents', undefined, { origin: SITE });
      expect(await codeOf(response)).to.equal('origin-refused');
    });

    it('may not any more within a second of its removal', async () => {
      const etag = (await shop.request('GET', '/tenants/origins')).headers.get('etag')!;
      await shop.request('PUT', '/tenants/origins', { origins: [] }, { 'if-match': etag });
      const began = performance.now();
      await eventually('it is refused', async () => (await preflight(SITE)).status === 403);
      expect(performance.now() - began).to.be.below(1_500);
    });

    it('is told which methods a path takes, and that there is none', async () => {
      expect(
        (await fetch(`${node.url}/api/v1/ingestion/documents`, { method: 'OPTIONS' })).headers.get('allow'),
      ).to.equal('POST, GET');
      expect((await fetch(`${node.url}/api/v1/nothing`, { method: 'OPTIONS' })).status).to.equal(404);
    });
  });

  describe('a request', () => {
    it('may say null for what it may leave out', async () => {
      const body = { title: 'Nulls', text: 'Nothing is said here.', metadata: null };
      expect((await shop.request('POST', '/ingestion/documents', body)).status).to.equal(201);
      expect((await shop.request('POST', '/ingestion/documents', { ...body, title: null })).status).to.equal(
        422,
      );
    });

    it('whose address or document is none is refused, not failed at', async () => {
      const allow = [{ name: 'a', effect: 'read' }];
      for (const source of [
        { kind: 'mcp', url: 'nowhere', allow },
        { kind: 'openapi', url: 'https://a.example', document: 7, allow },
      ])
        expect(await codeOf(await shop.request('PUT', '/control/tools/x', source))).to.equal(
          'validation-failed',
        );
    });
  });

  describe('an answer', () => {
    it('carries an id: the given one if it has the form of one, else a new one', async () => {
      const id = async (given?: string) =>
        (
          await fetch(`${node.url}/health/live`, given ? { headers: { 'x-request-id': given } } : {})
        ).headers.get('x-request-id');
      expect(await id()).to.match(/^req_/);
      expect(await id('order-4711.a')).to.equal('order-4711.a');
      for (const bad of ['short', 'a'.repeat(101), '<script>alert(1)</script>', 'a b c d e f'])
        expect(await id(bad)).to.match(/^req_/);
      const problem = await shop.request('GET', '/nothing', undefined, { 'x-request-id': 'order-4711.b' });
      expect(await problem.json()).to.include({ instance: 'order-4711.b' });
    });

    it('tells browsers to guess nothing, frame nothing and run nothing', async () => {
      for (const path of ['/api/v1/control/agents', '/health/live', '/nothing']) {
        const { headers } = await fetch(node.url + path);
        expect(headers.get('content-security-policy'), path).to.equal(
          "default-src 'none'; frame-ancestors 'none'",
        );
        expect(headers.get('x-content-type-options')).to.equal('nosniff');
        expect(headers.get('x-frame-options')).to.equal('DENY');
        expect(headers.get('referrer-policy')).to.equal('no-referrer');
      }
    });

    it('to HEAD is that to GET without its body', async () => {
      const [get, head] = [
        await shop.request('GET', '/control/agents'),
        await shop.request('HEAD', '/control/agents'),
      ];
      expect(head.status).to.equal(200);
      expect(head.headers.get('content-length')).to.equal(get.headers.get('content-length'));
      expect(await head.text()).to.equal('');
      expect((await fetch(`${node.url}/api/v1/control/agents`, { method: 'HEAD' })).status).to.equal(401);
      const stream = await shop.request('HEAD', '/chat/conversations/cnv_none/events');
      expect(stream.status, 'a stream has no head that could be told without opening it').to.equal(404);
    });
  });
});
