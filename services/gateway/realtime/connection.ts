/**
 * One client's socket as a bounded, ordered writer. What a socket takes at once is written at once, by a frame that
 * the whole room shares; what it does not take waits in a queue of its own, which exists only meanwhile.
 *
 * Invariants:
 * 1. Never more waits than the limits: events that must not be lost overflow, and their topic is read again from
 *    the journal once the socket takes more.
 * 2. Nothing is written while something waits: order is kept.
 * 3. Over a WebSocket at most a window is on its way: after half of it a ping goes along, and its pong says that the
 *    client has read so far. Kernels and proxies would take megabytes, which a slow reader would have to read through
 *    before it sees what is true now, and before it can answer the next ping. The window grows with quick pongs.
 */
import type { Socket } from 'socket.io';
import { OutboundQueue } from '../../../lib/core/realtime/outbound-queue.ts';
import { textFrame } from '../../../lib/core/realtime/text-frame.ts';
import type { Outgoing } from './outgoing.ts';
import type { RealtimeMetrics } from './realtime-metrics.ts';

export const QUEUE_LIMITS = { items: 256, bytes: 262_144 } as const;
/**
 * Bytes on their way to a client that has not said that it read them: at first, 16 s at 1 kB/s, which is less than a
 * ping may take; and at most.
 */
const WINDOW = { least: 16_384, most: 131_072, quickMs: 500 } as const;
const PING = textFrame('2');

/** Told when something that had waited was written, and when nothing waits any more. */
export interface ConnectionEvents {
  written(item: Outgoing): void;
  drained(): void;
}

/** `overflow`: it was not taken, and what waited of its topic is given up: the topic must be read again. */
export type Sent = 'written' | 'waits' | 'overflow';

/** The parts of engine.io's connection that are written to. */
interface Engine {
  readonly readyState: string;
  readonly writeBuffer: readonly unknown[];
  readonly transport: { readonly name: string; readonly socket?: { readonly _socket?: NetSocket | null } };
  write(data: string, options: { compress: boolean }): void;
  once(event: 'drain' | 'heartbeat', listener: () => void): void;
}

interface NetSocket {
  readonly writableNeedDrain: boolean;
  readonly destroyed: boolean;
  write(data: Buffer): boolean;
  once(event: 'drain', listener: () => void): void;
}

export class Connection {
  readonly #engine: Engine;
  readonly #metrics: RealtimeMetrics;
  readonly #events: ConnectionEvents;
  #queue: OutboundQueue<Outgoing> | undefined;
  /** Bytes written since the last pong, and how many of them were written before the ping that is under way. */
  #onTheirWay = 0;
  #asked = 0;
  #window: number = WINDOW.least;

  constructor(socket: Socket, metrics: RealtimeMetrics, events: ConnectionEvents) {
    this.#engine = socket.conn as unknown as Engine;
    this.#metrics = metrics;
    this.#events = events;
  }

  /** Nothing waits: what is sent now goes out now. */
  get clear(): boolean {
    return this.#queue === undefined;
  }

  send(item: Outgoing): Sent {
    if (this.#queue === undefined) {
      if (this.#write(item)) return 'written';
      this.#queue = new OutboundQueue(QUEUE_LIMITS);
      this.#awaitDrain();
    }
    const { dropped, overflow } = this.#queue.push(item);
    if (dropped > 0) this.#metrics.dropped(item.policy, dropped);
    return overflow ? 'overflow' : 'waits';
  }

  forget(topic: string): void {
    this.#queue?.forget(topic);
  }

  /** False when the socket would only hold it in memory. */
  #write(item: Outgoing): boolean {
    const engine = this.#engine;
    if (engine.readyState !== 'open') return true; // gone or going: it resumes from what it has
    const net = directly(engine);
    if (net) {
      if (net.writableNeedDrain || this.#windowFull) return false;
      const { frame } = item;
      net.write(frame);
      this.#onTheirWay += frame.length;
      if (this.#asked === 0 && this.#onTheirWay > this.#window / 2) this.#askHowFar(net);
      return true;
    }
    if (engine.writeBuffer.length > 0) return false;
    engine.write(item.packet, { compress: false });
    return true;
  }

  get #windowFull(): boolean {
    return this.#asked > 0 && this.#onTheirWay > this.#window;
  }

  /** Any pong will do: one of the server's own pings tells a little early, at most once a ping. */
  #askHowFar(net: NetSocket): void {
    this.#asked = this.#onTheirWay;
    const askedAt = performance.now();
    net.write(PING);
    this.#engine.once('heartbeat', () => {
      const quick = performance.now() - askedAt < WINDOW.quickMs;
      this.#window = quick ? Math.min(this.#window * 2, WINDOW.most) : WINDOW.least;
      this.#onTheirWay -= this.#asked;
      this.#asked = 0;
    });
  }

  #awaitDrain(): void {
    const net = directly(this.#engine);
    const flush = () => this.#flush();
    if (net?.writableNeedDrain) net.once('drain', flush);
    else this.#engine.once(net && this.#windowFull ? 'heartbeat' : 'drain', flush);
  }

  #flush(): void {
    const queue = this.#queue;
    if (!queue) return;
    while (queue.size > 0) {
      const net = directly(this.#engine);
      if (net ? net.writableNeedDrain || this.#windowFull : this.#engine.writeBuffer.length > 0) {
        this.#awaitDrain();
        return;
      }
      const item = queue.shift()!;
      this.#write(item);
      this.#events.written(item);
    }
    this.#queue = undefined;
    this.#events.drained();
  }
}

/** The network socket below a WebSocket that engine.io has nothing in hand for; frames of our own may go there. */
function directly({ transport, writeBuffer }: Engine): NetSocket | undefined {
  if (transport.name !== 'websocket' || writeBuffer.length > 0) return undefined;
  const net = transport.socket?._socket;
  return net && !net.destroyed ? net : undefined;
}
