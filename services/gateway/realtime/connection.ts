/**
 * One client's socket as a bounded, ordered writer. What a socket takes at once is written at once, by a frame that
 * the whole room shares; what it does not take waits in a queue of its own, which exists only meanwhile.
 *
 * Invariants:
 * 1. Never more waits than the limits: events that must not be lost overflow, and their topic is read again from
 *    the journal once the socket takes more.
 * 2. Nothing is written while something waits: order is kept.
 */
import type { Socket } from 'socket.io';
import { OutboundQueue } from '../../../lib/core/realtime/outbound-queue.ts';
import type { Outgoing } from './outgoing.ts';
import type { RealtimeMetrics } from './realtime-metrics.ts';

export const QUEUE_LIMITS = { items: 256, bytes: 262_144 } as const;

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
  once(event: 'drain', listener: () => void): void;
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

  constructor(socket: Socket, metrics: RealtimeMetrics, events: ConnectionEvents) {
    this.#engine = socket.conn as unknown as Engine;
    this.#metrics = metrics;
    this.#events = events;
  }

  /** Nothing waits: what is sent now goes out now. */
  get clear(): boolean {
    return this.#queue === undefined;
  }

  /** Bytes that wait, for the sake of measurements. */
  get waitingBytes(): number {
    return this.#queue?.bytes ?? 0;
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
      if (net.writableNeedDrain) return false;
      net.write(item.frame);
      return true;
    }
    if (engine.writeBuffer.length > 0) return false;
    engine.write(item.packet, { compress: false });
    return true;
  }

  #awaitDrain(): void {
    const net = directly(this.#engine);
    const flush = () => this.#flush();
    if (net?.writableNeedDrain) net.once('drain', flush);
    else this.#engine.once('drain', flush);
  }

  #flush(): void {
    const queue = this.#queue;
    if (!queue) return;
    for (;;) {
      const net = directly(this.#engine);
      if (net ? net.writableNeedDrain : this.#engine.writeBuffer.length > 0) {
        this.#awaitDrain();
        return;
      }
      const item = queue.shift();
      if (!item) break;
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
