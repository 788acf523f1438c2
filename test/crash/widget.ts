/**
 * A customer's widget as lean as it can be: asks once, hears the answer by a socket or by server-sent events, comes
 * back to another node when its connection is lost, resumes by the id of the last event it has, and keeps what it
 * was told. It shows an event once: what is told twice is counted and not shown.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { type EventPlace, isAfter, placeOf } from '../../lib/core/realtime/event-place.ts';

export interface Shown {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface WidgetOptions {
  readonly conversationId: string;
  readonly message: string;
  readonly apiKey: string;
  readonly by: 'socket' | 'sse';
  /** Where to connect for the n-th time. */
  readonly url: (attempt: number) => string;
}

const RETRY_MS = 250;
/** A server that does not answer a new connection for so long is tried elsewhere. */
const SILENCE_MS = 5_000;

export class Widget {
  readonly options: WidgetOptions;
  readonly shown: Shown[] = [];
  readonly answered: Promise<void>;
  /** Text of the answer under way, as a person sees it. */
  partial = '';
  toldTwice = 0;
  broken = 0;
  reconnects = 0;
  /** When something last came, and when the first thing came after `mark`. */
  mark = Number.POSITIVE_INFINITY;
  heardAgainAt: number | undefined;
  doneAt: number | undefined;
  #known: { readonly place: EventPlace; readonly id: string } | undefined;
  #attempts = 0;
  #accepted = false;
  #stopped = false;
  #connection: { destroy(): void } | undefined;
  readonly #done: () => void;

  constructor(options: WidgetOptions) {
    this.options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.answered = promise;
    this.#done = resolve;
  }

  get lostConnection(): boolean {
    return this.reconnects > 0;
  }

  start(): void {
    if (this.#stopped) return;
    const url = this.options.url(this.#attempts++);
    if (this.options.by === 'socket') this.#bySocket(url);
    else this.#byEvents(url);
  }

  /** Only listens, from an event on. */
  readFrom(id: string): void {
    this.#known = { place: placeOf(id)!, id };
    this.start();
  }

  stop(): void {
    this.#stopped = true;
    this.#connection?.destroy();
  }

  #again(): void {
    if (this.#stopped) return;
    this.reconnects++;
    setTimeout(() => this.start(), RETRY_MS * (0.5 + Math.random()));
  }

  #take(told: Shown): void {
    const now = performance.now();
    if (now > this.mark) this.heardAgainAt ??= now;
    if (told.event === 'delta') {
      const { offset, text } = told.data as { offset?: number; text: string };
      const at = offset ?? this.partial.length;
      if (at > this.partial.length) this.broken++;
      this.partial = this.partial.slice(0, at) + text;
      return;
    }
    const place = placeOf(told.id);
    if (!place) return;
    if (this.#known && !isAfter(place, this.#known.place)) {
      this.toldTwice++;
      return;
    }
    this.#known = { place, id: told.id };
    this.shown.push(told);
    if (told.event !== 'message') return;
    this.doneAt = now;
    this.#done();
  }

  #bySocket(url: string): void {
    const { conversationId, message, apiKey } = this.options;
    const ws = new WebSocket(`${url.replace('http', 'ws')}/ws/chat/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
      handshakeTimeout: SILENCE_MS,
    });
    this.#connection = { destroy: () => ws.terminate() };
    const ask = (number: number, name: string, params: object) =>
      ws.send(`42${number}${JSON.stringify([name, params])}`);
    const say = () => ask(2, 'message', { conversationId, messageId: `m-${conversationId}`, message });
    ws.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text === '2') ws.send('3');
      else if (text[0] === '0') ws.send(`40${JSON.stringify({ token: apiKey })}`);
      else if (text.startsWith('40')) {
        if (this.#known) ask(1, 'subscribe', { conversationId, after: this.#known.id });
        else say();
      } else if (text.startsWith('43')) {
        const [told] = JSON.parse(text.slice(text.indexOf('['))) as [{ ok: boolean }];
        if (!told.ok) ws.terminate();
        else if (text.startsWith('432')) this.#accepted = true;
        else if (!this.#accepted) say();
      } else if (text.startsWith('42')) this.#take(JSON.parse(text.slice(2))[1] as Shown);
    });
    ws.on('error', () => ws.terminate());
    ws.once('close', () => this.#again());
  }

  #byEvents(url: string): void {
    const { conversationId, message, apiKey } = this.options;
    const resumes = this.#known !== undefined;
    const path = resumes ? `/api/v1/chat/conversations/${conversationId}/events` : '/api/v1/chat/messages';
    const body = resumes ? '' : JSON.stringify({ conversationId, message });
    let ended = false;
    const again = () => {
      if (ended) return;
      ended = true;
      this.#again();
    };
    const request: ClientRequest = httpRequest(
      `${url}${path}`,
      {
        method: resumes ? 'GET' : 'POST',
        agent: false,
        headers: {
          authorization: `Bearer ${apiKey}`,
          accept: 'text/event-stream',
          ...(resumes
            ? { 'last-event-id': this.#known!.id }
            : { 'content-type': 'application/json', 'idempotency-key': `m-${conversationId}` }),
        },
      },
      response => this.#read(response, again),
    );
    this.#connection = request;
    request.on('error', again);
    request.end(body);
  }

  #read(response: IncomingMessage, ended: () => void): void {
    if (response.statusCode !== 200) {
      response.resume();
      ended();
      return;
    }
    let rest = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        const [id, event, data] = [field('id'), field('event'), field('data')];
        if (id && event && data) this.#take({ id, event, data: JSON.parse(data) });
      }
    });
    // The answer's stream ends with the answer; one that broke off is gone on with.
    response.on('end', () => this.doneAt === undefined && ended());
    response.on('error', ended);
    response.on('close', () => this.doneAt === undefined && ended());
  }
}
