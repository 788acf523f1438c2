/** A customer's socket as a widget has it: collects what it hears, resumes by the id of its last event. */
import { io, type Socket } from 'socket.io-client';
import type { SocketEvent, Told } from '../../lib/contracts/realtime.ts';

export class SocketClient {
  readonly socket: Socket;
  readonly events: SocketEvent[] = [];
  readonly #waiters = new Set<() => void>();

  constructor(url: string, token: string | undefined, options: Record<string, unknown> = {}) {
    this.socket = io(url, {
      path: '/ws/chat',
      auth: token === undefined ? {} : { token },
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
      ...options,
    });
    this.socket.on('event', (event: SocketEvent) => {
      this.events.push(event);
      for (const look of this.#waiters) look();
    });
  }

  /** Resolves once connected; rejects with what the server said. */
  async connected(): Promise<void> {
    if (this.socket.connected) return;
    await new Promise<void>((resolve, reject) => {
      this.socket.once('connect', resolve);
      this.socket.once('connect_error', reject);
    });
  }

  async ask<T = Record<string, unknown>>(name: string, params: unknown): Promise<T> {
    const told = (await this.socket.timeout(10_000).emitWithAck(name, params)) as Told<T>;
    if (!told.ok) throw Object.assign(new Error('refused'), told.problem);
    return told.result;
  }

  /** Resolves with the first event that fits, whether it has come or will. */
  async heard(fits: (event: SocketEvent) => boolean, limitMs = 15_000): Promise<SocketEvent> {
    return await new Promise((resolve, reject) => {
      const look = () => {
        const found = this.events.find(fits);
        if (!found) return;
        clearTimeout(limit);
        this.#waiters.delete(look);
        resolve(found);
      };
      const limit = setTimeout(() => {
        this.#waiters.delete(look);
        reject(
          new Error(`not heard; heard ${this.events.map(({ event, id }) => `${event} ${id}`).join(', ')}`),
        );
      }, limitMs);
      this.#waiters.add(look);
      look();
    });
  }

  /** Events that stand in the journal, as they came. */
  get durable(): SocketEvent[] {
    return this.events.filter(({ event, id }) => id !== undefined && event !== 'delta');
  }

  close(): void {
    this.socket.disconnect();
  }
}
