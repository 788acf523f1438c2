/** The platform's HTTP API, as far as the inbox needs it. Throws `Refusal` when refused, else what `fetch` throws. */
import { Refusal } from '../chat/api.ts';
import { parseJson, problemOf } from '../chat/wire.ts';
import type { JournalRow, ListedRow, Signed } from './types.ts';

const REQUEST_MS = 15_000;
/** Rows of a journal asked for at once, and pages of it that are read. */
const PAGE = 500;
const MOST_PAGES = 40;

export interface ListPage {
  readonly conversations: readonly ListedRow[];
  readonly next: string | null;
}

export class InboxApi {
  readonly signed: Signed;

  constructor(signed: Signed) {
    this.signed = signed;
  }

  list(query: Readonly<Record<string, string>>): Promise<ListPage> {
    return this.#ask('GET', `/chat/conversations?${new URLSearchParams({ limit: '100', ...query })}`);
  }

  /** Rows of a journal after a position, in order. */
  async rows(id: string, after: number): Promise<readonly JournalRow[]> {
    const all: JournalRow[] = [];
    let from = after + 1;
    for (let page = 0; page < MOST_PAGES; page++) {
      const rows = await this.#page(id, from, PAGE);
      all.push(...rows);
      if (rows.length < PAGE) break;
      from = all.at(-1)!.seq + 1;
    }
    return all;
  }

  /** What the customer said first; empty while nothing was said. */
  async subject(id: string): Promise<string> {
    for (const { events } of await this.#page(id, 1, 3))
      for (const event of events)
        if (event.type === 'MessageReceived' && typeof event.text === 'string')
          return event.text.slice(0, 200);
    return '';
  }

  takeOver(id: string): Promise<unknown> {
    return this.#ask('POST', `${path(id)}/takeover`, { by: this.signed.by });
  }

  handBack(id: string): Promise<unknown> {
    return this.#ask('POST', `${path(id)}/handback`, { by: this.signed.by });
  }

  /** The same messageId is said once, however often it is sent. */
  reply(id: string, messageId: string, text: string): Promise<unknown> {
    return this.#ask('POST', `${path(id)}/reply`, { by: this.signed.by, messageId, text });
  }

  async #page(id: string, fromSeq: number, limit: number): Promise<readonly JournalRow[]> {
    const { rows } = await this.#ask<{ rows: readonly JournalRow[] }>(
      'GET',
      `${path(id)}/history?fromSeq=${fromSeq}&limit=${limit}`,
    );
    return rows;
  }

  async #ask<T>(method: string, where: string, body?: object): Promise<T> {
    const response = await fetch(`/api/v1${where}`, {
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${this.signed.key}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    if (response.ok) return (await response.json()) as T;
    const told = parseJson(await response.text());
    throw new Refusal(problemOf(told, response.status, response.headers.get('retry-after')));
  }
}

function path(id: string): string {
  return `/chat/conversations/${encodeURIComponent(id)}`;
}
