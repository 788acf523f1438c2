/**
 * What the specifications of engine.io 4 and socket.io 5 ask of a server, case by case, over a raw WebSocket and
 * plain HTTP: handshake, messages, heartbeat, close and upgrade of the transport; namespaces, events,
 * acknowledgements and binary attachments above it. For a server that echoes (`scripts/protocol-server.ts`).
 */
import { expect } from 'chai';
import { WebSocket } from 'ws';

export interface ProtocolCase {
  readonly name: string;
  readonly run: (url: string) => Promise<void>;
}

const POLLING = 'EIO=4&transport=polling';
const WEBSOCKET = 'EIO=4&transport=websocket';
export const TIMES = { pingIntervalMs: 300, pingTimeoutMs: 200 } as const;

export async function openSession(base: string): Promise<string> {
  const text = await (await fetch(`${base}/?${POLLING}`)).text();
  return (JSON.parse(text.slice(1)) as { sid: string }).sid;
}

/** A WebSocket whose messages are read one by one; pings are left out unless asked for. */
export async function openSocket(base: string, query: string = WEBSOCKET, pings = false) {
  const ws = new WebSocket(`${base.replace('http', 'ws')}/?${query}`);
  ws.on('error', () => {}); // a refusal is told by the end
  const came: string[] = [];
  const waiting: ((data: string) => void)[] = [];
  ws.on('message', (data: Buffer, binary: boolean) => {
    const text = binary ? `<${data.toString('hex')}>` : data.toString();
    if (text === '2' && !pings) return;
    const next = waiting.shift();
    if (next) next(text);
    else came.push(text);
  });
  const told = (event: 'open' | 'close') => new Promise<void>(resolve => ws.once(event, () => resolve()));
  const closed = told('close');
  await Promise.race([told('open'), closed]);
  return {
    send: (data: string | Buffer) => ws.send(data),
    next: (): Promise<string> =>
      came.length > 0 ? Promise.resolve(came.shift()!) : new Promise(resolve => waiting.push(resolve)),
    closed,
    close: () => ws.close(),
  };
}

async function expectHandshake(text: string, upgrades: readonly string[]): Promise<void> {
  expect(text[0]).to.equal('0');
  const { sid, ...rest } = JSON.parse(text.slice(1)) as Record<string, unknown>;
  expect(sid).to.be.a('string').and.not.equal('');
  expect(rest).to.deep.equal({
    upgrades,
    pingInterval: TIMES.pingIntervalMs,
    pingTimeout: TIMES.pingTimeoutMs,
    maxPayload: 1_000_000,
  });
}

const refused = (name: string, queries: readonly string[], method = 'GET'): ProtocolCase => ({
  name: `polling: refuses ${name}`,
  async run(base) {
    for (const query of queries)
      expect((await fetch(`${base}/?${query}`, { method })).status, query).to.equal(400);
  },
});

const closes = (name: string, queries: readonly string[]): ProtocolCase => ({
  name: `WebSocket: refuses ${name}`,
  async run(base) {
    for (const query of queries) await (await openSocket(base, query)).closed;
  },
});

const polled = (base: string, sid: string, init?: RequestInit) =>
  fetch(`${base}/?${POLLING}&sid=${sid}`, init);
const pushed = (base: string, sid: string, body: string) => polled(base, sid, { method: 'POST', body });

const echoed = (name: string, body: string): ProtocolCase => ({
  name: `polling: echoes ${name}`,
  async run(base) {
    const sid = await openSession(base);
    const response = await pushed(base, sid, body);
    expect([response.status, await response.text()]).to.deep.equal([200, 'ok']);
    expect(await (await polled(base, sid)).text()).to.equal(body);
  },
});

async function upgraded(base: string) {
  const sid = await openSession(base);
  const socket = await openSocket(base, `${WEBSOCKET}&sid=${sid}`);
  socket.send('2probe');
  expect(await socket.next()).to.equal('3probe');
  return { sid, socket };
}

/** Handshake, heartbeat, close and upgrade: the same with and without socket.io above. */
export const TRANSPORT_CASES: readonly ProtocolCase[] = [
  {
    name: 'polling: opens a session',
    run: async base => expectHandshake(await (await fetch(`${base}/?${POLLING}`)).text(), ['websocket']),
  },
  refused('an unknown version', ['transport=polling', 'EIO=abc&transport=polling']),
  refused('an unknown transport', ['EIO=4', 'EIO=4&transport=abc']),
  refused('POST without a session', [POLLING], 'POST'),
  refused('other methods', [POLLING], 'PUT'),
  refused('an unknown session', [`${POLLING}&sid=nobody`]),
  {
    name: 'WebSocket: opens a session',
    async run(base) {
      const socket = await openSocket(base);
      await expectHandshake(await socket.next(), []);
      socket.close();
    },
  },
  closes('an unknown version', ['transport=websocket', 'EIO=abc&transport=websocket']),
  closes('an unknown transport', ['EIO=4', 'EIO=4&transport=abc']),
  {
    name: 'polling: pings, and goes on while it is answered',
    async run(base) {
      const sid = await openSession(base);
      for (let i = 0; i < 3; i++) {
        const response = await polled(base, sid);
        expect([response.status, await response.text()]).to.deep.equal([200, '2']);
        expect((await pushed(base, sid, '3')).status).to.equal(200);
      }
    },
  },
  {
    name: 'polling: ends when a ping is not answered',
    async run(base) {
      const sid = await openSession(base);
      expect(await (await polled(base, sid)).text()).to.equal('2');
      // A session that listens is told of its end.
      expect(await (await polled(base, sid)).text().catch(() => '1')).to.equal('1');
      expect((await polled(base, sid)).status).to.equal(400);
    },
  },
  {
    name: 'WebSocket: pings, and goes on while it is answered',
    async run(base) {
      const socket = await openSocket(base, WEBSOCKET, true);
      await socket.next();
      for (let i = 0; i < 3; i++) {
        expect(await socket.next()).to.equal('2');
        socket.send('3');
      }
      socket.close();
    },
  },
  {
    name: 'WebSocket: ends when a ping is not answered',
    run: async base => void (await (await openSocket(base)).closed),
  },
  {
    name: 'polling: ends when it is told to',
    async run(base) {
      const sid = await openSession(base);
      const [open] = await Promise.all([polled(base, sid), pushed(base, sid, '1')]);
      expect([open.status, await open.text()]).to.deep.equal([200, '6']);
      expect((await polled(base, sid)).status).to.equal(400);
    },
  },
  {
    name: 'WebSocket: ends when it is told to',
    async run(base) {
      const socket = await openSocket(base);
      await socket.next();
      socket.send('1');
      await socket.closed;
    },
  },
  {
    name: 'moves from polling to a WebSocket',
    async run(base) {
      const { sid, socket } = await upgraded(base);
      const text = await (await polled(base, sid)).text();
      // A ping that was due goes first.
      expect(text === '2' ? await (await polled(base, sid)).text() : text).to.equal('6');
      socket.send('5');
      socket.close();
    },
  },
  {
    name: 'refuses polling after the move',
    async run(base) {
      const { sid, socket } = await upgraded(base);
      socket.send('5');
      // What was sent over the other connection a moment ago may still be on its way.
      for (let i = 0; i < 20 && (await polled(base, sid)).status === 200; i++);
      expect((await polled(base, sid)).status).to.equal(400);
      socket.close();
    },
  },
  {
    name: 'refuses a second WebSocket after the move',
    async run(base) {
      const { sid, socket } = await upgraded(base);
      socket.send('5');
      await (await openSocket(base, `${WEBSOCKET}&sid=${sid}`)).closed;
      socket.close();
    },
  },
];

/** What a server of the transport alone echoes. */
export const MESSAGE_CASES: readonly ProtocolCase[] = [
  echoed('one packet', '4hello'),
  echoed('several packets', '4one\x1e4two\x1e4three'),
  echoed('text and binary', '4hello\x1ebAQIDBA=='),
  {
    name: 'polling: ends with what is malformed',
    async run(base) {
      const sid = await openSession(base);
      await pushed(base, sid, 'abc').catch(() => undefined); // cut off, or told
      expect((await polled(base, sid)).status).to.equal(400);
    },
  },
  {
    name: 'polling: ends when two listen at once',
    async run(base) {
      const sid = await openSession(base);
      const [one, two] = await Promise.all([polled(base, sid), polled(base, sid)]);
      expect([one.status, two.status].filter(status => status !== 200)).to.have.length(1);
      expect((await polled(base, sid)).status).to.equal(400);
    },
  },
  {
    name: 'WebSocket: echoes text',
    async run(base) {
      const socket = await openSocket(base);
      await socket.next();
      socket.send('4hello');
      expect(await socket.next()).to.equal('4hello');
      socket.close();
    },
  },
  {
    name: 'WebSocket: echoes binary',
    async run(base) {
      const socket = await openSocket(base);
      await socket.next();
      socket.send(Buffer.from([1, 2, 3, 4]));
      expect(await socket.next()).to.equal('<01020304>');
      socket.close();
    },
  },
  {
    name: 'WebSocket: ends with what is malformed',
    async run(base) {
      const socket = await openSocket(base);
      await socket.next();
      socket.send('abc');
      await socket.closed;
    },
  },
];
