/** A response as server-sent events (WHATWG HTML, section 9.2), with a heartbeat and a bound on what a slow reader may owe. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TroupeError } from '../../lib/kernel/errors.ts';
import type { Identity } from './authentication.ts';
import { asProblem } from './problem.ts';

const HEARTBEAT_MS = 15_000;
/** A reader that is this far behind is let go: it resumes by the id of the last event it has. */
const MOST_UNREAD_BYTES = 1_048_576;

/** Streams that are open, so that a stopping gateway can end them. */
const open = new Set<EventStream>();

export function endAllStreams(): void {
  for (const stream of open) stream.end();
}

/** Ends the streams of whoever is meant, with a problem that says why. */
export function endStreamsOf(isMeant: (identity: Identity) => boolean, why: TroupeError): void {
  for (const stream of open) stream.endIf(isMeant, why);
}

export class EventStream {
  readonly #response: FastifyReply['raw'];
  readonly #heartbeat: NodeJS.Timeout;
  readonly #request: FastifyRequest;
  readonly #written: { readonly event: string; readonly data: Readonly<Record<string, unknown>> }[] = [];
  #open = true;

  constructor(request: FastifyRequest, reply: FastifyReply) {
    reply.hijack();
    this.#request = request;
    this.#response = reply.raw;
    const headers = Object.fromEntries(
      Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined),
    ) as Record<string, string>;
    this.#response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-request-id': request.id,
    });
    this.#response.write(': connected\n\n');
    this.#heartbeat = setInterval(() => this.#response.write(': still here\n\n'), HEARTBEAT_MS);
    this.#heartbeat.unref();
    this.#response.on('close', () => this.#closed());
    open.add(this);
  }

  get open(): boolean {
    return this.#open;
  }

  onClose(task: () => void): void {
    this.#response.once('close', task);
  }

  write(id: string, event: string, data: Readonly<Record<string, unknown>>): void {
    if (!this.#open) return;
    if (event === 'message') this.#written.push({ event, data });
    this.#response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (this.#response.writableLength > MOST_UNREAD_BYTES) this.#response.destroy();
  }

  /** Writes the event unless one like it has gone out already. */
  writeOnce(
    id: string,
    event: string,
    data: Readonly<Record<string, unknown>>,
    same: (data: Readonly<Record<string, unknown>>) => boolean,
  ): void {
    if (!this.#written.some(past => past.event === event && same(past.data))) this.write(id, event, data);
  }

  endIf(isMeant: (identity: Identity) => boolean, why: TroupeError): void {
    const { identity, id } = this.#request;
    if (!identity || !isMeant(identity)) return;
    const { problem } = asProblem(why, id);
    this.write('e', 'error', { ...problem });
    this.end();
  }

  end(): void {
    if (!this.#open) return;
    this.#response.end();
    this.#closed();
  }

  #closed(): void {
    this.#open = false;
    clearInterval(this.#heartbeat);
    open.delete(this);
  }
}
