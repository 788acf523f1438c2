/** The platform's HTTP API, as far as a chat needs it. Plain calls go through the client that its contracts give. */
import { TroupeClient } from '@troupe/client';
import { readSse } from './sse.ts';
import type { ChatEvent, ConversationView, Outbox, Problem, Session } from './types.ts';
import { chatEventOf, parseJson, problemOf } from './wire.ts';

/** The platform answered, and refused. A connection that fails throws what `fetch` throws. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title || `HTTP ${problem.status}`);
    this.problem = problem;
  }
}

/** A stream that is silent for longer is taken for dead: the platform sends a comment now and then. */
const SILENCE_MS = 60_000;
const REQUEST_MS = 15_000;

type Fetch = typeof fetch;

async function refuse(response: Response): Promise<never> {
  const body = parseJson(await response.text());
  throw new Refusal(problemOf(body, response.status, response.headers.get('retry-after')));
}

async function json<T>(response: Response): Promise<T> {
  return response.ok ? ((await response.json()) as T) : refuse(response);
}

export interface StreamedEvent {
  readonly id: string;
  readonly event: ChatEvent;
}

export class ChatApi {
  readonly #fetch: Fetch;
  readonly #client: TroupeClient;
  readonly #given: Session | null;
  #session: Session | null = null;

  /** Without a session of one's own, that of the platform's chat page is asked for. */
  constructor(fetchFrom: Fetch, given: Session | null = null) {
    this.#fetch = fetchFrom;
    this.#given = given;
    this.#client = new TroupeClient({
      key: async () => (this.#session ?? (await this.session())).apiKey,
      fetch: ((path: string, init: RequestInit) => this.#request(path, init)) as Fetch,
    });
  }

  async session(signal?: AbortSignal): Promise<Session> {
    if (this.#given) {
      this.#session = this.#given;
      return this.#given;
    }
    const response = await this.#fetch('/web/session', {
      headers: { accept: 'application/json' },
      signal: within(REQUEST_MS, signal),
    });
    this.#session = await json<Session>(response);
    return this.#session;
  }

  /** Sends a message, as often as is needed: the platform answers the same id and body once. */
  async *send(
    { messageId, text, conversationId }: Outbox,
    signal: AbortSignal,
  ): AsyncGenerator<StreamedEvent> {
    const body = JSON.stringify({ message: text, ...(conversationId ? { conversationId } : {}) });
    yield* this.#stream(signal, () => [
      '/api/v1/chat/messages',
      { method: 'POST', body, headers: { 'content-type': 'application/json', 'idempotency-key': messageId } },
    ]);
  }

  /** What happens in a conversation after an event, or after a journal position, until the connection ends. */
  async *watch(
    conversationId: string,
    from: { readonly lastEventId: string } | { readonly seq: number },
    signal: AbortSignal,
  ): AsyncGenerator<StreamedEvent> {
    const path = `/api/v1/chat/conversations/${encodeURIComponent(conversationId)}/events`;
    yield* this.#stream(signal, () =>
      'seq' in from
        ? [`${path}?after=${from.seq}`, { headers: {} }]
        : [path, { headers: { 'last-event-id': from.lastEventId } }],
    );
  }

  async conversation(id: string, after: number, signal?: AbortSignal): Promise<ConversationView> {
    const params = { conversationId: id, ...(after > 0 ? { after } : {}) };
    return json(
      await this.#client.request('conversationGet', params, { signal: within(REQUEST_MS, signal) }),
    );
  }

  async cancel(conversationId: string): Promise<void> {
    const response = await this.#client.request(
      'conversationCancel',
      { conversationId },
      { idempotencyKey: crypto.randomUUID(), signal: within(REQUEST_MS) },
    );
    if (!response.ok) await refuse(response);
    await response.body?.cancel();
  }

  async *#stream(signal: AbortSignal, request: () => [string, RequestInit]): AsyncGenerator<StreamedEvent> {
    const silence = new Silence(SILENCE_MS, signal);
    try {
      const [path, init] = request();
      const headers = { ...init.headers, accept: 'text/event-stream' };
      const response = await this.#request(path, { ...init, headers, signal: silence.signal });
      if (!response.ok || !response.body) return await refuse(response);
      for await (const { type, data, id } of readSse(silence.watch(response.body))) {
        const event = chatEventOf(type, data, id);
        if (event) yield { id, event };
      }
    } finally {
      silence.end();
    }
  }

  /** With the key of the session; asks for a new one when the old is not known any more. */
  async #request(path: string, init: RequestInit): Promise<Response> {
    const ask = async (session: Session) =>
      this.#fetch(path, {
        ...init,
        headers: { accept: 'application/json', ...init.headers, authorization: `Bearer ${session.apiKey}` },
      });
    const response = await ask(this.#session ?? (await this.session()));
    if (response.status !== 401) return response;
    await response.body?.cancel();
    return ask(await this.session());
  }
}

function within(ms: number, signal?: AbortSignal): AbortSignal {
  return signal ? AbortSignal.any([signal, AbortSignal.timeout(ms)]) : AbortSignal.timeout(ms);
}

/** Ends a request on which nothing has come for a while. */
class Silence {
  readonly signal: AbortSignal;
  readonly #quiet = new AbortController();
  readonly #ms: number;
  #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number, signal: AbortSignal) {
    this.#ms = ms;
    this.signal = AbortSignal.any([signal, this.#quiet.signal]);
    this.#timer = this.#arm();
  }

  watch(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          clearTimeout(this.#timer);
          this.#timer = this.#arm();
          controller.enqueue(chunk);
        },
      }),
    );
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #arm(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#quiet.abort(new Error('Nothing came for a while')), this.#ms);
  }
}
