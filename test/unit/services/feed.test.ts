// Protects: each subscriber of a conversation is sent each event once and in order, however its socket behaves and whatever moves.
import { expect } from 'chai';
import fc from 'fast-check';
import { placeOf } from '../../../lib/core/realtime/event-place.ts';
import type { Connection, Sent } from '../../../services/gateway/realtime/connection.ts';
import { Feed } from '../../../services/gateway/realtime/feed.ts';
import { DurableEvent, type HeardEvent, type Outgoing } from '../../../services/gateway/realtime/outgoing.ts';
import { Subscription } from '../../../services/gateway/realtime/subscription.ts';

/** A socket that takes what it is sent while it is willing, and holds `room` items while it is not. */
class FakeConnection {
  willing = true;
  readonly room: number;
  readonly taken: Outgoing[] = [];
  subscription: Subscription | undefined;
  feed: Feed | undefined;
  #waiting: Outgoing[] | undefined;

  constructor(room: number) {
    this.room = room;
  }

  get clear(): boolean {
    return this.#waiting === undefined;
  }

  send(item: Outgoing): Sent {
    if (this.#waiting === undefined && this.willing) {
      this.taken.push(item);
      return 'written';
    }
    this.#waiting ??= [];
    if (this.#waiting.length < this.room) {
      this.#waiting.push(item);
      return 'waits';
    }
    if (item.policy !== 'must') return 'waits';
    this.#waiting = [];
    return 'overflow';
  }

  forget(): void {
    if (this.#waiting) this.#waiting = [];
  }

  take(): void {
    this.willing = true;
    if (!this.#waiting) return;
    for (const item of this.#waiting) {
      this.taken.push(item);
      if (item instanceof DurableEvent && this.subscription) this.subscription.written = item.place;
    }
    this.#waiting = undefined;
    this.feed?.catchUp(this.subscription!);
  }

  get ids(): string[] {
    return this.taken
      .filter(item => item instanceof DurableEvent)
      .map(({ place }) => `${place.seq}.${place.index}`);
  }

  get text(): string {
    let text = '';
    for (const { packet } of this.taken) {
      const [, { event, data }] = JSON.parse(packet.slice(1)) as [string, HeardEvent];
      if (event === 'delta' && (data.offset as number) <= text.length)
        text = text.slice(0, data.offset as number) + (data.text as string);
    }
    return text;
  }
}

/** A conversation whose journal grows by `commit`, watched as `conversation.watch` does it. */
class FakeConversation {
  readonly rows: HeardEvent[][] = [];
  readonly #watches = new Set<(events: readonly HeardEvent[]) => boolean>();
  readonly feed = new Feed('cnv', {
    metrics: { connections: { inc() {}, dec() {} }, dropped() {}, sendFailed() {}, resumed() {} },
    failed: error => {
      throw error;
    },
    watch: async (after, hear) => {
      for (const events of this.rows.slice(after)) hear(events);
      this.#watches.add(hear);
      return () => this.#watches.delete(hear);
    },
    page: async after => {
      const rows = this.rows.slice(after, after + 3);
      return { events: rows.flat(), upTo: after + rows.length, seq: this.rows.length };
    },
  });

  #tell(events: readonly HeardEvent[]): void {
    for (const hear of this.#watches) if (!hear(events)) this.#watches.delete(hear);
  }

  commit(count: number): void {
    const seq = this.rows.length + 1;
    const row = Array.from({ length: count }, (_, n) => ({
      id: `${seq}.${n}`,
      event: 'status',
      data: { fill: 'x'.repeat(1_000) },
    }));
    this.rows.push(row);
    this.#tell(row);
  }

  stream(offset: number, text: string): void {
    this.#tell([{ id: `${this.rows.length}.d${offset}`, event: 'delta', data: { turn: 1, offset, text } }]);
  }

  move(): void {
    const watches = [...this.#watches];
    for (const hear of watches) hear([{ id: '0.e', event: 'moved', data: {} }]);
  }

  get ids(): string[] {
    return this.rows.flat().map(({ id }) => id);
  }

  async subscribe(connection: FakeConnection, after: string): Promise<void> {
    const subscription = new Subscription(connection as unknown as Connection, placeOf(after)!);
    connection.subscription = subscription;
    connection.feed = this.feed;
    await this.feed.add(subscription);
  }
}

const settle = () => new Promise(resolve => setImmediate(resolve));

/** The socket of one that reads on takes more in the very step in which it has become live and fallen behind again. */
const DRAINED_AT_THE_END = [
  { do: 'subscribe', after: 0, index: 1 },
  { do: 'subscribe', after: 0, index: 0 },
  { do: 'subscribe', after: 0, index: 0 },
  { do: 'stop', who: 2 },
  { do: 'commit', count: 2 },
  { do: 'commit', count: 2 },
  { do: 'commit', count: 1 },
] as const;

describe('a feed', () => {
  it('sends every subscriber every event after its place once, in order, whatever happens', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('commit' as const), count: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ do: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 3 }) }),
      fc.record({
        do: fc.constantFrom('stop' as const, 'take' as const),
        who: fc.integer({ min: 0, max: 3 }),
      }),
      fc.record({
        do: fc.constant('subscribe' as const),
        after: fc.integer({ min: 0, max: 40 }),
        index: fc.integer({ min: 0, max: 3 }),
      }),
      fc.record({ do: fc.constant('move' as const) }),
      fc.record({ do: fc.constant('settle' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async steps => {
        const conversation = new FakeConversation();
        const clients: { connection: FakeConnection; after: { seq: number; index: number } }[] = [];
        for (const each of steps) {
          if (each.do === 'commit') conversation.commit(each.count);
          else if (each.do === 'move') conversation.move();
          else if (each.do === 'settle') await settle();
          else if (each.do === 'stop') {
            const client = clients[each.who];
            if (client) client.connection.willing = false;
          } else if (each.do === 'take') clients[each.who]?.connection.take();
          else if (each.do === 'subscribe' && clients.length < 4) {
            const after = { seq: Math.min(each.after, conversation.rows.length), index: each.index };
            const connection = new FakeConnection(4);
            clients.push({ connection, after });
            await conversation.subscribe(connection, `${after.seq}.${after.index}`);
          }
        }
        for (let round = 0; round < 60; round++) {
          for (const { connection } of clients) connection.take();
          await settle();
        }
        for (const { connection, after } of clients) {
          const expected = conversation.ids.filter(id => {
            const { seq, index } = placeOf(id)!;
            return seq > after.seq || (seq === after.seq && index > after.index);
          });
          expect(connection.ids).to.deep.equal(expected);
        }
      }),
      { numRuns: 2_000, examples: [[[...DRAINED_AT_THE_END]]] },
    );
  });

  it('gives who comes in the middle of an answer the whole text of it so far', async () => {
    const conversation = new FakeConversation();
    const first = new FakeConnection(4);
    await conversation.subscribe(first, '0');
    conversation.commit(1);
    conversation.stream(0, 'Thirty');
    conversation.stream(6, ' days');
    const late = new FakeConnection(4);
    await conversation.subscribe(late, '0');
    await settle();
    conversation.stream(11, '.');
    expect(first.text).to.equal('Thirty days.');
    expect(late.text).to.equal('Thirty days.');
  });

  it('reads a long history page by page from the journal', async () => {
    const conversation = new FakeConversation();
    for (let n = 0; n < 500; n++) conversation.commit(1);
    const first = new FakeConnection(4);
    await conversation.subscribe(first, '500');
    const second = new FakeConnection(4);
    await conversation.subscribe(second, '0');
    for (let round = 0; round < 400; round++) await settle();
    expect(second.ids).to.deep.equal(conversation.ids);
    expect(first.ids).to.deep.equal([]);
  });
});
