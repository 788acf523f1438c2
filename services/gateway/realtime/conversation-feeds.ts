/** The feeds of this node: one for each conversation that somebody here listens to, begun with the first and ended with the last. */
import type { CallingOptions, ServiceBroker } from 'moleculer';
import { conversationEvents, watchConversation } from '../../../lib/contracts/conversation.contracts.ts';
import type { Clock } from '../../../lib/kernel/clock.ts';
import { newId } from '../../../lib/kernel/ids.ts';
import { describeError, type Log } from '../../../lib/kernel/log.ts';
import { persistentCall } from '../../../lib/moleculer/persistent-call.ts';
import type { StreamRegistry } from '../../../lib/moleculer/streams.ts';
import { Feed, type Page } from './feed.ts';
import type { HeardEvent } from './outgoing.ts';
import type { RealtimeMetrics } from './realtime-metrics.ts';
import type { Subscription } from './subscription.ts';

export interface FeedsPorts {
  readonly broker: ServiceBroker;
  readonly streams: StreamRegistry;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: RealtimeMetrics;
  readonly limitMs: number;
}

export interface ConversationFeeds {
  /** A page of a conversation's events, read with the asker's own rights. */
  page(conversationId: string, after: number, options: CallingOptions): Promise<Page>;
  join(tenantId: string, conversationId: string, subscription: Subscription): Promise<Feed>;
  leave(tenantId: string, feed: Feed, subscription: Subscription): void;
  rehear(): void;
  close(): void;
}

export function conversationFeeds({
  broker,
  streams,
  clock,
  log,
  metrics,
  limitMs,
}: FeedsPorts): ConversationFeeds {
  const feeds = new Map<string, Feed>();
  const keyOf = (tenantId: string, conversationId: string) => `${tenantId}/${conversationId}`;
  const failed = (error: unknown) => log.warn('realtime.feed-failed', describeError(error));

  async function page(conversationId: string, after: number, options: CallingOptions): Promise<Page> {
    const { events, upTo, seq } = await persistentCall(
      broker,
      conversationEvents,
      { conversationId, after },
      options,
      clock,
      limitMs,
    );
    return { events: events as readonly HeardEvent[], upTo, seq };
  }

  function open(tenantId: string, conversationId: string): Feed {
    const options = { meta: { tenantId } } as CallingOptions;
    return new Feed(conversationId, {
      metrics,
      failed,
      page: after => page(conversationId, after, options),
      async watch(after, hear) {
        const streamId = newId('stream');
        const close = streams.open(streamId, items => hear(items as readonly HeardEvent[]));
        try {
          const stream = { nodeId: broker.nodeID, streamId };
          await persistentCall(
            broker,
            watchConversation,
            { conversationId, after, stream },
            options,
            clock,
            limitMs,
          );
        } catch (error) {
          close();
          throw error;
        }
        return close;
      },
    });
  }

  return {
    page,
    async join(tenantId, conversationId, subscription) {
      const key = keyOf(tenantId, conversationId);
      let feed = feeds.get(key);
      if (!feed) {
        feed = open(tenantId, conversationId);
        feeds.set(key, feed);
      }
      try {
        await feed.add(subscription);
      } finally {
        if (feed.size === 0) feeds.delete(key);
      }
      return feed;
    },
    leave(tenantId, feed, subscription) {
      feed.remove(subscription);
      const key = keyOf(tenantId, feed.conversationId);
      if (feed.size === 0 && feeds.get(key) === feed) feeds.delete(key);
    },
    rehear() {
      for (const feed of feeds.values()) feed.hear().catch(failed);
    },
    close() {
      feeds.clear();
    },
  };
}
