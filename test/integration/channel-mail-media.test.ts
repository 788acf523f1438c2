// Protects: mail goes out once and in its thread, files that customers send come in within limits, and customers are one person on two channels only when they say so.
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { EXTERNAL, SECRET, signed, webhook } from '../suites/channel-webhooks.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { type SmtpServer, startSmtpServer } from '../suites/smtp-server.ts';

const PICTURE = randomBytes(700_000);

/** WhatsApp's and Telegram's media and send APIs, as far as they are needed here. */
async function startFiles(asked: string[]): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(`${request.method} ${path} ${request.headers.authorization ?? ''}`.trim());
    const json = (body: object) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (path.includes('getFile')) json({ ok: true, result: { file_path: 'photos/1.jpg' } });
    else if (path === '/picture-1') json({ url: `${url}/cdn/picture` });
    else if (path === '/huge') json({ url: `${url}/cdn/huge` });
    else if (path === '/gone') response.writeHead(404).end('{}');
    else if (path === '/cdn/huge') {
      response.setHeader('content-length', 30_000_000);
      response.end(Buffer.alloc(30_000_000));
    } else if (path === '/cdn/picture' || path.startsWith('/file/'))
      response.setHeader('content-type', 'image/jpeg').end(PICTURE);
    else json({ messages: [{ id: 'sent' }], ok: true, result: { message_id: asked.length } });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, url };
}

describe('mail, files and people of channels', () => {
  let node: TestNode;
  let smtp: SmtpServer;
  let files: Awaited<ReturnType<typeof startFiles>>;
  const asked: string[] = [];
  let apiKey: string;
  let mailPath: string;
  let whatsappPath: string;
  let telegramPath: string;

  const api = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${node.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': randomBytes(8).toString('hex'),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };
  const connect = async (channel: string, externalId: string, accessToken: string): Promise<string> => {
    const { status, body } = await api('POST', '/channels', {
      channel,
      externalId,
      name: channel,
      signingSecrets: [SECRET],
      accessToken,
    });
    expect(status, JSON.stringify(body)).to.equal(201);
    return body.webhookPath as unknown as string;
  };
  async function eventually<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const end = Date.now() + 15_000;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > end) throw new Error('it did not come to hold');
      await new Promise(resolve => setTimeout(resolve, 25));
    }
  }
  const post = async (path: string, payload: object, headers: (body: string) => Record<string, string>) => {
    const body = JSON.stringify(payload);
    const response = await fetch(node.url + path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers(body) },
    });
    expect(response.status).to.equal(200);
  };
  const mail = (mailed: Record<string, unknown>) =>
    post(mailPath, { from: 'An <an@customer.example>', to: 'help@shop.example', ...mailed }, body => {
      const [id, at] = [randomBytes(4).toString('hex'), Math.floor(Date.now() / 1000)];
      const mac = createHmac('sha256', SECRET).update(`${id}.${at}.${body}`).digest('base64');
      return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${mac}` };
    });
  const say = (channel: 'whatsapp' | 'telegram', customer: string, text: string, id: string) =>
    post(channel === 'whatsapp' ? whatsappPath : telegramPath, webhook(channel, customer, text, id), body =>
      signed(channel, body),
    );
  const conversations = async () => {
    const { body } = await api('GET', '/chat/conversations');
    return (body.conversations as unknown as { id: string }[]).map(({ id }) => id);
  };
  const saidIn = async (id: string) => {
    const { body } = await api('GET', `/chat/conversations/${id}`);
    return (body.messages as unknown as { role: string; text: string }[]).map(({ text }) => text).join('\n');
  };
  const conversationWith = (words: string) =>
    eventually(async () => {
      for (const id of await conversations()) if ((await saidIn(id)).includes(words)) return id;
      return undefined;
    });

  before(async () => {
    smtp = await startSmtpServer();
    files = await startFiles(asked);
    node = await startEmbeddedNode({
      TROUPE_CHANNEL_BASES: `whatsapp=${files.url},telegram=${files.url}`,
      TROUPE_OUTBOUND_ALLOW: '127.0.0.1',
      TROUPE_CHANNEL_MERGE_WINDOW_MS: '0',
    });
    ({ apiKey } = await node.makeTenant('mail'));
    mailPath = await connect('email', 'help@shop.example', smtp.url);
    whatsappPath = await connect('whatsapp', EXTERNAL.whatsapp, 'wa-token');
    telegramPath = await connect('telegram', EXTERNAL.telegram, '99:tg-token');
  });
  after(async () => {
    await node.stop();
    await smtp.close();
    files.server.closeAllConnections();
    files.server.close();
  });

  it('takes no mailbox that it could not answer from', async () => {
    for (const [externalId, accessToken] of [
      ['help@shop.example', 'a-token'],
      ['help', smtp.url],
    ]) {
      const { status, body } = await api('POST', '/channels', {
        channel: 'email',
        externalId,
        name: 'mail',
        signingSecrets: [SECRET],
        accessToken,
      });
      expect([status, body.code]).to.deep.equal([422, 'validation-failed']);
    }
  });

  it('answers a mail once, in its thread, by the account’s own server', async () => {
    await mail({ messageId: '<first@customer.example>', subject: 'My kettle', text: 'Hello' });
    const sent = await eventually(() => smtp.mails[0]);
    expect([sent.from, sent.to]).to.deep.equal(['help@shop.example', 'an@customer.example']);
    expect(sent.text).to.match(/^Subject: Re: My kettle\r$/m);
    expect(sent.text).to.match(/^In-Reply-To: <first@customer.example>\r$/m);
    expect(sent.text).to.match(/^References: <first@customer.example>\r$/m);
    expect(sent.text).to.match(/^Auto-Submitted: auto-replied\r$/m);
    expect(sent.text).to.match(/^Message-ID: <msg_\w+\.0@shop.example>\r$/m);
    expect(smtp.logins[0]).to.equal('\0shop\0p@ss');
    await mail({
      messageId: '<second@customer.example>',
      subject: 'Re: My kettle',
      text: 'Thank you',
      inReplyTo: '<first@customer.example>',
      references: '<first@customer.example>',
    });
    const second = await eventually(() => smtp.mails[1]);
    expect(second.text).to.match(/^Subject: Re: My kettle\r$/m);
    expect(second.text).to.match(
      /^References: <first@customer.example>\r?\n? ?<second@customer.example>\r$/m,
    );
    await mail({ messageId: '<second@customer.example>', subject: 'Re: My kettle', text: 'Thank you' });
  });

  it('answers no machine, and sends again only what the server certainly did not take', async () => {
    const before = smtp.mails.length;
    await mail({
      messageId: '<auto@customer.example>',
      subject: 'Out of office',
      text: 'I am away',
      headers: { 'Auto-Submitted': 'auto-replied' },
    });
    smtp.faults.push('busy');
    await mail({ messageId: '<busy@customer.example>', subject: 'Busy', text: 'Hello' });
    await eventually(() => smtp.mails.length === before + 1);
    expect(smtp.mails.at(-1)!.text).to.include('Re: Busy');
    smtp.faults.push('lost');
    await mail({ messageId: '<lost@customer.example>', subject: 'Lost', text: 'Hello' });
    const states = async () =>
      ((await api('GET', '/channels/undelivered')).body.undelivered as unknown as { state: string }[]).map(
        ({ state }) => state,
      );
    await eventually(async () => (await states()).includes('unknown'));
    smtp.faults.push('refuse');
    await mail({ messageId: '<no@customer.example>', subject: 'Nobody', text: 'Hello' });
    await eventually(async () => (await states()).includes('refused'));
    expect(smtp.mails.filter(({ text }) => text.includes('Re: Lost'))).to.have.length(1);
    expect(smtp.mails.some(({ text }) => /Out of office|Nobody/.test(text))).to.equal(false);
  });

  it('fetches files with the platform’s token, keeps them within limits, and gives them in parts', async () => {
    const at = String(Math.floor(Date.now() / 1000));
    const sent = ['picture-1', 'huge', 'gone'].map((id, n) => ({
      from: '8401',
      id: `wamid.file-${n}`,
      timestamp: at,
      type: 'image',
      image: { id, mime_type: 'image/jpeg', caption: `Look at ${id}` },
    }));
    const value = { messaging_product: 'whatsapp', metadata: { phone_number_id: '222' }, messages: sent };
    const payload = {
      object: 'whatsapp_business_account',
      entry: [{ id: '9', changes: [{ field: 'messages', value }] }],
    };
    await post(whatsappPath, payload, body => signed('whatsapp', body));
    const conversationId = await conversationWith('Look at picture-1');
    const media = await eventually(async () => {
      const { body } = await api('GET', `/channels/media?conversationId=${conversationId}`);
      const found = body.media as unknown as { mediaId: string; state: string; code: string | null }[];
      return found.length === 3 && found.every(({ state }) => state !== 'waiting') ? found : undefined;
    });
    expect(media.map(({ state, code }) => `${state} ${code}`).sort()).to.deep.equal([
      'refused http-404',
      'refused too-large',
      'stored null',
    ]);
    expect(asked).to.include('GET /picture-1 Bearer wa-token');
    const { mediaId } = media.find(({ state }) => state === 'stored')!;
    let kept = Buffer.alloc(0);
    for (let offset: number | null = 0; offset !== null; ) {
      const { status, body } = await api('GET', `/channels/media/${mediaId}?offset=${offset}`);
      expect(status).to.equal(200);
      kept = Buffer.concat([kept, Buffer.from(body.base64 as unknown as string, 'base64')]);
      offset = body.next as unknown as number | null;
    }
    expect(kept.equals(PICTURE)).to.equal(true);
    const stranger = await node.makeTenant('strangers');
    const theirs = await fetch(`${node.url}/api/v1/channels/media/${mediaId}`, {
      headers: { authorization: `Bearer ${stranger.apiKey}` },
    });
    expect(theirs.status).to.equal(404);
  });

  it('links two chats by a code, lets history go along only when asked to, and takes it back', async () => {
    await say('whatsapp', '8402', 'My order is KM-10234', 'link-0');
    const whatsapp = await conversationWith('My order is KM-10234');
    const code = async () => {
      const { status, body } = await api('POST', '/channels/links', { conversationId: whatsapp });
      expect(status, JSON.stringify(body)).to.be.oneOf([200, 201]);
      return body.code as unknown as string;
    };
    const linked = async () => {
      const { body } = await api('GET', `/channels/links/${whatsapp}`);
      return body.identities as unknown as { channel: string; history: boolean; conversationIds: string[] }[];
    };
    expect(await linked()).to.deep.equal([]);

    const first = await code();
    await say('telegram', '5501', 'LINK ABCDEFGH', 'link-1');
    const telegram = await conversationWith('it does not hold');
    await say('telegram', '5501', `link ${first.toLowerCase()}`, 'link-2');
    await eventually(async () => (await linked()).length === 2);
    expect((await linked()).map(({ history, conversationIds }) => [history, conversationIds])).to.deep.equal([
      [false, []],
      [false, []],
    ]);
    expect(await saidIn(telegram)).to.not.include('KM-10234');
    await say('telegram', '5501', `LINK ${first}`, 'link-3'); // a code holds once

    await say('telegram', '5501', `LINK ${await code()} with history`, 'link-4');
    await eventually(async () => (await saidIn(telegram)).includes('I: My order is KM-10234'));
    expect((await linked()).every(({ history }) => history)).to.equal(true);
    expect((await linked()).flatMap(({ conversationIds }) => conversationIds)).to.include(whatsapp);

    await say('telegram', '5501', 'UNLINK', 'link-5');
    await eventually(async () => (await linked()).length === 0);
  });

  it('tells what became of an answer', async () => {
    const conversationId = await conversationWith('Look at picture-1');
    const { body } = await api('GET', `/channels/deliveries?conversationId=${conversationId}`);
    expect(body.deliveries as unknown as { state: string }[]).to.satisfy(
      (all: { state: string }[]) => all.length >= 1 && all.every(({ state }) => state === 'sent'),
    );
  });
});
