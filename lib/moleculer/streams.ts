/**
 * Sequenced items from one node to another: tokens, tool steps, answers. The framework's own streams have neither
 * backpressure nor cancellation; here the reader acknowledges each batch, what comes meanwhile is sent
 * together with the next, and a reader that has gone is told by the acknowledgement.
 */
import type { ServiceBroker } from 'moleculer';
import { pushStream } from '../contracts/platform.contracts.ts';
import { call } from './action.ts';

export interface StreamAddress {
  readonly nodeId: string;
  readonly streamId: string;
}

/** Takes a batch; false ends the stream. */
export type Sink = (items: readonly unknown[]) => boolean;

/** Items that may wait for a slow reader; beyond it the stream is given up, and the reader resumes from the journal. */
const MOST_WAITING = 20_000;

/** Items that travel together: well below what a message may hold and what `streams.push` takes. */
const BATCH = 1_000;

/** The streams that a node has open for reading. */
export class StreamRegistry {
  readonly #sinks = new Map<string, Sink>();

  open(streamId: string, sink: Sink): () => void {
    this.#sinks.set(streamId, sink);
    return () => this.#sinks.delete(streamId);
  }

  push(streamId: string, items: readonly unknown[]): boolean {
    const sink = this.#sinks.get(streamId);
    if (!sink) return false;
    if (sink(items)) return true;
    this.#sinks.delete(streamId);
    return false;
  }
}

/** The writing end. `closed` fires once when the reader has gone or cannot be reached. */
export class StreamSender {
  readonly #broker: ServiceBroker;
  readonly #local: StreamRegistry;
  readonly #address: StreamAddress;
  readonly #onClosed: () => void;
  #waiting: unknown[] = [];
  #sending: Promise<void> | undefined;
  #closed = false;

  constructor(
    broker: ServiceBroker,
    local: StreamRegistry,
    address: StreamAddress,
    onClosed: () => void = () => {},
  ) {
    this.#broker = broker;
    this.#local = local;
    this.#address = address;
    this.#onClosed = onClosed;
  }

  send(item: unknown): void {
    if (this.#closed) return;
    if (this.#address.nodeId === this.#broker.nodeID) {
      if (!this.#local.push(this.#address.streamId, [item])) this.#close();
      return;
    }
    this.#waiting.push(item);
    if (this.#waiting.length > MOST_WAITING) this.#close();
    else this.#sending ??= this.#flush();
  }

  /** Resolves when the reader has all that was sent, or has gone: what is said after it comes after it. */
  async flushed(): Promise<void> {
    await this.#sending;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed) {
      const items = this.#waiting.splice(0, BATCH);
      try {
        const { open } = await call(
          this.#broker,
          pushStream,
          { streamId: this.#address.streamId, items },
          { nodeID: this.#address.nodeId },
        );
        if (!open) this.#close();
      } catch {
        // The reading node is gone or cut off: its clients resume from the journal elsewhere.
        this.#close();
      }
    }
    this.#sending = undefined; // at once: an item sent next must find that nobody is sending
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    this.#onClosed();
  }
}
