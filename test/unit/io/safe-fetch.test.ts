// Protects: what others choose to have fetched never reaches the machine itself, its network or a cloud's metadata, and has an end.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createOutboundGuard } from '../../../lib/io/outbound-guard.ts';
import { openSafeFetch, type Resolve } from '../../../lib/io/safe-fetch.ts';
import { refusal } from '../../suites/rejection.ts';

describe('the guard of outgoing calls', () => {
  const guard = createOutboundGuard([]);
  for (const host of [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fd00::1]',
    '[fe80::1]',
  ])
    it(`refuses http://${host}/`, () => {
      expect(() => guard.checkUrl(new URL(`http://${host}/`)))
        .to.throw()
        .with.property('code', 'outbound-refused');
    });

  for (const url of ['file:///etc/passwd', 'gopher://example.com/', 'http://me:secret@example.com/'])
    it(`refuses ${url}`, () => {
      expect(() => guard.checkUrl(new URL(url)))
        .to.throw()
        .with.property('code', 'outbound-refused');
    });

  it('lets public addresses through, by either family', () => {
    for (const url of ['https://93.184.216.34/', 'https://[2606:2800:220:1::1]/', 'https://example.com/'])
      guard.checkUrl(new URL(url));
  });

  it('opens what an operator names: a host, an address, a range; and refuses what is none of these', () => {
    const open = createOutboundGuard(['10.0.0.0/8', '192.168.1.5', 'inside.example']);
    open.checkUrl(new URL('http://10.9.9.9/'));
    open.checkUrl(new URL('http://192.168.1.5/'));
    open.checkAddresses('inside.example', [{ address: '127.0.0.1', family: 4 }]);
    expect(() => open.checkUrl(new URL('http://192.168.1.6/'))).to.throw();
    for (const entry of ['10.0.0.0/99', 'http://x', 'a b'])
      expect(() => createOutboundGuard([entry]), entry)
        .to.throw()
        .with.property('code', 'config-invalid');
  });
});

describe('fetching what others choose', () => {
  let server: Server;
  let port: number;
  const seen: IncomingMessage[] = [];
  const answers: Record<
    string,
    (
      request: IncomingMessage,
    ) => { status?: number; headers?: Record<string, string>; body?: string | Buffer } | undefined
  > = {
    '/ok': () => ({ body: 'fine' }),
    '/closes': () => ({ headers: { connection: 'close' }, body: 'fine' }),
    '/declared': () => ({ headers: { 'content-length': '5000' }, body: 'x'.repeat(5_000) }),
    '/away': () => ({ status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data/' } }),
    '/round': () => ({ status: 302, headers: { location: '/round' } }),
    '/other': () => ({ status: 307, headers: { location: `http://other.example:${port}/ok` } }),
    '/large': () => ({ body: 'x'.repeat(5_000) }),
    '/bomb': () => ({ headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(1_000_000)) }),
    '/never': () => undefined,
  };
  const local: Resolve = (_host, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
  const outbound = openSafeFetch({ allowed: ['shop.example', 'other.example'], resolve: local });

  before(async () => {
    server = createServer((request, response) => {
      seen.push(request);
      const answer = answers[request.url ?? '']?.(request);
      if (!answer) return;
      response.writeHead(answer.status ?? 200, answer.headers);
      response.end(answer.body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(async () => {
    await outbound.close();
    server.closeAllConnections();
    server.close();
  });
  const at = (path: string, host = 'shop.example') => `http://${host}:${port}${path}`;

  it('reaches what an operator has opened', async () => {
    expect(await (await outbound.fetch(at('/ok'))).text()).to.equal('fine');
  });

  it('refuses a name that resolves to the machine itself', async () => {
    const before = seen.length;
    await refusal(outbound.fetch(at('/ok', 'innocent.example')), 'outbound-refused');
    expect(seen.length).to.equal(before);
  });

  it('checks the very answer that it connects to: a name that answers differently the next time gains nothing', async () => {
    const addresses = ['127.0.0.1', '127.0.0.2'];
    const rebinding = openSafeFetch({
      allowed: ['127.0.0.1'],
      resolve: (_host, done) => done(null, [{ address: addresses.shift()!, family: 4 }]),
    });
    try {
      await (await rebinding.fetch(at('/closes', 'rebind.example'))).text();
      await refusal(rebinding.fetch(at('/ok', 'rebind.example')), 'outbound-refused');
      expect(addresses).to.deep.equal([]);
    } finally {
      await rebinding.close();
    }
  });

  it('refuses a redirect to where it may not go, and one without end', async () => {
    await refusal(outbound.fetch(at('/away')), 'outbound-refused');
    await refusal(outbound.fetch(at('/round')), 'outbound-refused');
  });

  it('takes no secret along to another origin', async () => {
    await outbound.fetch(at('/other'), {
      method: 'POST',
      body: '{}',
      headers: {
        authorization: 'Bearer secret',
        'x-api-key': 'secret',
        'content-type': 'application/json',
        host: 'forged',
      },
    });
    const [first, second] = seen.slice(-2);
    expect(first!.headers.authorization).to.equal('Bearer secret');
    expect(first!.headers.host).to.equal(`shop.example:${port}`);
    expect(second!.method).to.equal('POST');
    expect(JSON.stringify(second!.headers)).to.not.include('secret');
  });

  it('ends an answer that is too large, also one that only unpacks to be', async () => {
    const limits = { maxBytes: 1_000 };
    await refusal(outbound.fetch(at('/declared'), limits), 'response-too-large');
    const large = await outbound.fetch(at('/large'), limits);
    await refusal(large.text(), 'response-too-large');
    const bomb = await outbound.fetch(at('/bomb'), { maxBytes: 10_000 });
    await refusal(bomb.text(), 'response-too-large');
  });

  it('ends an answer that never comes', async () => {
    await refusal(outbound.fetch(at('/never'), { timeoutMs: 50 }), 'timeout');
  });

  it('sends no method but the usual ones', async () => {
    await refusal(outbound.fetch(at('/ok'), { method: 'CONNECT' }), 'outbound-refused');
  });
});
