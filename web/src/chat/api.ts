/** The platform's HTTP API, as far as a chat needs it. Plain calls go through the client that its contracts give. */
import { TroupeClient } from '@troupe/client';
import { readSse } from './sse.ts';
import type { Attachment, ChatEvent, ConversationView, Outbox, Problem, Session, Thumb } from './types.ts';
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

/** Who the customer is. */
export interface Opening {
  /** Origin of the platform; empty on its own pages. */
  readonly base?: string;
  /** The tenant's; without it that of the platform's own chat page is asked for. */
  readonly publicKey?: string;
  /** Gives a token that the page's own server has signed for a customer whom it knows. */
  readonly customerToken?: () => Promise<string>;
  /** A `fetch` that tells how much has gone. */
  readonly uploading?: (progress: (share: number) => void) => Fetch;
  /** Where the token of a customer without an account is kept. */
  readonly store: Pick<Storage, 'getItem' | 'setItem'>;
  /** Runs one such work at a time among all pages of the browser that share the store. */
  readonly alone?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Pages without TLS have no locks: then each is on its own. */
export function aloneInBrowser<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? navigator.locks.request('troupe.customer', work) : work();
}

const TOKEN = 'troupe.token';

export class ChatApi {
  readonly #fetch: Fetch;
  readonly #client: TroupeClient;
  readonly #opening: Opening;
  #token = '';
  #asking: Promise<Session> | null = null;

  constructor(fetchFrom: Fetch, opening: Opening) {
    this.#fetch = fetchFrom;
    this.#opening = opening;
    this.#client = new TroupeClient({
      key: () => this.#token,
      fetch: ((path: string, init: RequestInit) => this.#request(path, init)) as Fetch,
    });
  }

  /** What the chat says, with a new token behind it. Asked for twice at once, it is one customer who asks. */
  session(signal?: AbortSignal): Promise<Session> {
    this.#asking ??= this.#open(signal).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #open(signal?: AbortSignal): Promise<Session> {
    const { customerToken, store, alone = work => work() } = this.#opening;
    const publicKey = await this.#publicKey(signal);
    if (customerToken) {
      const { token, ...session } = await this.#ask(publicKey, await customerToken(), signal);
      this.#token = token;
      return session;
    }
    // Pages that open at once are one customer: each looks for what another has remembered, alone.
    return await alone(async () => {
      const kept = recallToken(store);
      const { token, ...session } = await this.#ask(publicKey, kept, signal);
      // Where no page can be alone, whoever remembered first is whom the others are.
      const rival = kept ? null : recallToken(store);
      this.#token = rival ?? token;
      if (!rival) rememberToken(store, token);
      return session;
    });
  }

  async #ask(publicKey: string, token: string | null, signal?: AbortSignal) {
    const open = new TroupeClient({ key: () => '', fetch: this.#fetch });
    const params = { publicKey, ...(token ? { token } : {}) };
    const response = await open.request('widgetsOpen', params, { signal: within(REQUEST_MS, signal) });
    const { expiresInSeconds: _, ...given } = await json<
      Session & { token: string; expiresInSeconds: number }
    >(response);
    return given;
  }

  async #publicKey(signal?: AbortSignal): Promise<string> {
    if (this.#opening.publicKey) return this.#opening.publicKey;
    const response = await this.#fetch('/web/session', {
      headers: { accept: 'application/json' },
      signal: within(REQUEST_MS, signal),
    });
    return (await json<{ publicKey: string }>(response)).publicKey;
  }

  /** Gives a file for a message; `progress` hears the share that has gone, 0 to 1. */
  async attach(
    file: { readonly name: string; readonly content: string },
    progress: (share: number) => void,
    signal: AbortSignal,
  ): Promise<Attachment> {
    const client = new TroupeClient({
      url: this.#opening.base ?? '',
      key: () => this.#token,
      fetch: this.#opening.uploading?.(progress) ?? this.#fetch,
    });
    const idempotencyKey = crypto.randomUUID();
    const send = () => client.request('attachmentsAdd', file, { signal, idempotencyKey });
    if (this.#token === '') await this.session();
    const response = await send();
    if (response.status !== 401) return json(response);
    await this.session();
    return json(await send());
  }

  async attachment(attachmentId: string): Promise<Attachment & { readonly content: string }> {
    return json(
      await this.#client.request('attachmentsGet', { attachmentId }, { signal: within(REQUEST_MS) }),
    );
  }

  /** Sends a message, as often as is needed: the platform answers the same id and body once. */
  async *send(
    { messageId, text, conversationId, attachments = [] }: Outbox,
    signal: AbortSignal,
  ): AsyncGenerator<StreamedEvent> {
    const body = JSON.stringify({
      message: text,
      ...(conversationId ? { conversationId } : {}),
      ...(attachments.length > 0 ? { attachments: attachments.map(({ id }) => id) } : {}),
    });
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

  async rate(conversationId: string, turn: number, rating: Thumb): Promise<void> {
    const response = await this.#client.request(
      'conversationRate',
      { conversationId, turn, rating },
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

  /** With the token of the session; asks for a new one when the old is not good any more. */
  async #request(path: string, init: RequestInit): Promise<Response> {
    const ask = async () =>
      this.#fetch(path, {
        ...init,
        headers: { accept: 'application/json', ...init.headers, authorization: `Bearer ${this.#token}` },
      });
    if (this.#token === '') await this.session();
    const response = await ask();
    if (response.status !== 401) return response;
    await response.body?.cancel();
    await this.session();
    return ask();
  }
}

function recallToken(store: Opening['store']): string | null {
  try {
    return store.getItem(TOKEN);
  } catch {
    return null; // a browser may refuse storage: the customer is then another after a reload
  }
}

function rememberToken(store: Opening['store'], token: string): void {
  try {
    store.setItem(TOKEN, token);
  } catch {
    // as above
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
