// Protects: who signs up and in is who he says; tokens and keys cannot be forged, reused, guessed or outlive their revocation.
import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { base64url, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { rotateSigningKey } from '../../lib/contracts/identity.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { ask, lettersTo, linkIn, type SignedUp, signUpAndIn } from '../suites/identity-client.ts';

const PASSWORD = 'a long enough phrase';

describe('identity', () => {
  let node: TestNode;
  let owner: SignedUp;
  const get = (path: string, key?: string) => ask(node.url, 'GET', path, key ? { key } : {});
  const post = (path: string, body: unknown, key?: string) =>
    ask(node.url, 'POST', path, { body, ...(key ? { key } : {}) });

  before(async () => {
    node = await startEmbeddedNode({ TROUPE_PUBLIC_URL: 'http://troupe.test' });
    owner = await signUpAndIn(node.url, node.dataDir, 'owner@shop.test', PASSWORD);
  });
  after(async () => node?.stop());

  describe('sign-up', () => {
    it('leads from a form by a letter to a first answer', async () => {
      const answer = await post('/api/v1/chat/messages', { message: 'Hello' }, owner.apiKey);
      expect(answer.status).to.equal(200);
      expect(answer.body.message.text).to.be.a('string').and.not.equal('');
      const me = await get('/api/v1/auth/me', owner.accessToken);
      expect(me.body).to.include({
        tenantId: owner.tenantId,
        name: 'Made by itself',
        plan: 'free',
        role: 'owner',
      });
    });

    it('makes nothing before the link is followed, and nothing more when it is followed again', async () => {
      const before = await node.rowCounts();
      await post('/api/v1/tenants', { name: 'Never', email: 'never@shop.test', password: PASSWORD });
      expect(await node.rowCounts()).to.deep.equal({ ...before, sign_up: before.sign_up! + 1 });
      const token = linkIn(node.dataDir, 'never@shop.test');
      const both = await Promise.all([1, 2].map(() => post('/api/v1/tenants/confirm', { token })));
      expect(both.map(({ status }) => status).sort()).to.deep.equal([201, 401]);
    });

    it('does not tell whether an address is known', async () => {
      const known = await post('/api/v1/auth/forgot', { email: 'owner@shop.test' });
      const unknown = await post('/api/v1/auth/forgot', { email: 'nobody@shop.test' });
      expect([known.status, known.body]).to.deep.equal([unknown.status, unknown.body]);
      expect(lettersTo(node.dataDir, 'nobody@shop.test')).to.deep.equal([]);
    });

    it('lets nobody write to several people or into a letter’s head', async () => {
      for (const email of ['a@b.test, c@d.test', 'a@b.test\r\nBcc: c@d.test', '<a@b.test>'])
        expect((await post('/api/v1/tenants', { name: 'x', email, password: PASSWORD })).status).to.equal(
          422,
        );
    });
  });

  describe('access tokens', () => {
    const forge = async (
      header: Record<string, unknown>,
      change: Record<string, unknown> = {},
      key?: Parameters<SignJWT['sign']>[0],
    ) => {
      const claims = { ...decodeJwt(owner.accessToken), ...change };
      const whole = { typ: 'at+jwt', kid: await keyId(), ...header };
      if (key) return await new SignJWT(claims).setProtectedHeader(whole as never).sign(key);
      return `${base64url.encode(JSON.stringify(whole))}.${base64url.encode(JSON.stringify(claims))}.AAAA`;
    };
    const keyId = async () => (await get('/.well-known/jwks.json')).body.keys[0].kid as string;
    const refused = async (token: string) => {
      const { status, body } = await get('/api/v1/auth/me', token);
      expect([status, body.code]).to.deep.equal([401, 'unauthenticated']);
    };

    it('are refused without a signature (alg none)', async () => {
      await refused(await forge({ alg: 'none' }));
      const [, claims] = owner.accessToken.split('.');
      await refused(`${base64url.encode('{"alg":"none","typ":"at+jwt","kid":"x"}')}.${claims}.`);
    });

    it('are refused when the public key served as the secret of an HMAC (key confusion)', async () => {
      const [jwk] = (await get('/.well-known/jwks.json')).body.keys;
      for (const secret of [JSON.stringify(jwk), jwk.x, Buffer.from(jwk.x, 'base64url')])
        for (const typ of ['at+jwt', 'widget+jwt'])
          await refused(await forge({ alg: 'HS256', typ }, {}, Buffer.from(secret)));
    });

    it('are refused when signed by a key of the attacker, also one that the token brings along', async () => {
      const { privateKey, publicKey } = await generateKeyPair('EdDSA');
      await refused(await forge({ alg: 'EdDSA' }, {}, privateKey));
      await refused(await forge({ alg: 'EdDSA', jwk: await exportJWK(publicKey) }, {}, privateKey));
      await refused(await forge({ alg: 'EdDSA', jku: 'http://127.0.0.1/keys', kid: 'mine' }, {}, privateKey));
      const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
      await refused(await forge({ alg: 'RS256' }, {}, rsa.privateKey));
    });

    it('are refused when changed, expired, of another issuer or for another audience', async () => {
      const [header, claims, signature] = owner.accessToken.split('.');
      const other = { ...decodeJwt(owner.accessToken), tenant: 'ten_00000000000000000000000000' };
      await refused(`${header}.${base64url.encode(JSON.stringify(other))}.${signature}`);
      await refused(`${header}.${claims}.${signature!.replace(/^./, c => (c === 'A' ? 'B' : 'A'))}`);
      // Signed by the platform's own key: only the claim is wrong.
      const { createSigningKeys } = await import('../../services/identity/signing-keys.ts');
      const { FieldSealer } = await import('../../lib/io/field-sealer.ts');
      const { openKms } = await import('../../lib/io/open-kms.ts');
      const { readConfig } = await import('../../lib/kernel/config.ts');
      const { systemClock } = await import('../../lib/kernel/clock.ts');
      const sealer = new FieldSealer(node.database, openKms(readConfig({ TROUPE_DATA_DIR: node.dataDir })));
      const own = await createSigningKeys({ database: node.database, sealer, clock: systemClock }).signer();
      const signed = (change: object) => forge({ alg: 'EdDSA', kid: own.keyId }, { ...change }, own.key);
      expect((await get('/api/v1/auth/me', await signed({}))).status, 'the right one').to.equal(200);
      await refused(await signed({ exp: Math.floor(Date.now() / 1_000) - 1 }));
      await refused(await signed({ exp: undefined }));
      await refused(await signed({ iss: 'http://elsewhere.test' }));
      await refused(await signed({ aud: 'troupe-widget' }));
      await refused(await signed({ sub: 'usr_somebody' }));
      await refused(await signed({ sid: 'ses_nothing' }));
    });

    it('go on being believed when the signing key is rotated', async () => {
      const before = (await get('/.well-known/jwks.json')).body.keys.length;
      const { keyId: rotated } = await call(node.broker, rotateSigningKey, {});
      expect((await get('/api/v1/auth/me', owner.accessToken)).status).to.equal(200);
      const again = await post('/api/v1/auth/login', { email: 'owner@shop.test', password: PASSWORD });
      const header = JSON.parse(Buffer.from(again.body.accessToken.split('.')[0], 'base64url').toString());
      expect(header).to.deep.include({ kid: rotated, alg: 'EdDSA' });
      const { keys } = (await get('/.well-known/jwks.json')).body;
      expect(keys).to.have.length(before + 1);
      expect(
        keys.every((key: object) => !('d' in key)),
        'no private part',
      ).to.equal(true);
    });
  });

  describe('refresh tokens', () => {
    const signIn = async () =>
      (await post('/api/v1/auth/login', { email: 'owner@shop.test', password: PASSWORD })).body;

    it('rotate, and one that comes again ends the whole family at once', async () => {
      const first = await signIn();
      const second = (await post('/api/v1/auth/refresh', { refreshToken: first.refreshToken })).body;
      expect((await get('/api/v1/auth/me', second.accessToken)).status).to.equal(200);
      expect((await post('/api/v1/auth/refresh', { refreshToken: first.refreshToken })).status).to.equal(401);
      expect((await post('/api/v1/auth/refresh', { refreshToken: second.refreshToken })).status).to.equal(
        401,
      );
      expect((await get('/api/v1/auth/me', second.accessToken)).status).to.equal(401);
    });

    it('of two that come at once let one through at most', async () => {
      const { refreshToken } = await signIn();
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => post('/api/v1/auth/refresh', { refreshToken })),
      );
      expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
    });

    it('end with the sign-out', async () => {
      const { refreshToken, accessToken } = await signIn();
      await post('/api/v1/auth/logout', { refreshToken });
      expect((await get('/api/v1/auth/me', accessToken)).status).to.equal(401);
      expect((await post('/api/v1/auth/refresh', { refreshToken })).status).to.equal(401);
    });
  });

  describe('members', () => {
    it('are invited by mail, get a role that counts at once, and are gone when removed', async () => {
      const email = 'agent@shop.test';
      const invited = await post('/api/v1/tenants/members', { email, role: 'agent' }, owner.accessToken);
      expect(invited.status).to.equal(201);
      const { userId } = invited.body;
      const token = linkIn(node.dataDir, email);
      expect((await post('/api/v1/auth/password', { token, password: PASSWORD })).status).to.equal(200);
      expect((await post('/api/v1/auth/password', { token, password: PASSWORD })).status).to.equal(401);
      const agent = (await post('/api/v1/auth/login', { email, password: PASSWORD })).body;
      expect((await get('/api/v1/chat/conversations', agent.accessToken)).status).to.equal(200);
      expect((await get('/api/v1/tenants/keys', agent.accessToken)).status, 'an agent sees no keys').to.equal(
        403,
      );
      const path = `/api/v1/tenants/members/${userId}`;
      const put = (role: string, key: string) => ask(node.url, 'PUT', path, { key, body: { role } });
      expect((await put('owner', agent.accessToken)).status, 'nobody raises himself').to.equal(403);
      expect((await put('owner', owner.apiKey)).status, 'a key makes no owners').to.equal(403);
      expect((await put('viewer', owner.accessToken)).status).to.equal(200);
      expect((await get('/api/v1/chat/conversations', agent.accessToken)).status).to.equal(403);
      expect((await ask(node.url, 'DELETE', path, { key: owner.accessToken })).status).to.equal(200);
      expect((await get('/api/v1/auth/me', agent.accessToken)).status).to.equal(401);
      expect((await post('/api/v1/auth/login', { email, password: PASSWORD })).status).to.equal(401);
    });

    it('always keep an owner', async () => {
      const path = `/api/v1/tenants/members/${owner.userId}`;
      expect((await ask(node.url, 'DELETE', path, { key: owner.accessToken })).status).to.equal(409);
      const lower = await ask(node.url, 'PUT', path, { key: owner.accessToken, body: { role: 'agent' } });
      expect(lower.status).to.equal(409);
    });
  });
});
