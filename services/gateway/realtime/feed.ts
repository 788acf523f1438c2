/**
 * One conversation heard by this node on behalf of all who subscribe to it here: the journal's events come once and
 * go to each subscriber, who is either live (is sent what comes) or behind (reads on from its own place, as fast as
 * its socket takes it, from the tail in memory or else from the journal, until it is live).
 *
 * Invariants:
 * 1. Each subscriber is sent each event after its place once, in order, whatever its socket's speed and whichever
 *    node the conversation moves to.
 * 2. Memory is bounded by the tail and by each connection's queue, however long the history.
 */
import { isAfter, placeOf, readAfter, WHOLE_ROW } from '../../../lib/core/realtime/event-place.ts';
import { Tail } from '../../../lib/core/realtime/tail.ts';
import { type Delta, DeltaEvent, DurableEvent, ENDS_PARTIAL, type HeardEvent } from './outgoing.ts';
import type { RealtimeMetrics } from './realtime-metrics.ts';
import type { Subscription } from './subscription.ts';

export interface Page {
  readonly events: readonly HeardEvent[];
  /** The page reads up to this journal position. */
  readonly upTo: number;
  /** The newest journal position there is. */
  readonly seq: number;
}

export interface FeedPorts {
  readonly metrics: RealtimeMetrics;
  /** Begins to hear the conversation after a journal position; the answer ends it. */
  watch(after: number, hear: (events: readonly HeardEvent[]) => boolean): Promise<() => void>;
  /** A page of events after a journal position, oldest first. */
  page(after: number): Promise<Page>;
  failed(error: unknown): void;
}

const TAIL_LIMITS = { events: 200, bytes: 131_072, partial: 100_000 } as const;
/** Events that a subscriber who is behind is sent before its socket is looked at again. */
const STEP = 50;
export class Feed {
  readonly conversationId: string;
  readonly #ports: FeedPorts;
  readonly #subscriptions = new Set<Subscription>();
  #tail: Tail<DurableEvent> | undefined;
  #unwatch = () => {};
  #hearing = 0;

  constructor(conversationId: string, ports: FeedPorts) {
    this.conversationId = conversationId;
    this.#ports = ports;
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /** Adds a subscriber that knows everything up to its place. Rejects when the conversation cannot be heard. */
  async add(subscription: Subscription): Promise<void> {
    this.#subscriptions.add(subscription);
    if (!this.#tail) {
      this.#tail = new Tail(TAIL_LIMITS, subscription.place);
      subscription.live = true;
      try {
        await this.hear();
      } catch (error) {
        this.#subscriptions.delete(subscription);
        if (this.#subscriptions.size === 0) this.#tail = undefined;
        throw error;
      }
      return;
    }
    this.catchUp(subscription);
  }

  remove(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
    subscription.connection.forget(this.conversationId);
    if (this.#subscriptions.size > 0) return;
    this.#hearing++;
    this.#unwatch();
    this.#tail = undefined;
  }

  /** Begins to hear, or begins anew after the conversation has moved or its node has gone. */
  async hear(): Promise<void> {
    const hearing = ++this.#hearing;
    this.#unwatch();
    const unwatch = await this.#ports.watch(readAfter(this.#tail!.head), events => {
      if (hearing !== this.#hearing) return false;
      for (const event of events) this.#take(event);
      return true;
    });
    if (hearing === this.#hearing) this.#unwatch = unwatch;
    else unwatch();
  }

  /** A connection gave up what waited of this conversation: its subscriber reads on once the socket takes more. */
  #fallBehind(subscription: Subscription): void {
    subscription.live = false;
    subscription.place = subscription.written;
  }

  /** Sends what the subscriber lacks for as long as its socket takes it; live once nothing lacks. */
  catchUp(subscription: Subscription): void {
    if (subscription.pumping || subscription.live) return;
    this.#pump(subscription).catch(error => this.#ports.failed(error));
  }

  async #pump(subscription: Subscription): Promise<void> {
    subscription.pumping = true;
    try {
      while (this.#subscriptions.has(subscription) && subscription.connection.clear) {
        const tail = this.#tail!;
        const near = tail.after(subscription.place, STEP);
        if (near?.length === 0) {
          this.#goLive(subscription);
          return;
        }
        this.#ports.metrics.resumed(near ? 'tail' : 'journal');
        if (near) this.#sendAll(subscription, near);
        else await this.#readOn(subscription);
      }
    } finally {
      // In the same step as the end: a socket that takes more right after it would else find nobody who reads on.
      subscription.pumping = false;
    }
  }

  /** False when the socket no longer took what there was: it goes on when it has drained. */
  #sendAll(subscription: Subscription, events: readonly DurableEvent[]): boolean {
    for (const event of events) {
      if (!subscription.connection.clear) return false;
      this.#sendTo(subscription, event);
    }
    return true;
  }

  async #readOn(subscription: Subscription): Promise<void> {
    const { place } = subscription;
    const { events, upTo, seq } = await this.#ports.page(readAfter(place));
    const missing = events.flatMap(event => {
      const at = placeOf(event.id);
      return at && isAfter(at, place) ? [new DurableEvent(this.conversationId, event, at)] : [];
    });
    if (!this.#sendAll(subscription, missing)) return;
    // Rows that tell nothing are passed; at the end of the journal nothing lies before the tail.
    const passed = upTo < seq ? { seq: upTo, index: WHOLE_ROW } : this.#tail!.from;
    if (!isAfter(passed, subscription.place)) return;
    subscription.place = passed;
    if (subscription.connection.clear) subscription.written = passed;
  }

  #goLive(subscription: Subscription): void {
    subscription.live = true;
    const partial = this.#tail!.partial;
    if (partial)
      subscription.connection.send(
        new DeltaEvent(this.conversationId, `${subscription.place.seq}.d0`, {
          turn: partial.turn,
          offset: 0,
          text: partial.text,
        }),
      );
  }

  #take(heard: HeardEvent): void {
    if (heard.event === 'moved') {
      this.hear().catch(error => this.#ports.failed(error));
      return;
    }
    const tail = this.#tail;
    if (!tail) return;
    if (heard.event === 'delta') {
      const { turn, offset, text } = heard.data as unknown as Delta;
      tail.hear(turn, offset, text);
      const item = new DeltaEvent(this.conversationId, heard.id, { turn, offset, text });
      for (const subscription of this.#subscriptions)
        if (subscription.live) subscription.connection.send(item);
      return;
    }
    const place = placeOf(heard.id);
    if (!place) return;
    const item = new DurableEvent(this.conversationId, heard, place);
    if (!tail.add(item)) return;
    if (ENDS_PARTIAL.has(heard.event)) tail.endPartial();
    for (const subscription of this.#subscriptions) if (subscription.live) this.#sendTo(subscription, item);
  }

  #sendTo(subscription: Subscription, item: DurableEvent): void {
    if (!isAfter(item.place, subscription.place)) return;
    const sent = subscription.connection.send(item);
    if (sent === 'overflow') this.#fallBehind(subscription);
    else subscription.place = item.place;
    if (sent === 'written') subscription.written = item.place;
  }
}
