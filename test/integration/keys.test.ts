// Protects: a key or a customer's token opens what it is for and nothing else, is shown once, and ends when it is revoked, over HTTP and over the broker.
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { searchKnowledge } from '../../lib/contracts/knowledge.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { ask, type SignedUp, signUpAndIn } from '../suites/identity-client.ts';
import { CONTROL, FOUND, measureKeyTiming } from '../suites/key-timing.ts';
import { rejection } from '../suites/rejection.ts';

const PASSWORD = 'a long enough phrase';

describe('what opens the door', () => {
  let node: TestNode;
  let owner: SignedUp;
  const get = (path: string, key?: string) => ask(node.url, 'GET', path, key ? { key } : {});
  const post = (path: string, body: unknown, key?: string) =>
    ask(node.url, 'POST', path, { body, ...(key ? { key } : {}) });

  before(async () => {
    node = await startEmbeddedNode({ TROUPE_PUBLIC_URL: 'http://troupe.test' });
    owner = await signUpAndIn(node.url, node.dataDir, 'owner@keys.test', PASSWORD);
  });
  after(async () => node?.stop());

  describe('API keys', () => {
    it('are shown once, listed by their beginnings, replaced with an overlap and refused at once when revoked', async () => {
      const made = await post(
        '/api/v1/tenants/keys',
        { name: 'backend', scopes: ['chat'] },
        owner.accessToken,
      );
      expect(made.status).to.equal(201);
      const { keyId, apiKey } = made.body;
      const listed = await get('/api/v1/tenants/keys', owner.accessToken);
      expect(JSON.stringify(listed.body)).to.not.include(apiKey);
      const row = listed.body.keys.find((key: { keyId: string }) => key.keyId === keyId);
      expect(row).to.include({ name: 'backend', prefix: apiKey.slice(0, 12), lastUsedAt: null });

      const say = (key: string) => post('/api/v1/chat/messages', { message: 'Hello' }, key);
      expect((await say(apiKey)).status).to.equal(200);
      expect((await get('/api/v1/chat/conversations', apiKey)).status, 'beyond its scope').to.equal(403);
      const rotated = await post(`/api/v1/tenants/keys/${keyId}/rotate`, {}, owner.accessToken);
      expect([(await say(apiKey)).status, (await say(rotated.body.apiKey)).status]).to.deep.equal([200, 200]);
      await ask(node.url, 'DELETE', `/api/v1/tenants/keys/${keyId}`, { key: owner.accessToken });
      expect([(await say(apiKey)).status, (await say(rotated.body.apiKey)).status]).to.deep.equal([401, 200]);
      const after = await get('/api/v1/tenants/keys', owner.accessToken);
      const used = after.body.keys.find((key: { keyId: string }) => key.keyId === keyId);
      expect(used.lastUsedAt).to.be.a('string');
      expect(used.revokedAt).to.be.a('string');
    });

    it('get no scope that their maker lacks', async () => {
      const some = await post('/api/v1/tenants/keys', { name: 'k', scopes: ['keys'] }, owner.accessToken);
      const more = await post('/api/v1/tenants/keys', { name: 'k', scopes: ['operate'] }, some.body.apiKey);
      expect([more.status, more.body.code]).to.deep.equal([403, 'forbidden']);
    });

    it('are refused in an address, which logs and histories keep', async () => {
      const { status, body } = await get(`/api/v1/auth/me?api_key=${owner.apiKey}`);
      expect(status).to.equal(401);
      expect(JSON.stringify(body)).to.not.include(owner.apiKey);
      const both = await get(`/api/v1/auth/me?x=${owner.apiKey}`, owner.apiKey);
      expect(both.status, 'also beside a right header').to.equal(401);
    });

    it('are refused in a time that tells nothing of the keys that live', async function () {
      const timings = await measureKeyTiming(node, (await node.makeTenant('timed')).apiKey, 250);
      this.test!.title +=
        `: ${timings.map(({ kind, medianUs, z }) => `${kind} ${medianUs} us, z ${z}`).join('; ')}`;
      for (const { kind, z } of timings)
        if (kind === CONTROL) expect(z, kind).to.be.above(FOUND);
        else expect(Math.abs(z), kind).to.be.below(FOUND);
    });

    it('are kept as hashes only', async () => {
      const kept = await node.database.asOwner(tx => tx.query('select api_key::text as t from api_key'));
      expect(JSON.stringify(kept)).to.not.include(owner.apiKey.slice(12));
    });
  });

  describe('a customer’s own token', () => {
    let tokens: string[];
    before(async () => {
      await post('/api/v1/tenants/widget-key', {}, owner.apiKey);
      tokens = await Promise.all(
        ['mara', 'luis'].map(
          async customerId =>
            (await post('/api/v1/tenants/widget-tokens', { customerId }, owner.apiKey)).body.token,
        ),
      );
    });

    it('can chat, and reaches no conversation but the customer’s own', async () => {
      const [mara, luis] = tokens as [string, string];
      const begun = await post('/api/v1/chat/messages', { message: 'Hello' }, mara);
      expect(begun.status).to.equal(200);
      const { conversationId } = begun.body;
      const path = `/api/v1/chat/conversations/${conversationId}`;
      expect((await get(path, mara)).status).to.equal(200);
      expect((await get(path, luis)).status).to.equal(404);
      expect((await get(`${path}/events`, luis)).status).to.equal(404);
      expect((await post('/api/v1/chat/messages', { message: 'x', conversationId }, luis)).status).to.equal(
        404,
      );
      for (const other of ['/api/v1/chat/conversations', '/api/v1/tenants/keys', '/api/v1/auth/me'])
        expect((await get(other, mara)).status, other).to.equal(403);
    });

    it('is refused when it lives too long, has another audience, or the key was replaced', async () => {
      const { body } = await post('/api/v1/tenants/widget-key', {}, owner.apiKey);
      const make = (change: object, typ = 'widget+jwt') => {
        const now = Math.floor(Date.now() / 1_000);
        const claims = { sub: 'mara', aud: 'troupe-widget', iat: now, exp: now + 60, ...change };
        return new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256', kid: body.keyId, typ })
          .sign(Buffer.from(body.secret));
      };
      const say = async (token: string) =>
        (await post('/api/v1/chat/messages', { message: 'Hi' }, token)).status;
      expect(await say(await make({}))).to.equal(200);
      const old = Math.floor(Date.now() / 1_000) - 90_000;
      expect(await say(await make({ iat: old, exp: old + 10 ** 6 }))).to.equal(401);
      expect(await say(await make({ aud: 'troupe-api' }))).to.equal(401);
      expect(await say(await make({}, 'at+jwt'))).to.equal(401);
      expect(await say(await make({ sub: '' }))).to.equal(401);
      expect(await say(tokens[0]!)).to.equal(401);
    });
  });

  describe('a call over the broker', () => {
    const search = (meta: object) =>
      call(node.broker, searchKnowledge, { query: 'x' }, { meta: { tenantId: owner.tenantId, ...meta } });

    it('is checked like one over HTTP, and jobs of the platform are let through', async () => {
      expect((await rejection(search({ keyId: 'k', scopes: ['chat'] }))).code).to.equal('forbidden');
      expect((await rejection(search({ userId: 'u' }))).code, 'named, without scopes').to.equal('forbidden');
      expect((await rejection(search({ customerId: randomUUID(), scopes: ['chat'] }))).code).to.equal(
        'forbidden',
      );
      expect(await search({ keyId: 'k', scopes: ['knowledge'] })).to.have.property('results');
      expect(await search({})).to.have.property('results');
    });
  });
});
