/**
 * Reads `text/event-stream` from a fetch body (WHATWG HTML, "Server-sent events").
 * EventSource cannot send a POST or an Authorization header, so the page parses the stream itself.
 */

export interface SseEvent {
  readonly type: string;
  readonly data: string;
  /** The last id seen on this stream: an event without one has its predecessor's. */
  readonly id: string;
}

/** An event that is longer than this ends the stream. Characters. */
const EVENT_LIMIT = 2_000_000;

export class SseOverflow extends Error {
  override readonly name = 'SseOverflow';
}

/** Takes text in pieces of any size and gives the events that are complete. */
export class SseParser {
  #line = '';
  #afterCarriageReturn = false;
  #type = '';
  #data: string[] = [];
  #size = 0;
  #id = '';
  #first = true;

  push(piece: string): SseEvent[] {
    const events: SseEvent[] = [];
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const character = piece[at];
      const isLineFeed = character === '\n';
      if (isLineFeed && this.#afterCarriageReturn) {
        // The second half of CR LF, which may have come in two pieces.
        this.#afterCarriageReturn = false;
        from = at + 1;
        continue;
      }
      this.#afterCarriageReturn = character === '\r';
      if (!isLineFeed && character !== '\r') continue;
      const event = this.#endLine(this.#line + piece.slice(from, at));
      if (event) events.push(event);
      this.#line = '';
      from = at + 1;
    }
    this.#line += piece.slice(from);
    if (this.#line.length + this.#size > EVENT_LIMIT) throw new SseOverflow('An event is too long');
    return events;
  }

  #endLine(raw: string): SseEvent | null {
    const line = this.#first && raw.startsWith('\uFEFF') ? raw.slice(1) : raw;
    this.#first = false;
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const rest = colon < 0 ? '' : line.slice(colon + 1);
    const value = rest.startsWith(' ') ? rest.slice(1) : rest;
    if (field === 'event') this.#type = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'data') {
      this.#data.push(value);
      this.#size += value.length;
    }
    return null;
  }

  #dispatch(): SseEvent | null {
    const event = this.#data.length > 0 && {
      type: this.#type || 'message',
      data: this.#data.join('\n'),
      id: this.#id,
    };
    this.#type = '';
    this.#data = [];
    this.#size = 0;
    return event || null;
  }
}

/** The events of a body, until it ends. An event that the end cuts off is dropped. */
export async function* readSse(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent> {
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Lets the platform know that nobody reads any more; a body that broke has nothing to cancel.
    reader.cancel().catch(() => undefined);
  }
}
