// Protects: a page gets a token for its customer by a public key from an allowed origin and nothing else; files reach only whom they belong to.
import { expect } from 'chai';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { type Answer, ask } from '../suites/identity-client.ts';

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64');
const WORDS = { title: 'Help', greeting: 'Hello', suggestions: ['How long?'] };
const SHOP = 'https://shop.example';

describe("a tenant's widget", function () {
  this.timeout(30_000);
  let node: TestNode;
  let key: string;
  let publicKey: string;
  before(async () => {
    node = await startEmbeddedNode();
    ({ apiKey: key } = await node.makeTenant('widget'));
    const put = await ask(node.url, 'PUT', '/api/v1/tenants/widget', { key, body: WORDS });
    publicKey = put.body.publicKey;
    await ask(node.url, 'PUT', '/api/v1/tenants/origins', {
      key,
      body: { origins: [SHOP] },
      headers: { 'if-match': '*' },
    });
  });
  after(() => node?.stop());

  const open = (token?: string, origin: string | undefined = SHOP): Promise<Answer> =>
    ask(node.url, 'POST', '/api/v1/widget/sessions', {
      body: { publicKey, ...(token ? { token } : {}) },
      headers: origin ? { origin } : {},
    });
  const tokenOf = async (token?: string) => (await open(token)).body.token as string;
  const call = (method: string, path: string, token: string, body?: unknown) =>
    ask(node.url, method, `/api/v1${path}`, { key: token, ...(body === undefined ? {} : { body }) });
  const attach = (token: string, content = PNG, name = 'a.png') =>
    call('POST', '/chat/attachments', token, { name, content });

  it('keeps its public key when its words change', async () => {
    const put = await ask(node.url, 'PUT', '/api/v1/tenants/widget', {
      key,
      body: { ...WORDS, title: 'Ask us' },
    });
    expect(put.body).to.include({ publicKey, title: 'Ask us' });
    expect((await call('GET', '/tenants/widget', key)).body).to.deep.equal(put.body);
  });

  it('gives a token to a page of an allowed origin, with the words, and lets the page read it', async () => {
    const opened = await open();
    expect(opened.status).to.equal(200);
    expect(opened.headers.get('access-control-allow-origin')).to.equal(SHOP);
    expect(opened.body).to.include({ title: 'Ask us', greeting: 'Hello', expiresInSeconds: 3_600 });
    const { status, body } = await call('POST', '/chat/messages', opened.body.token, { message: 'Hi' });
    expect(status, JSON.stringify(body)).to.equal(200);
    expect((await call('GET', '/chat/conversations', opened.body.token)).status).to.equal(403);
  });

  it('gives none to other pages, to programs, and for keys that nobody has', async () => {
    expect((await open(undefined, 'https://evil.example')).body.code).to.equal('origin-refused');
    expect((await open(undefined, '')).body.code).to.equal('origin-refused');
    const unknown = await ask(node.url, 'POST', '/api/v1/widget/sessions', {
      body: { publicKey: 'wpk_nobody' },
      headers: { origin: SHOP },
    });
    expect(unknown.body.code).to.equal('unauthenticated');
  });

  it('knows a customer again by an earlier token, and nobody by a broken one', async () => {
    const first = await tokenOf();
    const { conversationId } = (await call('POST', '/chat/messages', first, { message: 'Hi' })).body;
    const again = await tokenOf(first);
    expect((await call('GET', `/chat/conversations/${conversationId}`, again)).status).to.equal(200);
    for (const other of [await tokenOf(), await tokenOf(`${first.slice(0, -4)}AAAA`)])
      expect((await call('GET', `/chat/conversations/${conversationId}`, other)).status).to.equal(404);
  });

  it("passes on a token that the tenant's own server signed, and does not prolong it", async () => {
    const made = await call('POST', '/tenants/widget-tokens', key, {
      customerId: 'c-17',
      expiresInSeconds: 90,
    });
    const opened = await open(made.body.token);
    expect(opened.body.token).to.equal(made.body.token);
    expect(opened.body.expiresInSeconds).to.be.within(1, 90);
  });

  it('takes files by what their bytes are, with their limits, and names them in the message', async () => {
    const token = await tokenOf();
    const given = await attach(token, PNG, '../../x\u0007.png');
    expect(given.body).to.include({ name: 'x.png', type: 'image/png', bytes: 16 });
    const html = Buffer.from([0, 1, 2, 3]).toString('base64');
    expect((await attach(token, html)).body.code).to.equal('document-unreadable');
    const large = Buffer.alloc(8 * 1_048_576 + 1, 'a').toString('base64');
    expect((await attach(token, large)).body.code).to.be.oneOf(['document-too-large', 'validation-failed']);

    const sent = await call('POST', '/chat/messages', token, {
      message: 'See this',
      attachments: [given.body.id],
    });
    expect(sent.status, JSON.stringify(sent.body)).to.equal(200);
    const { messages } = (await call('GET', `/chat/conversations/${sent.body.conversationId}`, token)).body;
    expect(messages[0]).to.deep.include({ text: 'See this', attachments: [given.body] });
  });

  it('shows a file to whoever gave it and to people who may see every conversation, and to no other customer', async () => {
    const [mine, other] = [await tokenOf(), await tokenOf()];
    const { id } = (await attach(mine)).body;
    const path = `/chat/attachments/${id}`;
    expect((await call('GET', path, mine)).body.content).to.equal(PNG);
    expect((await call('GET', path, key)).body.content).to.equal(PNG);
    expect((await call('GET', path, other)).status).to.equal(404);
    const stolen = await call('POST', '/chat/messages', other, { message: 'Mine', attachments: [id] });
    expect(stolen.body.code).to.equal('not-found');
    const { apiKey: stranger } = await node.makeTenant('stranger');
    expect((await call('GET', path, stranger)).status).to.equal(404);
  });
});
