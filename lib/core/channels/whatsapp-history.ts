/**
 * Chats of before the number was connected: `history: [{metadata, threads: [{id, messages}]}]`, in chunks.
 * Source: WhatsApp Business Platform, "Onboarding WhatsApp Business app users", webhook field `history`.
 */
import { toEvent } from './event.ts';
import { at, field, firstId, id, list, text } from './fields.ts';
import { isObject, type Json } from './json.ts';
import type { InboundEvent } from './message.ts';
import { reduced } from './meta.ts';
import type { Place } from './whatsapp-account.ts';
import { faultsOf, messageDraft } from './whatsapp-message.ts';

type Slice = (kept: Record<string, Json>) => Json;

export function historyEvents(place: Place, slice: Slice): readonly InboundEvent[] {
  return list(field(place.value, 'history')).flatMap(chunk => {
    let first = true;
    const part = (thread: Json): Json => {
      // The progress that a chunk tells goes with every part of it.
      const metadata = field(chunk, 'metadata');
      const kept = { ...(metadata === undefined ? {} : { metadata }), threads: [thread] };
      const raw = slice({ history: [reduced(chunk, ['threads'], kept, first)] });
      first = false;
      return raw;
    };
    const threads = list(field(chunk, 'threads'));
    if (threads.length === 0) return [emptyPart(place, chunk, chunk, slice({ history: [chunk] }))];
    return threads.flatMap(thread => {
      const messages = list(field(thread, 'messages'));
      if (messages.length === 0) return [emptyPart(place, chunk, thread, part(thread))];
      return messages.map((item, index) =>
        messageEvent(
          place,
          thread,
          item,
          part(reduced(thread, ['messages'], { messages: [item] }, index === 0)),
        ),
      );
    });
  });
}

function messageEvent(place: Place, thread: Json, item: Json, raw: Json): InboundEvent {
  const threadId = firstId(thread, 'id');
  // Whoever the thread is with is the customer; the rest was written by the business.
  const draft = messageDraft(item, null, firstId(item, 'from') === threadId ? 'inbound' : 'outbound');
  return toEvent({
    ...draft,
    channel: 'whatsapp',
    accountId: place.accountId,
    kind: 'history',
    topic: `history.${text(field(item, 'type')) ?? 'unknown'}`,
    customerId: threadId ?? draft.customerId,
    threadId,
    state: text(at(item, 'history_context', 'status'))?.toLowerCase(),
    item,
    raw,
  });
}

/** A chunk or thread without messages: progress, or the news that the business does not share its history. */
function emptyPart(place: Place, chunk: Json, item: Json, raw: Json): InboundEvent {
  return toEvent({
    channel: 'whatsapp',
    accountId: place.accountId,
    kind: 'history',
    topic: 'history.chunk',
    scope: 'account',
    direction: 'platform',
    threadId: item === chunk ? undefined : firstId(item, 'id'),
    state: isObject(chunk) ? id(at(chunk, 'metadata', 'phase')) : undefined,
    faults: item === chunk ? faultsOf(field(chunk, 'errors')) : undefined,
    identity: [],
    item,
    raw,
  });
}
