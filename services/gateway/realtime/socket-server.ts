/**
 * Sockets on the gateway's server: socket.io 4 under `/ws/chat`. Owns who is connected. What they hear of
 * conversations comes by feeds, from the journal, so that neither a node nor a connection is needed to keep it
 * whole. Passing things (typing, presence, read marks, changes of the list) go through socket.io's own rooms, in a
 * cluster by its Redis streams adapter, and are dropped for sockets that are busy.
 */
import type { Server as HttpServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import type { Redis } from 'ioredis';
import type { ServiceBroker } from 'moleculer';
import { Server, type Socket } from 'socket.io';
import type { Clock } from '../../../lib/kernel/clock.ts';
import type { Config } from '../../../lib/kernel/config.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';
import { newId } from '../../../lib/kernel/ids.ts';
import type { Log } from '../../../lib/kernel/log.ts';
import type { StreamRegistry } from '../../../lib/moleculer/streams.ts';
import type { Identity } from '../authentication.ts';
import { isOwn } from '../cross-origin.ts';
import { asProblem } from '../problem.ts';
import { conversationFeeds } from './conversation-feeds.ts';
import type { SocketData } from './conversation-rooms.ts';
import type { RealtimeMetrics } from './realtime-metrics.ts';
import { confirmAll, letGo, tokenOf } from './socket-revocation.ts';
import { SocketSession } from './socket-session.ts';

export interface RealtimePorts {
  readonly broker: ServiceBroker;
  readonly streams: StreamRegistry;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: RealtimeMetrics;
  /** Longest time that a call made for a socket may take, milliseconds. */
  readonly limitMs: number;
  /** Whose token that is, empty when none was given; rejects with `unauthenticated`. */
  readonly authenticate: (token: string) => Promise<Identity>;
  /** Counts a message against the plan; rejects with `quota-exhausted`. */
  readonly admitMessage: (identity: Identity) => Promise<void>;
  /** Whether a page of that origin may connect with that identity; asked when the browser names one. */
  readonly allowsOrigin: (origin: string, tenantId: string) => Promise<boolean>;
  /** Between nodes; undefined when there is one node. */
  readonly redis: Redis | undefined;
  /** Sockets that this node takes. */
  readonly mostConnections: number;
  readonly namespace: string;
  readonly transport: TransportSettings;
}

/** How engine.io treats a connection. */
export interface TransportSettings {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** Largest message from a client. */
  readonly messageBytes: number;
}

export interface Realtime {
  readonly io: Server;
  /** Begins anew to hear what a node that has gone was telling. */
  rehear(): void;
  /** Lets those sockets go whose identity is meant: they come back only with valid credentials. */
  letGo(isMeant: (identity: Identity) => boolean, why: TroupeError): void;
  /** News may have been missed: asks again whose each token is, and lets those go that are nobody's any more. */
  confirmAll(): Promise<void>;
  /** Something in a tenant's list of conversations changed: its people are told. */
  listChanged(tenantId: string, conversationIds: readonly string[]): void;
  /** Lets the sockets go, so that they come back to another node and resume there. */
  close(): Promise<void>;
}

export const SOCKET_PATH = '/ws/chat';
/** Scope that hears a tenant's list of conversations and may act as a person. */
export const PEOPLE_SCOPE = 'operate';
export const peopleRoom = (tenantId: string) => `people:${tenantId}`;

const HANDSHAKE_MS = 10_000;
/** Sockets let go at once when a node stops, and the pause between two such lots: their clients do not come back all at once. */
const DRAIN_LOT = 200;
const DRAIN_PAUSE_MS = 25;

export function transportOf(
  config: Pick<
    Config,
    'TROUPE_SOCKET_PING_INTERVAL_MS' | 'TROUPE_SOCKET_PING_TIMEOUT_MS' | 'TROUPE_SOCKET_MESSAGE_BYTES'
  >,
): TransportSettings {
  return {
    pingIntervalMs: config.TROUPE_SOCKET_PING_INTERVAL_MS,
    pingTimeoutMs: config.TROUPE_SOCKET_PING_TIMEOUT_MS,
    messageBytes: config.TROUPE_SOCKET_MESSAGE_BYTES,
  };
}

export function engineOptions({ pingIntervalMs, pingTimeoutMs, messageBytes }: TransportSettings) {
  return {
    perMessageDeflate: false as const,
    httpCompression: false as const,
    pingInterval: pingIntervalMs,
    pingTimeout: pingTimeoutMs,
    maxHttpBufferSize: messageBytes,
    // Which origins may connect depends on the tenant, known only after the handshake: asked there.
    cors: { origin: true, credentials: false },
  };
}

export function openRealtime(server: HttpServer, ports: RealtimePorts): Realtime {
  const { log, metrics } = ports;
  const io = new Server(server, {
    ...engineOptions(ports.transport),
    path: SOCKET_PATH,
    serveClient: false,
    connectTimeout: HANDSHAKE_MS,
    ...(ports.redis
      ? {
          adapter: createAdapter(ports.redis, {
            streamName: `${ports.namespace}:sockets`,
            channelPrefix: `${ports.namespace}:sockets`,
            onlyPlaintext: true,
          }),
        }
      : {}),
  });
  const feeds = conversationFeeds(ports);

  io.use((socket, next) => {
    admit(socket).then(
      identity => {
        const { tenantId, subject, name, scopes } = identity;
        // Who it is comes of what they signed in with, never of what they say; other nodes read it here.
        const who = { id: subject.id, name: name ?? subject.id };
        socket.data = { tenantId, person: scopes.includes(PEOPLE_SCOPE), who } satisfies SocketData;
        identities.set(socket, identity);
        next();
      },
      (raw: unknown) => {
        const { problem, error } = asProblem(raw, newId('request'));
        metrics.sendFailed(error.code);
        next(Object.assign(new Error(problem.detail), { data: problem }));
      },
    );
  });
  const identities = new WeakMap<Socket, Identity>();

  async function admit(socket: Socket): Promise<Identity> {
    if (io.engine.clientsCount > ports.mostConnections)
      throw new TroupeError('overloaded', 'This node takes no more connections; try again', {
        retryAfter: 1,
      });
    const identity = await ports.authenticate(tokenOf(socket));
    if (!identity.scopes.includes('chat'))
      throw new TroupeError('forbidden', 'Sockets need the scope "chat"');
    const { origin, host } = socket.handshake.headers;
    if (origin && !isOwn(origin, host) && !(await ports.allowsOrigin(origin, identity.tenantId)))
      throw new TroupeError('origin-refused', 'Pages of that origin may not connect here');
    return identity;
  }

  io.on('connection', socket => {
    metrics.connections.inc();
    const identity = identities.get(socket)!;
    const session = new SocketSession(socket, identity, feeds, ports);
    session.begin();
    if (identity.scopes.includes(PEOPLE_SCOPE)) void socket.join(peopleRoom(identity.tenantId));
    socket.once('disconnect', () => {
      metrics.connections.dec();
      session.end();
    });
    // The upgrade request is of no further use, and holds kilobytes for as long as the socket lives.
    (socket.conn as unknown as { request: unknown }).request = undefined;
  });
  io.engine.on('connection_error', (error: { code: number; message: string }) =>
    log.debug('realtime.refused', { code: error.code, reason: error.message }),
  );

  return {
    io,
    rehear: () => feeds.rehear(),
    letGo: (isMeant, why) => letGo(io, socket => isMeant(identities.get(socket)!), why),
    confirmAll: () => confirmAll(io, ports.authenticate),
    listChanged(tenantId, conversationIds) {
      io.local.to(peopleRoom(tenantId)).volatile.emit('conversations', { conversationIds });
    },
    async close() {
      const sockets = [...io.sockets.sockets.values()];
      for (let at = 0; at < sockets.length; at += DRAIN_LOT) {
        // Closed below socket.io, so that its client takes it for a lost connection and comes back by itself.
        for (const socket of sockets.slice(at, at + DRAIN_LOT)) socket.conn.close();
        await new Promise(resolve => ports.clock.after(DRAIN_PAUSE_MS, () => resolve(undefined)));
      }
      feeds.close();
      // The HTTP server is the gateway's: only engine.io's part is closed here.
      await Promise.all([...io._nsps.values()].map(nsp => nsp.adapter.close()));
      io.engine.close();
      log.debug('realtime.closed', { sockets: sockets.length });
    },
  };
}
