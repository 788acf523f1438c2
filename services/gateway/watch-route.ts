/** GET /chat/conversations/:id/events: what has happened since an event, then what happens, across node changes. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ClientEvent } from '../../actors/conversation/client-events.ts';
import { watchConversation } from '../../lib/contracts/conversation.contracts.ts';
import { BEFORE_ALL, isAfter, placeOf, readAfter } from '../../lib/core/realtime/event-place.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import { callOptions, type Identity } from './authentication.ts';
import type { ChatPorts } from './chat-route.ts';
import { EventStream } from './event-stream.ts';
import { asProblem } from './problem.ts';

/** Not of a contract: it goes on for as long as the client listens. */
export const WATCH = {
  method: 'GET',
  path: '/chat/conversations/:conversationId/events',
  scope: 'chat',
} as const;

/** Watches that must be begun anew when a node has gone. */
export type Rewatch = Set<() => void>;

export async function watchRoute(
  ports: ChatPorts,
  rewatch: Rewatch,
  identity: Identity,
  conversationId: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { broker, streams, clock, limitMs } = ports;
  const { after } = request.query as { after?: string };
  let known = placeOf(String(request.headers['last-event-id'] ?? after ?? '0')) ?? BEFORE_ALL;
  const options = callOptions(identity, request);
  let events: EventStream | undefined;
  let close = () => {};

  const watch = async () => {
    close();
    const streamId = newId('stream');
    const early: ClientEvent[] = [];
    const write = (item: ClientEvent | { event: 'moved' }) => {
      if (item.event === 'moved') return void begin();
      const place = placeOf(item.id);
      if (place && item.event !== 'delta') {
        // A row is read again as a whole when some of its events are known.
        if (!isAfter(place, known)) return;
        known = place;
      }
      events!.write(item.id, item.event, item.data);
    };
    close = streams.open(streamId, items => {
      for (const item of items as readonly ClientEvent[]) {
        if (events) write(item);
        else early.push(item);
      }
      return events?.open ?? true;
    });
    await persistentCall(
      broker,
      watchConversation,
      { conversationId, after: readAfter(known), stream: { nodeId: broker.nodeID, streamId } },
      options,
      clock,
      limitMs,
    );
    // Only now is it known that the conversation exists, so that a 404 could still be said.
    events ??= new EventStream(request, reply);
    for (const item of early) write(item);
  };
  const begin = () => {
    watch().catch(error => {
      events?.write(`${known.seq}.e`, 'error', { ...asProblem(error, request.id).problem });
      events?.end();
    });
  };
  try {
    await watch();
  } catch (error) {
    close();
    throw error;
  }
  rewatch.add(begin);
  events!.onClose(() => {
    rewatch.delete(begin);
    close();
  });
  return reply;
}
