/**
 * Calls of an OpenAI-compatible endpoint as HTTP, bytes in and bytes out: kept-alive connections, one call on each at a
 * time, so that cancelling a call closes its socket. Straight on undici's dispatcher: Node's own client costs as much
 * as everything else that a call through the gateway does.
 */
import { type buildConnector, type Dispatcher, Pool } from 'undici';
import { TroupeError } from '../../kernel/errors.ts';

const MOST_SOCKETS = 1_024;
const MOST_ORIGINS = 1_000;
const IDLE_MS = 30_000;
const CONNECT_MS = 10_000;
const MOST_ANSWER_BYTES = 16_777_216;
/** What comes before the first token is a line or two. */
const MOST_HELD_BYTES = 4_096;
const FIRST_TOKEN =
  /"(?:content|refusal|reasoning|reasoning_content|arguments|text)":\s*"[^"]|"tool_calls":\s*\[\s*\{|"finish_reason":\s*"|\[DONE\]|"error":/;

export interface UpstreamCall {
  readonly url: URL;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Longest silence, before the answer and in the middle of it, milliseconds. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

export interface UpstreamHead {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
}

/**
 * A stream of events is there once its first token is: a provider that fails before it can still be left for another,
 * and nobody has seen anything. Everything else is there whole.
 */
export type UpstreamAnswer = UpstreamHead & ({ readonly body: Buffer } | { readonly stream: UpstreamStream });

export interface StreamReader {
  data(chunk: Buffer): void;
  end(): void;
  /** It broke, or was given up: nothing follows. */
  error(error: unknown): void;
}

export interface UpstreamStream {
  /** Once: what has come already is given at once. */
  read(reader: StreamReader): void;
  pause(): void;
  resume(): void;
  /** Gives it up, down to the socket; its reader hears nothing more. */
  destroy(): void;
}

/** The connections of a node to its providers. `connector`: how they are made, when not simply. */
export class Upstream {
  readonly #pools = new Map<string, Pool>();
  readonly #connector: buildConnector.connector | undefined;

  constructor(connector?: buildConnector.connector) {
    this.#connector = connector;
  }

  /** Rejects with `model-failed` (another endpoint may do) or the signal's reason. */
  call(call: UpstreamCall): Promise<UpstreamAnswer> {
    if (call.signal.aborted) return Promise.reject(call.signal.reason);
    const { url, headers, body } = call;
    const exchange = new Exchange(call);
    this.#poolOf(url.origin).dispatch(
      { path: url.pathname + url.search, method: 'POST', headers: headers as string[], body },
      exchange,
    );
    return exchange.answer;
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map(pool => pool.destroy()));
  }

  #poolOf(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (!pool) {
      if (this.#pools.size >= MOST_ORIGINS) {
        const [oldest, idle] = this.#pools.entries().next().value!;
        this.#pools.delete(oldest);
        void idle.close(); // ends when its calls have
      }
      pool = new Pool(origin, {
        connections: MOST_SOCKETS,
        pipelining: 1,
        allowH2: false, // cancelling has to close a socket, not a stream among others
        keepAliveTimeout: IDLE_MS,
        headersTimeout: 0, // an exchange watches over its own silence
        bodyTimeout: 0,
        connect: this.#connector ?? { timeout: CONNECT_MS },
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }
}

type Over = { readonly how: 'ended' | 'given up' } | { readonly how: 'failed'; readonly error: unknown };

/** One request and its answer. Its timer and its listener live until it is over. */
class Exchange implements Dispatcher.DispatchHandler, UpstreamStream {
  readonly answer: Promise<UpstreamAnswer>;
  readonly #resolve: (answer: UpstreamAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #head: UpstreamHead | undefined;
  #streams = false;
  #begun = false;
  #parts: Buffer[] = [];
  #length = 0;
  #reader: StreamReader | undefined;
  #paused = false;
  /** How it ended, for a reader that comes late. */
  #over: Over | undefined;

  constructor({ signal, idleMs }: UpstreamCall) {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#timer = setTimeout(this.#onSilence, idleMs);
  }

  readonly #onAbort = () => this.#giveUp(this.#signal.reason);
  readonly #onSilence = () => {
    if (this.#paused)
      this.#timer.refresh(); // it may not speak, so it is not silent
    else
      this.#giveUp(
        new TroupeError('model-failed', 'The model provider did not answer in time', {
          data: { timedOut: true },
        }),
      );
  };

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error('given up while it waited for a connection'));
  }

  onResponseStart(_: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    this.#timer.refresh();
    const one = (name: string) => [headers[name]].flat()[0];
    const contentType = one('content-type') ?? 'application/json';
    this.#head = { status, contentType, retryAfter: one('retry-after') };
    this.#streams = status === 200 && contentType.startsWith('text/event-stream');
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    if (this.#over) return;
    this.#timer.refresh();
    if (this.#reader) {
      this.#reader.data(chunk);
      return;
    }
    this.#parts.push(chunk);
    this.#length += chunk.length;
    if (this.#streams && !this.#begun) this.#look(chunk);
    if (this.#length > MOST_ANSWER_BYTES)
      this.#giveUp(
        new TroupeError(
          'model-failed',
          `The answer of the model provider is larger than ${MOST_ANSWER_BYTES} bytes`,
        ),
      );
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#finish({ how: 'ended' });
    if (this.#streams) {
      this.#begin();
      this.#reader?.end();
      return;
    }
    const [only] = this.#parts;
    const body = this.#parts.length === 1 ? only! : Buffer.concat(this.#parts, this.#length);
    this.#resolve({ ...this.#head!, body });
  }

  onResponseError(_: unknown, error: Error & { code?: string }): void {
    if (this.#over) return;
    this.#fail(
      refusalIn(error) ??
        new TroupeError(
          'model-failed',
          this.#head
            ? 'The model provider broke off in the middle of its answer'
            : `The model provider cannot be reached (${error.code ?? 'connection'})`,
          { cause: error },
        ),
    );
  }

  /** Whether the answer has begun with this: a word, a call, an end; or so much that it cannot be told. */
  #look(chunk: Buffer): void {
    if (this.#length > MOST_HELD_BYTES || FIRST_TOKEN.test(chunk.toString('latin1'))) this.#begin();
  }

  #begin(): void {
    this.#begun = true;
    this.#resolve({ ...this.#head!, stream: this });
  }

  read(reader: StreamReader): void {
    this.#reader = reader;
    const parts = this.#parts;
    this.#parts = [];
    for (const part of parts) reader.data(part);
    if (this.#over?.how === 'failed') reader.error(this.#over.error);
    else if (this.#over?.how === 'ended') reader.end();
  }

  pause(): void {
    this.#paused = true;
    this.#controller?.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#over) return;
    this.#timer.refresh();
    this.#controller?.resume();
  }

  destroy(): void {
    if (this.#over) return;
    this.#finish({ how: 'given up' });
    this.#controller?.abort(new Error('given up'));
  }

  #giveUp(reason: unknown): void {
    if (this.#over) return;
    this.#fail(reason);
    this.#controller?.abort(reason as Error);
  }

  #fail(error: unknown): void {
    this.#finish({ how: 'failed', error });
    this.#reject(error);
    this.#reader?.error(error);
  }

  #finish(over: Over): void {
    this.#over = over;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

/** A connection that the platform itself refused to make says so in words of its own. */
function refusalIn(error: Error): TroupeError | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof TroupeError) return at;
  return undefined;
}

/** Milliseconds that a `Retry-After` header asks for (RFC 9110, 10.2.3), bounded; 0 when there is none. */
export function retryAfterOf(value: string | undefined, nowMs: number): number {
  if (!value) return 0;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 120_000) : 0;
}
