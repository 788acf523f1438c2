// Protects: a request with an Idempotency-Key is done once: recorded, waited for, refused for other words, and honest about a node that died.
import { expect } from 'chai';
import { createApiKey } from '../../lib/contracts/platform.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { Client } from '../e2e/client.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { ask, signUpAndIn } from '../suites/identity-client.ts';

describe('HTTP with keys', function () {
  this.timeout(30_000);
  let node: TestNode;
  let shop: Client;
  let other: Client;
  let tenantId: string;
  before(async () => {
    node = await startEmbeddedNode({ TROUPE_PUBLIC_URL: 'http://troupe.test' });
    const ours = await node.makeTenant('shop');
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

    it('belongs to whoever sent it: a key, a person and a customer of one tenant do not meet', async () => {
      const owner = await signUpAndIn(
        node.url,
        node.dataDir,
        'owner@idempotent.test',
        'a long enough phrase',
      );
      await ask(node.url, 'POST', '/api/v1/tenants/widget-key', { key: owner.apiKey, body: {} });
      const tokenOf = async (customerId: string) =>
        (
          await ask(node.url, 'POST', '/api/v1/tenants/widget-tokens', {
            key: owner.apiKey,
            body: { customerId },
          })
        ).body.token as string;
      const senders = [owner.apiKey, owner.accessToken, await tokenOf('ann'), await tokenOf('bob')];
      const say = async (key: string) =>
        await ask(node.url, 'POST', '/api/v1/chat/messages', {
          key,
          body: { message: 'Hello' },
          headers: keyed('same'),
        });
      const first = [];
      for (const sender of senders) first.push(await say(sender));
      expect(first.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
      expect(new Set(first.map(({ body }) => body.conversationId)).size, 'four conversations').to.equal(4);
      for (const [at, sender] of senders.entries())
        expect((await say(sender)).body, `sender ${at} again`).to.deep.equal(first[at]!.body);
      const [byKey, byPerson] = [owner.apiKey, owner.accessToken].map(key => new Client(node.url, key)) as [
        Client,
        Client,
      ];
      expect((await ingest(byKey, 'own', { title: 'Of the key', text: 'Some words.' })).status).to.equal(201);
      const other = await ingest(byPerson, 'own', { title: 'Of the person', text: 'Other words.' });
      expect([other.status, other.headers.get('idempotency-replayed')]).to.deep.equal([201, null]);
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
