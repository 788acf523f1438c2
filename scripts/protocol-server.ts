/**
 * `npm run -s protocol-server`: the gateway's sockets as the public test suites of the engine.io and socket.io
 * protocols want them (PORT, default 3000): short pings, nobody has to sign in, and what is said comes back.
 * `/socket.io` is the platform's own `/ws/chat` by another name; `/engine.io` its transport without socket.io.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as EngineServer, type Socket as EngineSocket } from 'engine.io';
import { ServiceBroker } from 'moleculer';
import { Registry } from 'prom-client';
import type { Socket } from 'socket.io';
import { systemClock } from '../lib/kernel/clock.ts';
import { createLog, createPino } from '../lib/kernel/log.ts';
import { StreamRegistry } from '../lib/moleculer/streams.ts';
import type { Identity } from '../services/gateway/authentication.ts';
import { createRealtimeMetrics } from '../services/gateway/realtime/realtime-metrics.ts';
import { engineOptions, openRealtime, SOCKET_PATH } from '../services/gateway/realtime/socket-server.ts';

/** What the suites expect of the handshake. */
const transport = { pingIntervalMs: 300, pingTimeoutMs: 200, messageBytes: 1_000_000 };
const anybody: Identity = {
  tenantId: 'ten_protocol',
  plan: 'free',
  region: null,
  subject: { kind: 'key', id: 'key_protocol' },
  scopes: ['chat'],
};

const server = createServer();
const { io } = openRealtime(server, {
  broker: new ServiceBroker({ nodeID: 'protocol', logger: false }),
  streams: new StreamRegistry(),
  clock: systemClock,
  log: createLog(createPino('warn'), 'protocol'),
  metrics: createRealtimeMetrics(new Registry()),
  limitMs: 1_000,
  authenticate: async () => anybody,
  admitMessage: async () => {},
  allowsOrigin: async () => true,
  redis: undefined,
  mostConnections: 10_000,
  namespace: 'protocol',
  transport,
});
/** The suite begins to listen for `auth` once it has read that it is connected; it misses what comes in the same segment. */
const APART_MS = 10;
const echo = (socket: Socket) => {
  setTimeout(() => socket.emit('auth', socket.handshake.auth), APART_MS);
  socket.on('message', (...said: unknown[]) => void socket.emit('message-back', ...said));
  socket.on('message-with-ack', (...said: unknown[]) => {
    const acknowledge = said.pop() as (...args: unknown[]) => void;
    acknowledge(...said);
  });
};
io.on('connection', echo);
io.of('/custom').on('connection', echo);

const engine = new EngineServer(engineOptions(transport));
engine.on('connection', (socket: EngineSocket) =>
  socket.on('message', (said: string | Buffer) => void socket.send(said)),
);
engine.attach(server, { path: '/engine.io' });

const renamed = (request: IncomingMessage) => {
  request.url = request.url?.replace(/^\/socket\.io(?=\/)/, SOCKET_PATH);
};
server.prependListener('request', renamed).prependListener('upgrade', renamed);
server.listen(Number(process.env.PORT ?? '3000'), () =>
  console.log(`READY http://localhost:${(server.address() as AddressInfo).port}`),
);
