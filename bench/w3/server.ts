/**
 * The process under test of W3: our sockets with authentication, tenancy, queues and resume on, over a tenants unit on
 * a database. Only the conversations are a stand-in: they tell what they are told to, as fast as they are told, where
 * real ones would commit it first. Told by its parent: `emit` one message to each room, `mem`, `end`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServiceBroker } from 'moleculer';
import { Registry } from 'prom-client';
import type { ParamsOf } from '../../lib/contracts/contract.ts';
import { conversationEvents, watchConversation } from '../../lib/contracts/conversation.contracts.ts';
import { createApiKey, createTenant } from '../../lib/contracts/platform.contracts.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { openPglite } from '../../lib/io/pglite.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { createLog, createPino } from '../../lib/kernel/log.ts';
import { action, type Call, call } from '../../lib/moleculer/action.ts';
import { registerRendezvous } from '../../lib/moleculer/rendezvous.ts';
import { StreamRegistry, StreamSender } from '../../lib/moleculer/streams.ts';
import { tenancyMiddleware } from '../../mixins/tenancy.middleware.ts';
import { validationMiddleware } from '../../mixins/validation.middleware.ts';
import { createAuthenticator } from '../../services/gateway/authenticator.ts';
import { createRealtimeMetrics } from '../../services/gateway/realtime/realtime-metrics.ts';
import { openRealtime } from '../../services/gateway/realtime/socket-server.ts';
import { tenantsService } from '../../services/tenants.service.ts';
import { type AnswerPlan, Answers } from './answers.ts';

const rooms = Number(process.env.ROOMS);
const BODY = 'x'.repeat(1024 - 40);
const stamp = () => `${(performance.timeOrigin + performance.now()).toFixed(3)}|${BODY}`;

registerRendezvous();
const database = await openPglite();
await migrate(database);
const streams = new StreamRegistry();
const broker = new ServiceBroker({
  nodeID: 'w3',
  logger: false,
  validator: false,
  internalMiddlewares: false,
  middlewares: ['ActionHook', validationMiddleware(), tenancyMiddleware(), 'ContextTracker', 'ErrorHandler'],
} as never);
broker.createService(tenantsService(database));
const senders = new Map<string, Set<StreamSender>>();
const answers = new Answers(rooms, (room, event) => {
  for (const sender of senders.get(`room${room}`) ?? []) sender.send(event);
});
let seq = 0;
broker.createService({
  name: 'conversation',
  actions: {
    events: action(conversationEvents, async (ctx: Call<ParamsOf<typeof conversationEvents>>) => {
      const written = answers.written(ctx.params.conversationId);
      const upTo = Math.max(seq, written.length);
      return { events: written.slice(ctx.params.after), upTo, seq: upTo };
    }),
    watch: action(watchConversation, async (ctx: Call<ParamsOf<typeof watchConversation>>) => {
      const of = senders.get(ctx.params.conversationId) ?? new Set();
      senders.set(ctx.params.conversationId, of);
      const sender = new StreamSender(broker, streams, ctx.params.stream, () => of.delete(sender));
      of.add(sender);
      for (const event of answers.written(ctx.params.conversationId).slice(ctx.params.after))
        sender.send(event);
      return { seq };
    }),
  },
} as never);
await broker.start();
const { tenantId } = await call(broker, createTenant, { name: 'w3' });
const { apiKey } = await call(broker, createApiKey, { tenantId, name: 'w3', scopes: ['chat'] });

const server = createServer();
const log = createLog(createPino('warn'), 'w3');
const realtime = openRealtime(server, {
  broker,
  streams,
  clock: systemClock,
  log,
  metrics: createRealtimeMetrics(new Registry()),
  limitMs: 10_000,
  authenticate: createAuthenticator(broker, systemClock, log).key,
  admitMessage: async () => {},
  allowsOrigin: async () => false,
  redis: undefined,
  mostConnections: 100_000,
  namespace: 'w3',
  transport: { pingIntervalMs: 25_000, pingTimeoutMs: 20_000, messageBytes: 131_072 },
});

function emit(): void {
  seq++;
  for (let room = 0; room < rooms; room++) {
    const data = { text: stamp() };
    for (const sender of senders.get(`room${room}`) ?? [])
      sender.send({ id: `${seq}.0`, event: 'message', data });
  }
}

/** Largest resident memory that was seen, bytes. */
let peak = 0;
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 100).unref();

server.listen(0, '127.0.0.1', () =>
  process.send!({ port: (server.address() as AddressInfo).port, token: apiKey }),
);
process.on(
  'message',
  (told: { emit?: number; answer?: AnswerPlan; mem?: number; peak?: number; end?: number }) => {
    for (let n = 0; n < (told.emit ?? 0); n++) emit();
    if (told.answer)
      void answers.stream(told.answer).then(() => process.send!({ answered: answers.digests() }));
    if (told.peak) process.send!({ peak });
    if (told.mem) {
      for (let n = 0; n < 4; n++) globalThis.gc!();
      process.send!({ mem: process.memoryUsage().rss, joined: realtime.io.engine.clientsCount });
    }
    if (told.end) process.exit(0);
  },
);
