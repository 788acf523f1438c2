/** The platform, as far as the inbox needs it, through the client that its contracts give. */
import type { TroupeClient } from '@troupe/client';
import type { ListQuery } from './queue.ts';
import type { JournalRow, ListedRow } from './types.ts';

/** Rows of a journal asked for at once, and pages of it that are read. */
const PAGE = 500;
const MOST_PAGES = 40;

export interface ListPage {
  readonly conversations: readonly ListedRow[];
  readonly next: string | null;
}

export class InboxApi {
  readonly client: TroupeClient;
  readonly by: string;

  constructor(client: TroupeClient, by: string) {
    this.client = client;
    this.by = by;
  }

  list(query: ListQuery & { readonly cursor?: string }): Promise<ListPage> {
    return this.client.call('chatList', { limit: 100, ...query });
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

  takeOver(conversationId: string): Promise<unknown> {
    return this.client.call('conversationTakeOver', { conversationId, by: this.by });
  }

  handBack(conversationId: string): Promise<unknown> {
    return this.client.call('conversationHandBack', { conversationId, by: this.by });
  }

  /** Only while it is still whose it was when this was decided. */
  assign(conversationId: string, to: string | null, expected: string | null): Promise<unknown> {
    return this.client.call('conversationAssign', { conversationId, to, expected, by: this.by });
  }

  /** The same messageId is said once, however often it is sent. */
  reply(
    conversationId: string,
    messageId: string,
    text: string,
    attachments: readonly string[] = [],
  ): Promise<unknown> {
    const files = attachments.length > 0 ? { attachments: [...attachments] } : {};
    const params = { conversationId, messageId, text, by: this.by, ...files };
    return this.client.call('conversationReply', params, { idempotencyKey: messageId });
  }

  note(conversationId: string, noteId: string, text: string): Promise<unknown> {
    const params = { conversationId, noteId, text, by: this.by };
    return this.client.call('conversationNote', params, { idempotencyKey: noteId });
  }

  whisper(conversationId: string, key: string, text: string): Promise<unknown> {
    const params = { conversationId, text, by: this.by };
    return this.client.call('conversationWhisper', params, { idempotencyKey: key });
  }

  async #page(conversationId: string, fromSeq: number, limit: number): Promise<readonly JournalRow[]> {
    const { rows } = await this.client.call('conversationHistory', { conversationId, fromSeq, limit });
    return rows as readonly JournalRow[];
  }
}
