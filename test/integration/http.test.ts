// Protects: HTTP as clients rely on it: a key's request is done once, no change of others is lost, pages of other sites call only where the tenant says so.
import { expect } from 'chai';
import { getOrigins } from '../../lib/contracts/origins.contracts.ts';
import { createApiKey } from '../../lib/contracts/platform.contracts.ts';
import { CONTRACTS } from '../../lib/contracts/registry.ts';
import { call } from '../../lib/moleculer/action.ts';
import { Client } from '../e2e/client.ts';
import { eventually } from '../suites/coordination.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';

describe('HTTP', function () {
  this.timeout(30_000);
  let node: TestNode;
  let shop: Client;
  let other: Client;
  let tenantId: string;
  before(async () => {
    node = await startEmbeddedNode();
    const ours = await node.makeTenant('shop', {
      agents: [{ name: 'helper', instructions: 'Help.' }],
    } as never);
    tenantId = ours.tenantId;
    shop = new Client(node.url, ours.apiKey);
    other = new Client(node.url, (await node.makeTenant('other')).apiKey);
  });
  after(() => node?.stop());

  const codeOf = async (response: Response) => ((await response.json()) as { code?: string }).code;
  const keyed = (key: string) => ({ 'idempotency-key': key });
  const DOCUMENT = { title: 'Opening hours', text: 'We open at nine and close at six.' };

  describe('a request with an Idempotency-Key', () => {
    const ingest = (client: Client, key: string, body: object = DOCUMENT) =>
      client.request('POST', '/ingestion/documents', body, keyed(key));

    it('that comes again gets the recorded answer, and says so', async () => {
      const first = await ingest(shop, 'k1');
      const again = await ingest(shop, 'k1');
      expect(first.headers.get('idempotency-replayed')).to.equal(null);
      expect(again.headers.get('idempotency-replayed')).to.equal('true');
      expect(again.status).to.equal(first.status).and.to.equal(201);
      expect(again.headers.get('content-type')).to.equal(first.headers.get('content-type'));
      const body = await first.text();
      expect(JSON.parse(body)).to.include({ unchanged: false });
      expect(await again.text()).to.equal(body);
    });

    it('that asks for something else is refused', async () => {
      await ingest(shop, 'k2');
      const response = await ingest(shop, 'k2', { ...DOCUMENT, title: 'Another' });
      expect(response.status).to.equal(422);
      expect(await codeOf(response)).to.equal('idempotency-mismatch');
    });

    it('of another tenant, another key of the tenant, or another route is another request', async () => {
      await ingest(shop, 'k3');
      const { apiKey } = await call(node.broker, createApiKey, {
        tenantId,
        name: 'second',
        scopes: ['knowledge'],
      });
      for (const response of [
        await ingest(other, 'k3', { title: 'Theirs', text: 'Other words.' }),
        await ingest(new Client(node.url, apiKey), 'k3', { title: 'Second', text: 'Second words.' }),
        await shop.request('POST', '/chat/conversations/cnv_none/takeover', {}, keyed('k3')),
      ])
        expect(response.headers.get('idempotency-replayed')).to.equal(null);
    });

    it('that failed for good fails again in the same way', async () => {
      const takeOver = () => shop.request('POST', '/chat/conversations/cnv_none/takeover', {}, keyed('k4'));
      const first = await (await takeOver()).text();
      const again = await takeOver();
      expect(again.status).to.equal(404);
      expect(again.headers.get('content-type')).to.include('application/problem+json');
      expect(await again.text()).to.equal(first);
    });

    it('ten times at once is done once; the others are told to wait or get the answer', async () => {
      const body = { title: 'At once', text: 'Ten of them, one document.' };
      const responses = await Promise.all(Array.from({ length: 10 }, () => ingest(shop, 'k5', body)));
      const statuses = responses.map(({ status }) => status);
      expect(statuses.filter(status => status !== 201 && status !== 409)).to.deep.equal([]);
      const first = responses.filter(r => r.status === 201 && !r.headers.has('idempotency-replayed'));
      expect(first).to.have.length(1);
      for (const response of responses)
        if (response.status === 409) {
          expect(response.headers.get('retry-after')).to.equal('1');
          expect(await codeOf(response)).to.equal('idempotency-in-flight');
        }
    });

    const record = (sql: string) =>
      node.database.withTenant(tenantId, tx =>
        tx.query(`update idempotency_record set ${sql} where tenant_id = '${tenantId}'`),
      );

    it('whose node died is run again where that does no harm, else its outcome is unknown', async () => {
      await ingest(shop, 'k6', { title: 'Broken off', text: 'Once or twice.' });
      const { conversationId } = await shop.ask('hello');
      const fork = () => shop.request('POST', `/chat/conversations/${conversationId}/fork`, {}, keyed('k6'));
      expect((await fork()).status).to.equal(201);
      // As a node leaves them that is killed in the middle.
      await record(`status = null, body = null, locked_until = now() + interval '1 minute'`);
      expect(await codeOf(await fork())).to.equal('idempotency-in-flight');
      await record(`locked_until = now() - interval '1 ms'`);
      expect(await codeOf(await fork())).to.equal('outcome-unknown');
      const again = await ingest(shop, 'k6', { title: 'Broken off', text: 'Once or twice.' });
      expect(again.status).to.equal(201);
      expect(await again.json()).to.include({ unchanged: true });
    });

    it('is forgotten when its time has passed', async () => {
      await ingest(shop, 'k7');
      await record(`expires_at = now() - interval '1 ms'`);
      const response = await ingest(shop, 'k7', { title: 'New', text: 'A day later.' });
      expect(response.status).to.equal(201);
    });

    it('of a message fits the same rules: same answer, other words refused, its own sender', async () => {
      const first = await shop.ask('hello', { key: 'm1' });
      expect(await shop.ask('hello', { key: 'm1' })).to.deep.equal(first);
      const response = await shop.request('POST', '/chat/messages', { message: 'goodbye' }, keyed('m1'));
      expect(response.status).to.equal(422);
      expect(await codeOf(response)).to.equal('idempotency-mismatch');
      const { apiKey } = await call(node.broker, createApiKey, { tenantId, name: 'page', scopes: ['chat'] });
      const theirs = await new Client(node.url, apiKey).ask('hello', { key: 'm1' });
      expect(theirs.conversationId).to.not.equal(first.conversationId);
    });

    it('that is none is refused before anything happens', async () => {
      expect(await codeOf(await ingest(shop, 'no spaces here'))).to.equal('validation-failed');
    });
  });

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

  describe('a stream of an answer', () => {
    it('that broke is asked for again by its key from the last event heard, without telling that twice', async () => {
      const events = await shop.stream('How do I return something?', { key: 'broken' });
      const accepted = events.find(({ event }) => event === 'accepted')!;
      const response = await shop.request(
        'POST',
        '/chat/messages',
        { message: 'How do I return something?' },
        { ...keyed('broken'), accept: 'text/event-stream', 'last-event-id': accepted.id },
      );
      const text = await response.text();
      expect(text).to.not.include('event: accepted');
      expect(text.match(/event: message/g)).to.have.length(1);
    });
  });
});
