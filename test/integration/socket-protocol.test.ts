// Protects: whoever speaks engine.io 4 and socket.io 5 can talk to our sockets: polling, upgrade, pings, binary, namespaces, and an end to what is malformed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { WebSocket } from 'ws';

describe('the protocols of sockets', () => {
  let child: ChildProcess;
  let url: string;
  before(async () => {
    child = spawn(
      process.execPath,
      ['--disable-proto=delete', join(import.meta.dirname, '../../scripts/protocol-server.ts')],
      { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    url = line.split(' ')[1]!;
  });
  after(() => child.kill());

  const poll = (query: string, init: RequestInit = {}) => fetch(`${url}/${query}`, init);
  const session = async (path: 'engine.io' | 'socket.io') => {
    const opened = await poll(`${path}/?EIO=4&transport=polling`);
    return JSON.parse((await opened.text()).slice(1)) as Record<string, unknown>;
  };

  /** A WebSocket whose messages are read one by one, pings left out. */
  async function socket(query: string) {
    const ws = new WebSocket(`${url.replace('http', 'ws')}/${query}`);
    const waiting: ((data: string) => void)[] = [];
    const came: string[] = [];
    ws.on('message', (data: Buffer, binary: boolean) => {
      const text = binary ? `<${data.toString('hex')}>` : data.toString();
      if (text === '2') return;
      const next = waiting.shift();
      if (next) next(text);
      else came.push(text);
    });
    const closed = once(ws, 'close');
    await once(ws, 'open');
    return {
      send: (data: string | Buffer) => ws.send(data),
      next: (): Promise<string> =>
        came.length > 0 ? Promise.resolve(came.shift()!) : new Promise(resolve => waiting.push(resolve)),
      closed,
      close: () => ws.close(),
    };
  }
  const connected = async () => {
    const client = await socket('socket.io/?EIO=4&transport=websocket');
    await client.next();
    client.send('40{"token":"123"}');
    expect(await client.next()).to.match(/^40\{"sid":"[^"]+"\}$/);
    expect(await client.next()).to.equal('42["auth",{"token":"123"}]');
    return client;
  };

  it('open with the settings of the configuration, and refuse other versions, transports and methods', async () => {
    const { sid, ...rest } = await session('engine.io');
    expect(sid).to.be.a('string');
    expect(rest).to.deep.equal({
      upgrades: ['websocket'],
      pingInterval: 300,
      pingTimeout: 200,
      maxPayload: 1_000_000,
    });
    for (const query of ['transport=polling', 'EIO=abc&transport=polling', 'EIO=4', 'EIO=4&transport=abc'])
      for (const path of ['engine.io', 'socket.io'])
        expect((await poll(`${path}/?${query}`)).status, query).to.equal(400);
    expect((await poll('engine.io/?EIO=4&transport=polling', { method: 'PUT' })).status).to.equal(400);
  });

  it('carry text and binary by polling, and end with what is malformed', async () => {
    const { sid } = await session('engine.io');
    const query = `engine.io/?EIO=4&transport=polling&sid=${sid}`;
    const body = '4hello\x1ebAQIDBA==';
    expect(await (await poll(query, { method: 'POST', body })).text()).to.equal('ok');
    expect(await (await poll(query)).text()).to.equal(body);
    await poll(query, { method: 'POST', body: 'abc' }).catch(() => undefined);
    expect((await poll(query)).status).to.equal(400);
  });

  it('ask whether the other is still there, and let go who does not answer', async () => {
    const { sid } = await session('socket.io');
    const query = `socket.io/?EIO=4&transport=polling&sid=${sid}`;
    expect(await (await poll(query)).text()).to.equal('2');
    const silent = await socket('socket.io/?EIO=4&transport=websocket');
    await silent.closed;
    expect((await poll(query)).status).to.equal(400);
  });

  it('move from polling to a WebSocket', async () => {
    const { sid } = await session('engine.io');
    const client = await socket(`engine.io/?EIO=4&transport=websocket&sid=${sid}`);
    client.send('2probe');
    expect(await client.next()).to.equal('3probe');
    const query = `engine.io/?EIO=4&transport=polling&sid=${sid}`;
    expect(await (await poll(query)).text()).to.equal('6');
    client.send('5');
    client.send('4hello');
    expect(await client.next()).to.equal('4hello');
    expect((await poll(query)).status).to.equal(400);
    client.close();
  });

  it('carry events, acknowledgements and binary attachments', async () => {
    const client = await connected();
    client.send('42["message",1,"2",{"3":[true]}]');
    expect(await client.next()).to.equal('42["message-back",1,"2",{"3":[true]}]');
    client.send('451-789["message-with-ack",{"_placeholder":true,"num":0}]');
    client.send(Buffer.from([1, 2, 3]));
    expect(await client.next()).to.equal('461-789[{"_placeholder":true,"num":0}]');
    expect(await client.next()).to.equal('<010203>');
    client.close();
  });

  it('keep namespaces apart, and refuse unknown ones', async () => {
    const client = await connected();
    client.send('40/custom,');
    expect(await client.next()).to.match(/^40\/custom,/);
    expect(await client.next()).to.equal('42/custom,["auth",{}]');
    client.send('41/custom,');
    client.send('42["message","still here"]');
    expect(await client.next()).to.equal('42["message-back","still here"]');
    client.send('40/random');
    expect(await client.next()).to.equal('44/random,{"message":"Invalid namespace"}');
    client.close();
  });

  for (const malformed of ['4abc', '42{}', '42abc["message-with-ack",1]'])
    it(`end with ${malformed}`, async () => {
      const client = await connected();
      client.send(malformed);
      await client.closed;
    });
});
