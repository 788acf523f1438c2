// Protects: sign-in by a tenant's issuer lets in whom the issuer vouches for, once, into that tenant, and nobody else.
import { expect } from 'chai';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { ask, type SignedUp, signUpAndIn } from '../suites/identity-client.ts';
import { startIssuer } from '../suites/oidc-issuer.ts';

const REDIRECT = 'http://troupe.test/account/signed-in';

describe('sign-in by OpenID Connect', () => {
  let node: TestNode;
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  let owner: SignedUp;
  before(async () => {
    issuer = await startIssuer();
    node = await startEmbeddedNode({
      TROUPE_PUBLIC_URL: 'http://troupe.test',
      TROUPE_OUTBOUND_ALLOW: '127.0.0.1',
    });
    owner = await signUpAndIn(node.url, node.dataDir, 'owner@oidc.test', 'a long enough phrase');
    const set = await ask(node.url, 'PUT', '/api/v1/tenants/oidc', {
      key: owner.accessToken,
      body: { issuer: issuer.issuer, clientId: 'troupe', clientSecret: 'the secret', defaultRole: 'agent' },
    });
    expect(set.status).to.equal(200);
  });
  after(async () => {
    await node?.stop();
    issuer?.close();
  });

  const begin = async (redirectUri = REDIRECT) =>
    await ask(node.url, 'POST', '/api/v1/auth/oidc/begin', {
      body: { tenantId: owner.tenantId, redirectUri },
    });
  const finish = (flow: string, returnedTo: string) =>
    ask(node.url, 'POST', '/api/v1/auth/oidc/finish', { body: { flow, returnedTo } });
  const ada = { sub: 'ada-1', email: 'Ada@oidc.test', email_verified: true };

  it('lets a person in with the default role, and knows her again', async () => {
    const users = [];
    for (let i = 0; i < 2; i++) {
      const { url, flow } = (await begin()).body;
      const { status, body } = await finish(flow, issuer.approve(url, ada));
      expect([status, body.tenantId, body.role]).to.deep.equal([200, owner.tenantId, 'agent']);
      expect((await ask(node.url, 'GET', '/api/v1/auth/me', { key: body.accessToken })).status).to.equal(200);
      users.push(body.userId);
    }
    expect(users[0]).to.equal(users[1]);
  });

  it('ends once: a flow, a code and an answer for another flow are refused', async () => {
    const { url, flow } = (await begin()).body;
    const back = issuer.approve(url, ada);
    expect((await finish(flow, back)).status).to.equal(200);
    expect((await finish(flow, back)).status).to.equal(401);
    const [one, other] = [(await begin()).body, (await begin()).body];
    expect((await finish(one.flow, issuer.approve(other.url, ada))).status, 'another state').to.equal(401);
    expect((await finish('fl_made_up_by_somebody', back)).status).to.equal(401);
  });

  it('refuses tokens with another nonce, audience or issuer, and addresses that nobody vouches for', async () => {
    for (const twist of [
      { nonce: 'another' },
      { aud: 'another' },
      { iss: 'http://127.0.0.1:1' },
      { email_verified: false },
      { email: undefined },
    ]) {
      issuer.twist(twist);
      const { url, flow } = (await begin()).body;
      expect((await finish(flow, issuer.approve(url, ada))).status, JSON.stringify(twist)).to.equal(401);
    }
    issuer.twist({});
  });

  it('never becomes an owner by naming the owner’s address', async () => {
    const { url, flow } = (await begin()).body;
    const thief = { sub: 'thief', email: 'owner@oidc.test', email_verified: true };
    expect((await finish(flow, issuer.approve(url, thief))).status).to.equal(401);
  });

  it('sends people back to pages of the platform only', async () => {
    expect((await begin('http://evil.test/collect')).status).to.equal(422);
    expect((await begin('http://troupe.test.evil.test/')).status).to.equal(422);
  });

  it('shows what is set up without its secret, and is over when the issuer is taken away', async () => {
    const call = (method: string) =>
      ask(node.url, method, '/api/v1/tenants/oidc', { key: owner.accessToken });
    expect((await call('GET')).body).to.deep.equal({
      issuer: { issuer: issuer.issuer, clientId: 'troupe', defaultRole: 'agent' },
    });
    expect((await call('DELETE')).status).to.equal(200);
    expect((await call('DELETE')).status).to.equal(404);
    expect((await call('GET')).body).to.deep.equal({ issuer: null });
    expect((await begin()).status).to.equal(404);
  });
});
