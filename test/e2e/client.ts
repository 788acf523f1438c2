/** A client of the platform's HTTP interface, as a tenant's program would write one. */
import { expect } from 'chai';

export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export interface Answer {
  readonly conversationId: string;
  readonly turn: number;
  readonly status: string;
  readonly message: {
    readonly id: string;
    readonly role: string;
    readonly text: string;
    readonly citations: readonly { documentId: string; title: string; quote: string }[];
    readonly toolCalls: readonly { name: string; status: string }[];
  };
  readonly usage: { readonly tier: string; readonly inputTokens: number; readonly outputTokens: number };
}

export interface Conversation {
  readonly id: string;
  readonly status: string;
  readonly answering: boolean;
  readonly messages: readonly { id: string; role: string; text: string; turn: number }[];
}

export interface SearchResults {
  readonly results: readonly { documentId: string; title: string; text: string; score: number }[];
}

export class Client {
  readonly url: string;
  readonly apiKey: string;

  constructor(url: string, apiKey: string) {
    this.url = url;
    this.apiKey = apiKey;
  }

  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    return fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The body of a success; anything else fails the test with what was said. */
  async #done<T>(response: Response): Promise<T> {
    const text = await response.text();
    expect(response.ok, `${response.status}: ${text}`).to.equal(true);
    return JSON.parse(text) as T;
  }

  async ask(
    message: string,
    { conversationId, key }: { conversationId?: string; key?: string } = {},
  ): Promise<Answer> {
    const body = { message, ...(conversationId ? { conversationId } : {}) };
    return await this.#done(
      await this.request('POST', '/chat/messages', body, key ? { 'idempotency-key': key } : {}),
    );
  }

  async stream(
    message: string,
    { conversationId, key }: { conversationId?: string; key?: string } = {},
  ): Promise<ServerEvent[]> {
    const body = { message, ...(conversationId ? { conversationId } : {}) };
    const response = await this.request('POST', '/chat/messages', body, {
      accept: 'text/event-stream',
      ...(key ? { 'idempotency-key': key } : {}),
    });
    expect(response.headers.get('content-type')).to.match(/^text\/event-stream/);
    const events: ServerEvent[] = [];
    for await (const event of eventsOf(response)) events.push(event);
    return events;
  }

  async conversation(id: string): Promise<Conversation> {
    return await this.#done(await this.request('GET', `/chat/conversations/${id}`));
  }

  async ingest(title: string, text: string): Promise<{ id: string; chunks: number }> {
    return await this.#done(await this.request('POST', '/ingestion/documents', { title, text }));
  }

  async search(query: string): Promise<SearchResults['results']> {
    return (await this.#done<SearchResults>(await this.request('POST', '/ingestion/search', { query })))
      .results;
  }

  async documents(): Promise<readonly { id: string; title: string }[]> {
    const page = await this.#done<{ documents: { id: string; title: string }[] }>(
      await this.request('GET', '/ingestion/documents?limit=200'),
    );
    return page.documents;
  }
}

/** Events as they come (WHATWG HTML, section 9.2; what the platform sends of it). */
export async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  let text = '';
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
      );
      text = text.slice(end + 2);
      if (fields.has('event'))
        yield {
          id: fields.get('id') ?? '',
          event: fields.get('event')!,
          data: JSON.parse(fields.get('data') ?? '{}') as Record<string, unknown>,
        };
    }
  }
}

/** Looks again and again until it is so. Fails with what it last saw. */
export async function until<T>(
  look: () => Promise<T>,
  isSo: (seen: T) => boolean,
  limitMs = 15_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > end)
      throw new Error(`not so within ${limitMs} ms; last seen: ${JSON.stringify(seen).slice(0, 2_000)}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** The demo tenant's public key, as its pages have it. */
export async function demoPublicKey(url: string): Promise<string> {
  return ((await (await fetch(`${url}/web/session`)).json()) as { publicKey: string }).publicKey;
}

/** A token for a customer, as a page of the platform itself gets one. */
export async function widgetToken(url: string, token?: string): Promise<string> {
  const publicKey = await demoPublicKey(url);
  const response = await fetch(`${url}/api/v1/widget/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ publicKey, ...(token ? { token } : {}) }),
  });
  return ((await response.json()) as { token: string }).token;
}
