/** What follows from the journal's events: usage, the list of conversations, and the care of consumers. */
import { contract } from './contract.ts';
import { flag, id, integer, list, nullable, object, oneOf, optional, text } from './schema.ts';

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const day = (doc: string) => text({ min: 10, max: 10, pattern: DAY, doc, example: '2026-08-01' });
const rfc3339 = text({ max: 30, doc: 'RFC 3339' });
const CONSUMERS = ['metering', 'conversations', 'conversation-terms', 'workflow-runs', 'router'] as const;

export const listConversations = contract({
  name: 'chat.list',
  doc: "The tenant's conversations, the one with the newest message first. Follows the conversations within moments.",
  params: object({
    status: optional(oneOf(['open', 'with-person', 'paused'])),
    waiting: optional(flag({ doc: 'Only those in which the agent asks for a person and none has come' })),
    assignee: optional(text({ max: 200, doc: 'Only those of that person; empty: only those of nobody' })),
    query: optional(
      text({
        max: 200,
        doc: 'Only those in which every word of it was said; the beginning of a word will do',
      }),
    ),
    cursor: optional(id({ doc: '`next` of the answer before' })),
    limit: optional(integer({ min: 1, max: 200, doc: 'Default 50' })),
  }),
  result: object({
    conversations: list(
      object({
        id: text({ max: 200 }),
        status: oneOf(['open', 'with-person', 'paused']),
        wantsPerson: flag({ doc: 'The agent asks for a person' }),
        waitingSince: nullable(text({ max: 30, doc: 'RFC 3339: since when it asks for a person' })),
        assignee: nullable(text({ max: 200, doc: 'Whose it is: who has taken it over or was asked to' })),
        unansweredSince: nullable(
          text({ max: 30, doc: 'RFC 3339: since when the customer has had no answer' }),
        ),
        turns: integer(),
        lastMessageAt: rfc3339,
        lastMessageLength: integer({ doc: 'Characters; the text itself is in the conversation only' }),
      }),
      { max: 200 },
    ),
    next: nullable(text({ max: 300, doc: 'Null on the last page' })),
  }),
  errors: ['validation-failed'],
  policy: { timeoutMs: 10_000, retries: 2 },
  // Not `chat`: the public key of a chat page must not tell one customer of another.
  http: { method: 'GET', path: '/chat/conversations', scope: 'operate' },
});

/** How far each side of a conversation has read. */
export const markRead = contract({
  name: 'chat.markRead',
  doc: 'Notes how far a side of a conversation has read, and tells how far both have. Never goes back.',
  params: object({
    conversationId: id({ doc: 'The conversation' }),
    reader: oneOf(['customer', 'person']),
    seq: optional(integer({ doc: 'Newest journal position that was seen; without it, only tells' })),
  }),
  result: object({ customer: integer(), person: integer() }),
  errors: [],
  policy: { timeoutMs: 5_000 },
});

export const readUsage = contract({
  name: 'metering.usage',
  doc: 'What completed turns have cost, by day (UTC) and model. Follows the conversations within moments.',
  params: object({
    from: optional(day('First day; default: 30 days before `to`')),
    to: optional(day('Last day; default: today')),
  }),
  result: object({
    from: day('First day'),
    to: day('Last day'),
    usage: list(
      object({
        day: day('UTC'),
        model: text({ max: 200 }),
        turns: integer(),
        inputTokens: integer(),
        outputTokens: integer(),
        costMicroUsd: integer({ doc: 'Millionths of a US dollar' }),
      }),
      { max: 5_000 },
    ),
    total: object({
      turns: integer(),
      inputTokens: integer(),
      outputTokens: integer(),
      costMicroUsd: integer({ doc: 'Millionths of a US dollar' }),
    }),
  }),
  errors: ['validation-failed'],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/billing/usage', scope: 'operate' },
});

export const listDeadLetters = contract({
  name: 'events.deadLetters',
  doc: 'Events that a consumer could not process, newest first. What was said in them stands in the journal only.',
  params: object({
    consumer: optional(oneOf(CONSUMERS)),
    cursor: optional(id({ doc: '`next` of the answer before' })),
    limit: optional(integer({ min: 1, max: 200, doc: 'Default 50' })),
  }),
  result: object({
    deadLetters: list(
      object({
        id: text({ max: 200 }),
        consumer: text({ max: 100 }),
        eventId: text({ max: 1_000, doc: '`tenant/actor/row.index`' }),
        type: text({ max: 100, doc: 'Type of the event; empty when it cannot be read' }),
        code: text({ max: 100, doc: 'Why it failed last' }),
        attempts: integer(),
        at: rfc3339,
      }),
      { max: 200 },
    ),
    next: nullable(text({ max: 300 })),
  }),
  errors: [],
  policy: { timeoutMs: 10_000, retries: 2 },
  http: { method: 'GET', path: '/operations/dead-letters', scope: 'operate' },
});

export const replayDeadLetter = contract({
  name: 'events.replay',
  doc: 'Gives an event to its consumer again, once: it leaves the dead letters when it has been processed.',
  params: object({ id: id() }),
  result: object({ replayed: flag(), code: nullable(text({ max: 100, doc: 'Why it failed again' })) }),
  errors: ['not-found', 'journal-corrupt', 'unavailable'],
  policy: { timeoutMs: 30_000 },
  http: { method: 'POST', path: '/operations/dead-letters/:id/replay', scope: 'operate' },
});

export const rebuildConsumer = contract({
  name: 'events.rebuild',
  doc: 'Makes what a consumer keeps of the tenant anew from the journal. Meanwhile the old rows answer; events are held back for a moment at the end.',
  params: object({ consumer: oneOf(CONSUMERS) }),
  result: object({ rows: integer({ doc: 'Rows of the journal that were read' }) }),
  errors: ['unavailable', 'timeout'],
  policy: { timeoutMs: 600_000, bulkhead: { concurrency: 2, queue: 20 } },
  http: { method: 'POST', path: '/operations/consumers/:consumer/rebuild', scope: 'operate' },
});
