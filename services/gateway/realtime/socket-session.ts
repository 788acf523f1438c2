/** One client's requests over its socket: checked by schema, limited, answered by acknowledgement. */
import type { CallingOptions } from 'moleculer';
import type { Socket } from 'socket.io';
import type { ParamsOf } from '../../../lib/contracts/contract.ts';
import { noticeTyping, sendMessage } from '../../../lib/contracts/conversation.contracts.ts';
import { markRead } from '../../../lib/contracts/operations.contracts.ts';
import * as realtime from '../../../lib/contracts/realtime.ts';
import { conversationForCustomer } from '../../../lib/core/identity/customer-conversation.ts';
import { type EventPlace, isAfter, placeOf, WHOLE_ROW } from '../../../lib/core/realtime/event-place.ts';
import { TroupeError } from '../../../lib/kernel/errors.ts';
import { newId } from '../../../lib/kernel/ids.ts';
import { call } from '../../../lib/moleculer/action.ts';
import { persistentCall } from '../../../lib/moleculer/persistent-call.ts';
import { customerOf, type Identity, metaOf } from '../authentication.ts';
import { Connection } from './connection.ts';
import type { ConversationFeeds } from './conversation-feeds.ts';
import { joinRooms, leaveRooms, tellOthers, whoIsThere } from './conversation-rooms.ts';
import type { Feed } from './feed.ts';
import { DurableEvent } from './outgoing.ts';
import { answerRequests } from './socket-requests.ts';
import type { RealtimePorts } from './socket-server.ts';
import { Subscription } from './subscription.ts';

const MOST_SUBSCRIPTIONS = 100;

interface Subscribed {
  readonly feed: Feed;
  readonly subscription: Subscription;
}

export class SocketSession {
  readonly #socket: Socket;
  readonly #identity: Identity;
  readonly #feeds: ConversationFeeds;
  readonly #ports: RealtimePorts;
  readonly #connection: Connection;
  readonly #subscribed = new Map<string, Subscribed>();
  /** Subscriptions under way, so that two at once for one conversation are one. */
  readonly #subscribing = new Map<string, Promise<unknown>>();
  #ended = false;

  constructor(socket: Socket, identity: Identity, feeds: ConversationFeeds, ports: RealtimePorts) {
    this.#socket = socket;
    this.#identity = identity;
    this.#feeds = feeds;
    this.#ports = ports;
    this.#connection = new Connection(socket, ports.metrics, {
      written: item => {
        const subscribed = item instanceof DurableEvent ? this.#subscribed.get(item.topic) : undefined;
        if (subscribed) subscribed.subscription.written = (item as DurableEvent).place;
      },
      drained: () => {
        for (const { feed, subscription } of this.#subscribed.values()) feed.catchUp(subscription);
      },
    });
  }

  begin(): void {
    const on = answerRequests(this.#socket, this.#ports);
    on('subscribe', realtime.subscribeParams, params => this.#subscribe(params));
    on('unsubscribe', realtime.conversationParams, async ({ conversationId }) => {
      this.#unsubscribe(conversationId);
      return {};
    });
    on('message', realtime.messageParams, params => this.#message(params));
    on('typing', realtime.typingParams, params => this.#typing(params));
    on('read', realtime.readParams, params => this.#read(params));
    on('presence', realtime.conversationParams, ({ conversationId }) => this.#presence(conversationId));
  }

  end(): void {
    this.#ended = true;
    for (const conversationId of [...this.#subscribed.keys()]) this.#unsubscribe(conversationId);
  }

  #options(): CallingOptions {
    return { requestID: newId('request'), meta: metaOf(this.#identity) };
  }

  async #subscribe({ conversationId, after = '0' }: realtime.SubscribeParams): Promise<object> {
    const asked = placeOf(after);
    if (!asked) throw new TroupeError('validation-failed', 'after is the id of an event, such as 12.0');
    await this.#subscribing.get(conversationId);
    // Read with the asker's own rights: whoever may not see the conversation learns nothing of it.
    const { seq } = await this.#feeds.page(conversationId, asked.seq, this.#options());
    const joining = this.#join(
      conversationId,
      isAfter(asked, { seq, index: WHOLE_ROW }) ? { seq, index: WHOLE_ROW } : asked,
    );
    this.#subscribing.set(conversationId, joining);
    try {
      await joining;
    } finally {
      this.#subscribing.delete(conversationId);
    }
    return { conversationId, seq };
  }

  async #join(conversationId: string, place: EventPlace): Promise<void> {
    const { tenantId } = this.#identity;
    this.#unsubscribe(conversationId);
    if (this.#subscribed.size >= MOST_SUBSCRIPTIONS)
      throw new TroupeError('rate-limited', `A socket hears at most ${MOST_SUBSCRIPTIONS} conversations`);
    const subscription = new Subscription(this.#connection, place);
    const feed = await this.#feeds.join(tenantId, conversationId, subscription);
    if (this.#ended) return this.#feeds.leave(tenantId, feed, subscription);
    this.#subscribed.set(conversationId, { feed, subscription });
    await joinRooms(this.#socket, conversationId);
  }

  #unsubscribe(conversationId: string): void {
    const subscribed = this.#subscribed.get(conversationId);
    if (!subscribed) return;
    this.#subscribed.delete(conversationId);
    this.#feeds.leave(this.#identity.tenantId, subscribed.feed, subscribed.subscription);
    if (!this.#ended) leaveRooms(this.#socket, conversationId);
  }

  /** Acknowledged once the message is on disk; what becomes of it comes as events. */
  async #message({
    conversationId = conversationForCustomer(customerOf(this.#identity), newId('conversation')),
    messageId,
    message,
    agent,
  }: realtime.MessageParams): Promise<object> {
    await this.#ports.admitMessage(this.#identity);
    const { broker, clock, limitMs } = this.#ports;
    const params = {
      conversationId,
      messageId,
      text: message,
      ...(agent ? { agent } : {}),
      wait: 'accepted' as const,
    };
    const { seq, duplicate, status } = await persistentCall(
      broker,
      sendMessage,
      params,
      this.#options(),
      clock,
      limitMs,
    );
    if (!this.#subscribed.has(conversationId) && !this.#subscribing.has(conversationId))
      await this.#subscribe({ conversationId, after: String(Math.max(0, seq - 1)) });
    return { conversationId, messageId, seq, duplicate, status };
  }

  async #typing({ conversationId, typing = 'begins' }: realtime.TypingParams): Promise<object> {
    this.#requireSubscribed(conversationId);
    const person = this.#isPerson();
    if (!person && typing === 'begins')
      await call(this.#ports.broker, noticeTyping, { conversationId }, this.#options());
    tellOthers(this.#socket, conversationId, 'typing', { who: person ? 'person' : 'customer', typing });
    return {};
  }

  async #read({ conversationId, seq }: realtime.ReadParams): Promise<object> {
    this.#requireSubscribed(conversationId);
    const who = this.#isPerson() ? 'person' : 'customer';
    const marks = await this.#marks({ conversationId, reader: who, seq });
    tellOthers(this.#socket, conversationId, 'read', { who, seq });
    return marks;
  }

  async #marks(params: ParamsOf<typeof markRead>): Promise<object> {
    return await call(this.#ports.broker, markRead, params, this.#options());
  }

  async #presence(conversationId: string): Promise<object> {
    this.#requireSubscribed(conversationId);
    const there = await whoIsThere(this.#socket, conversationId);
    return { ...there, read: await this.#marks({ conversationId, reader: 'customer' }) };
  }

  #isPerson(): boolean {
    return this.#socket.data.person === true;
  }

  #requireSubscribed(conversationId: string): void {
    if (!this.#subscribed.has(conversationId))
      throw new TroupeError('conflict', 'Subscribe to the conversation first');
  }
}
