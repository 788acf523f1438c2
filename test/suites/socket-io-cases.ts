/** What socket.io 5 asks of a server above its transport, case by case, over a raw WebSocket. */
import { expect } from 'chai';
import { openSocket, type ProtocolCase } from './protocol-cases.ts';

const PLACES = (...nums: readonly number[]) =>
  nums.map(num => `{"_placeholder":true,"num":${num}}`).join(',');

/** A socket that has joined the main namespace and heard what it gave. */
async function joined(base: string, payload = '{}') {
  const socket = await openSocket(base);
  await socket.next();
  socket.send(payload === '{}' ? '40' : `40${payload}`);
  expect(await socket.next()).to.match(/^40\{"sid":"[^"]+"\}$/);
  expect(await socket.next()).to.equal(`42["auth",${payload}]`);
  return socket;
}

const joins = (name: string, packet: string, answer: RegExp, auth: string): ProtocolCase => ({
  name: `joins ${name}`,
  async run(base) {
    const socket = await openSocket(base);
    await socket.next();
    socket.send(packet);
    expect(await socket.next()).to.match(answer);
    expect(await socket.next()).to.equal(auth);
    socket.close();
  },
});

/** Sends a packet with its attachments, and expects others back. */
const answers = (
  name: string,
  sent: readonly (string | Buffer)[],
  told: readonly string[],
): ProtocolCase => ({
  name,
  async run(base) {
    const socket = await joined(base);
    for (const packet of sent) socket.send(packet);
    for (const packet of told) expect(await socket.next()).to.equal(packet);
    socket.close();
  },
});

const ends = (name: string, packet: string | Buffer): ProtocolCase => ({
  name: `ends with ${name}`,
  async run(base) {
    const socket = await joined(base);
    socket.send(packet);
    await socket.closed;
  },
});

const [B123, B456] = [Buffer.from([1, 2, 3]), Buffer.from([4, 5, 6])];

export const SOCKET_IO_CASES: readonly ProtocolCase[] = [
  joins('the main namespace', '40', /^40\{"sid":"[^"]+"\}$/, '42["auth",{}]'),
  joins('it with a payload', '40{"token":"1"}', /^40\{"sid"/, '42["auth",{"token":"1"}]'),
  joins('another namespace', '40/custom,', /^40\/custom,\{"sid":"[^"]+"\}$/, '42/custom,["auth",{}]'),
  joins('that with a payload', '40/custom,{"a":1}', /^40\/custom,/, '42/custom,["auth",{"a":1}]'),
  {
    name: 'refuses an unknown namespace',
    async run(base) {
      const socket = await openSocket(base);
      await socket.next();
      socket.send('40/random');
      expect(await socket.next()).to.equal('44/random,{"message":"Invalid namespace"}');
      socket.close();
    },
  },
  {
    name: 'ends with a handshake that is none',
    async run(base) {
      const socket = await openSocket(base);
      await socket.next();
      socket.send('4abc');
      await socket.closed;
    },
  },
  ends('leaving the main namespace', '41'),
  {
    name: 'leaves another namespace and stays in the main one',
    async run(base) {
      const socket = await joined(base);
      socket.send('40/custom');
      await socket.next();
      await socket.next();
      socket.send('41/custom');
      socket.send('42["message","still here"]');
      expect(await socket.next()).to.equal('42["message-back","still here"]');
      socket.close();
    },
  },
  answers('echoes an event', ['42["message",1,"2",{"3":[true]}]'], ['42["message-back",1,"2",{"3":[true]}]']),
  answers(
    'echoes an event with attachments',
    [`452-["message",${PLACES(0, 1)}]`, B123, B456],
    [`452-["message-back",${PLACES(0, 1)}]`, '<010203>', '<040506>'],
  ),
  answers(
    'acknowledges an event',
    ['42456["message-with-ack",1,"2",{"3":[false]}]'],
    ['43456[1,"2",{"3":[false]}]'],
  ),
  answers(
    'acknowledges an event with attachments',
    [`452-789["message-with-ack",${PLACES(0, 1)}]`, B123, B456],
    [`462-789[${PLACES(0, 1)}]`, '<010203>', '<040506>'],
  ),
  ends('an unknown kind of packet', '4abc'),
  ends('an event that is no list', '42{}'),
  ends('an event without a name', '42[]'),
  ends('an acknowledgement without a number', '42abc["message-with-ack",1]'),
  ends('an attachment that nothing names', B123),
];
