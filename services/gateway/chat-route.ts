/** POST /chat/messages: one message, its answer as JSON or as a stream of events. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceBroker } from 'moleculer';
import type { ClientEvent } from '../../actors/conversation/client-events.ts';
import type { ParamsOf, ResultOf } from '../../lib/contracts/contract.ts';
import { sendMessage } from '../../lib/contracts/conversation.contracts.ts';
import type { chatMessage } from '../../lib/contracts/platform.contracts.ts';
import { conversationForCustomer } from '../../lib/core/identity/customer-conversation.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { idOfDigest, newId } from '../../lib/kernel/ids.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';
import type { StreamRegistry } from '../../lib/moleculer/streams.ts';
import type { Attachments } from './attachments.ts';
import { callOptions, customerOf, type Identity } from './authentication.ts';
import { EventStream } from './event-stream.ts';
import { idempotencyKey } from './idempotency.ts';
import { asProblem } from './problem.ts';

type Body = ParamsOf<typeof chatMessage>;
type Sent = ResultOf<typeof sendMessage>;

export interface ChatPorts {
  readonly broker: ServiceBroker;
  readonly streams: StreamRegistry;
  readonly clock: Clock;
  readonly limitMs: number;
  readonly attachments: Attachments;
}

/** A key that comes again must find the conversation that it began: so a new conversation's id is made of it and its sender. */
function conversationOf({ tenantId, subject }: Identity, key: string): string {
  return idOfDigest('conversation', createHash('sha256').update(`${tenantId} ${subject.id} ${key}`).digest());
}

export async function chatRoute(
  ports: ChatPorts,
  identity: Identity,
  body: Body,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { broker, clock, limitMs } = ports;
  const key = idempotencyKey(request.headers['idempotency-key']);
  const messageId = key ?? newId('message');
  const conversationId =
    body.conversationId ??
    conversationForCustomer(
      customerOf(identity),
      key ? conversationOf(identity, key) : newId('conversation'),
    );
  const params = {
    conversationId,
    messageId,
    text: body.message,
    ...(body.agent ? { agent: body.agent } : {}),
    ...(body.attachments?.length
      ? { attachments: await ports.attachments.claim(body.attachments, conversationId, identity) }
      : {}),
  };
  const options = { ...callOptions(identity, request), timeout: limitMs };

  if (!wantsEvents(request)) {
    const sent = await persistentCall(broker, sendMessage, params, options, clock, limitMs);
    if (sent.status === 'failed') throw failureOf(sent);
    return reply.send(answerOf(sent));
  }

  const streamId = newId('stream');
  const events = new EventStream(request, reply);
  const from = lastSeen(request);
  let ended = false;
  const close = ports.streams.open(streamId, items => {
    for (const item of items as readonly ClientEvent[]) {
      if (ended) return false;
      // Asked for again after a broken connection: what was heard is not told twice.
      if (Number.parseInt(item.id, 10) <= from) continue;
      // The conversation may be heard answering an earlier message first: only our own answer ends the stream.
      events.write(item.id, item.event, item.data);
    }
    return events.open;
  });
  try {
    const sent = await persistentCall(
      broker,
      sendMessage,
      { ...params, stream: { nodeId: broker.nodeID, streamId } },
      options,
      clock,
      limitMs,
    );
    ended = true;
    if (sent.status === 'failed')
      events.write(`${sent.seq}.f`, 'error', { ...asProblem(failureOf(sent), request.id).problem });
    else if (sent.message)
      events.writeOnce(
        `${sent.seq}.m`,
        'message',
        answerOf(sent),
        data => (data.message as { id?: string } | null)?.id === sent.message!.id,
      );
    else events.write(`${sent.seq}.s`, 'status', { conversationId, status: sent.status });
  } catch (error) {
    ended = true;
    events.write('e', 'error', { ...asProblem(error, request.id).problem });
  } finally {
    close();
    events.end();
  }
  return reply;
}

export function answerOf(sent: Sent): Record<string, unknown> {
  return {
    conversationId: sent.conversationId,
    turn: sent.turn,
    status: sent.status,
    message: sent.message,
    usage: sent.usage,
  };
}

/** A turn that failed stays failed under its key: the code says so, whatever passing trouble it was. */
export function failureOf(sent: Sent): TroupeError {
  const { failure } = sent;
  if (failure === 'cancelled') return new TroupeError('conflict', 'The answer was cancelled');
  if (failure === 'taken-over')
    return new TroupeError('conflict', 'A person has taken the conversation over');
  return new TroupeError(
    'answer-failed',
    'The agent could not answer; a person has been asked to look. Send the message again with another key',
  );
}

/** The journal position in `Last-Event-ID`; 0 without one. */
export function lastSeen(request: FastifyRequest): number {
  const seq = Number.parseInt(String(request.headers['last-event-id'] ?? '0'), 10);
  return Number.isSafeInteger(seq) && seq > 0 ? seq : 0;
}

export function wantsEvents(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').includes('text/event-stream');
}
