// Protects: nobody takes more than his share, each refusal says which layer it was, guessing passwords and keys gets slow, and a client cannot choose its own address.
import { expect } from 'chai';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { ask, signUpAndIn } from '../suites/identity-client.ts';

const PASSWORD = 'a long enough phrase';
const start = (env: Record<string, string> = {}) =>
  startEmbeddedNode({ TROUPE_PUBLIC_URL: 'http://troupe.test', ...env });

describe('limits at the gateway', () => {
  let node: TestNode;
  let owner: Awaited<ReturnType<typeof signUpAndIn>>;
  before(async () => {
    node = await start();
    owner = await signUpAndIn(node.url, node.dataDir, 'owner@limits.test', PASSWORD);
  });
  after(async () => node?.stop());
  const me = (key: string) => ask(node.url, 'GET', '/api/v1/auth/me', { key });

  it('tell what is left, refuse one key before its tenant, and say when to come again', async () => {
    const first = await me(owner.accessToken);
    expect(first.headers.get('ratelimit-policy')).to.equal('"subject";q=300;w=60');
    expect(first.headers.get('ratelimit')).to.match(/^"subject";r=299;t=1$/);
    const answers = await Promise.all(Array.from({ length: 330 }, () => me(owner.accessToken)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).to.be.within(10, 32);
    const { body, headers } = refused[0]!;
    expect(body).to.include({
      code: 'rate-limited',
      detail: 'At most 300 requests with these credentials in 60 s',
    });
    expect(headers.get('retry-after')).to.equal('1');
    expect(headers.get('ratelimit')).to.match(/^"subject";r=0;t=\d+$/);
    expect((await me(owner.apiKey)).status, 'another key of the tenant goes on').to.equal(200);
  });

  it('hold for an account, so that stuffing passwords from anywhere gets ten tries', async () => {
    const statuses = [];
    for (let i = 0; i < 13; i++)
      statuses.push(
        (
          await ask(node.url, 'POST', '/api/v1/auth/login', {
            body: { email: 'victim@limits.test', password: `guess ${i}` },
          })
        ).status,
      );
    expect(statuses).to.deep.equal([...Array(10).fill(401), 429, 429, 429]);
  });

  it('answer the same, and after the same work, whether the account exists', async () => {
    const tries = async (email: string) => {
      const times: number[] = [];
      const bodies = new Set<string>();
      for (let i = 0; i < 5; i++) {
        const began = performance.now();
        const { body } = await ask(node.url, 'POST', '/api/v1/auth/login', {
          body: { email, password: 'x' },
        });
        times.push(performance.now() - began);
        bodies.add(`${body.code} ${body.detail}`);
      }
      return { fastest: Math.min(...times), bodies: [...bodies] };
    };
    const known = await tries('owner@limits.test');
    const unknown = await tries('ghost@limits.test');
    expect(known.bodies).to.deep.equal(unknown.bodies);
    // Without the work of a hash the unknown one would take a tenth.
    expect(unknown.fastest).to.be.greaterThan(known.fastest / 3);
    expect(known.fastest).to.be.greaterThan(unknown.fastest / 3);
  });
});

describe('a client’s address', () => {
  const tries = async (node: TestNode, forwarded: (i: number) => string) => {
    const statuses = [];
    for (let i = 0; i < 32; i++)
      statuses.push(
        (
          await ask(node.url, 'GET', '/api/v1/chat/conversations', {
            key: `tk_live_wrong${i}`,
            headers: { 'x-forwarded-for': forwarded(i) },
          })
        ).status,
      );
    return statuses;
  };

  it('is the connection’s own: what the client says of it frees nobody from waiting', async () => {
    const node = await start();
    try {
      const { apiKey } = await node.makeTenant('behind no proxy');
      expect((await tries(node, i => `203.0.113.${i}`)).at(-1)).to.equal(429);
      const right = await ask(node.url, 'GET', '/api/v1/chat/conversations', { key: apiKey });
      expect([right.status, right.body.code]).to.deep.equal([429, 'rate-limited']);
    } finally {
      await node.stop();
    }
  });

  it('is what a trusted proxy says, read from the right', async () => {
    const node = await start({ TROUPE_TRUSTED_PROXIES: '127.0.0.1/32' });
    try {
      const each = await tries(node, i => `203.0.113.${i}`);
      expect(new Set(each), 'each client has its own').to.deep.equal(new Set([401]));
      const forged = await tries(node, i => `198.51.100.${i}, 203.0.113.250`);
      expect(forged.at(-1), 'what stands before the proxy’s own word is not believed').to.equal(429);
    } finally {
      await node.stop();
    }
  });
});
