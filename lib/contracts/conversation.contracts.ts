/** Actions of the conversation actors. Placed by conversation, so that one node holds each. */
import { contract, type Policy, type Scope } from './contract.ts';
import { answerMessage, attachments, citation, quickReplies, toolStep, usage } from './message-shapes.ts';
import { decimal, flag, id, integer, json, list, nullable, object, oneOf, optional, text } from './schema.ts';

export const placed: Policy = { timeoutMs: 10_000, placement: ['conversationId'] };
export const conversationId = id({ doc: 'The conversation', example: 'cnv_01k5x9q3zcf0v8m4h2t7w6y1ab' });

export const MESSAGE_LIMIT = 16_000;
export const byWhom =
  'Who does it: counts for systems with a key; of people who signed in their own name does';

const streamAddress = object(
  { nodeId: text({ max: 200 }), streamId: id() },
  { doc: 'Where the sequenced events of the turn go' },
);

export const sendMessage = contract({
  name: 'conversation.send',
  doc: 'Gives a customer message to a conversation and waits for its answer. The same messageId is answered once, however often it is sent.',
  params: object({
    conversationId,
    messageId: id({ doc: 'Chosen by the sender; repeating it repeats the answer' }),
    text: text({
      min: 1,
      max: MESSAGE_LIMIT,
      doc: 'What the customer says',
      example: 'How long do I have to return a kettle?',
    }),
    agent: optional(id({ doc: "Which of the tenant's agents; default: its first" })),
    attachments: optional(attachments),
    interruption: optional(
      object({ policy: oneOf(['queue', 'merge', 'interrupt']), mergeWindowMs: integer({ max: 30_000 }) }),
    ),
    wait: optional(
      oneOf(['answer', 'accepted'], {
        doc: 'Return when answered (default) or as soon as the message is on disk',
      }),
    ),
    stream: optional(streamAddress),
  }),
  result: object({
    conversationId,
    turn: integer({ doc: 'Number of the turn that answers; 0 while none has begun' }),
    status: oneOf(['answered', 'accepted', 'with-person', 'failed']),
    message: nullable(answerMessage),
    usage: nullable(usage),
    failure: nullable(text({ max: 100 })),
    seq: integer({ doc: 'Where the message stands in the journal' }),
    duplicate: flag({ doc: 'This messageId had been accepted before' }),
  }),
  errors: [
    'mailbox-full',
    'unavailable',
    'activation-stale',
    'activation-elsewhere',
    'journal-corrupt',
    'idempotency-mismatch',
    'timeout',
  ],
  policy: { timeoutMs: 90_000, placement: ['conversationId'] },
});

export const getConversation = contract({
  name: 'conversation.get',
  doc: 'A conversation with its messages, oldest first.',
  params: object({
    conversationId,
    after: optional(integer({ doc: 'Only what came after this journal position' })),
    limit: optional(integer({ min: 1, max: 500 })),
  }),
  result: object({
    id: conversationId,
    status: oneOf(['open', 'with-person', 'paused']),
    wantsPerson: nullable(text({ max: 500, doc: 'Why the agent asks for a person' })),
    answering: flag({ doc: 'A turn is under way' }),
    seq: integer({ doc: 'Journal position of the newest row read' }),
    more: flag({ doc: 'There are newer messages: ask again with after = seq' }),
    messages: list(
      object({
        id: text({ max: 200 }),
        role: oneOf(['user', 'assistant', 'person']),
        text: text({ max: 100_000 }),
        at: text({ max: 30, doc: 'RFC 3339' }),
        turn: integer(),
        citations: list(citation, { max: 20 }),
        toolCalls: list(toolStep, { max: 100 }),
        partial: optional(flag({ doc: 'The answer was broken off here' })),
        attachments: optional(attachments),
        quickReplies,
      }),
      { max: 1_000 },
    ),
  }),
  errors: ['not-found', 'journal-corrupt'],
  policy: placed,
  http: { method: 'GET', path: '/chat/conversations/:conversationId', scope: 'chat' },
});

const verb = (name: string, doc: string, path: string, scope: Scope = 'operate') =>
  contract({
    name: `conversation.${name}`,
    doc,
    params: object({ conversationId, by: optional(text({ min: 1, max: 200, doc: byWhom })) }),
    result: object({ id: conversationId, status: oneOf(['open', 'with-person', 'paused']), seq: integer() }),
    errors: ['not-found', 'conflict', 'unavailable'],
    policy: placed,
    // Cancelled again, a turn that began since would be broken off too.
    http: {
      method: 'POST',
      path: `/chat/conversations/:conversationId/${path}`,
      scope,
      repeatable: path !== 'cancel',
    },
  });

export const cancelTurn = verb(
  'cancel',
  'Breaks off the turn under way; the partial answer is kept.',
  'cancel',
  'chat',
);
export const takeOver = verb(
  'takeOver',
  'A person takes the conversation; the agent falls silent at once. Refused while another person has it.',
  'takeover',
);
export const handBack = verb('handBack', 'Gives the conversation back to the agent.', 'handback');
export const pauseConversation = verb('pause', 'Stops the agent; messages are still accepted.', 'pause');
export const resumeConversation = verb(
  'resume',
  'Lets the agent answer again, beginning with what has come meanwhile.',
  'resume',
);

export const noticeTyping = contract({
  name: 'conversation.typing',
  doc: 'The customer is typing: an open merge window is prolonged, within its bound.',
  params: object({ conversationId }),
  result: object({ seq: integer() }),
  errors: ['unavailable'],
  policy: placed,
  http: { method: 'POST', path: '/chat/conversations/:conversationId/typing', scope: 'chat' },
});

export const forkConversation = contract({
  name: 'conversation.fork',
  doc: 'A new conversation that begins as this one stood after a turn. Nothing that the old one still owes is carried over.',
  params: object({
    conversationId,
    turn: optional(integer({ min: 0, doc: 'The last turn to keep; default: all' })),
    newConversationId: optional(id()),
  }),
  result: object({ id: conversationId, from: conversationId, turn: integer() }),
  errors: ['not-found', 'conflict', 'journal-corrupt', 'unavailable'],
  policy: placed,
  http: { method: 'POST', path: '/chat/conversations/:conversationId/fork', status: 201, scope: 'operate' },
});

export const settleTool = contract({
  name: 'conversation.settleTool',
  doc: 'Says what became of a tool call whose outcome a crash left unknown.',
  params: object({
    conversationId,
    key: text({ min: 1, max: 100 }),
    content: text({ max: 50_000 }),
    failed: flag(),
    by: optional(text({ min: 1, max: 200 })),
  }),
  result: object({ seq: integer() }),
  errors: ['not-found', 'unavailable'],
  policy: placed,
  http: { method: 'POST', path: '/chat/conversations/:conversationId/settle', scope: 'operate' },
});

export const inspectConversation = contract({
  name: 'conversation.inspect',
  doc: 'State, mailbox and effects under way of a conversation, as its node holds them.',
  params: object({ conversationId }),
  result: object({
    nodeId: text({ max: 200 }),
    seq: integer(),
    mailbox: integer(),
    running: list(text({ max: 200 }), { max: 100 }),
    state: json(),
  }),
  errors: ['not-found', 'journal-corrupt'],
  policy: placed,
  http: { method: 'GET', path: '/chat/conversations/:conversationId/state', scope: 'operate' },
});

const journalRow = object({
  seq: integer(),
  epoch: integer(),
  at: decimal(),
  commandId: nullable(text({ max: 200 })),
  events: json(),
});

export const conversationHistory = contract({
  name: 'conversation.history',
  doc: 'The journal of a conversation, row by row.',
  params: object({
    conversationId,
    fromSeq: optional(integer({ min: 1 })),
    limit: optional(integer({ min: 1, max: 500 })),
  }),
  result: object({
    rows: list(journalRow, { max: 500 }),
  }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'GET', path: '/chat/conversations/:conversationId/history', scope: 'operate' },
});

export const replayConversation = contract({
  name: 'conversation.replay',
  doc: 'The state of a conversation as it stood after a row of its journal, or after its last when it has fewer. Nothing runs.',
  params: object({ conversationId, seq: integer({ min: 0 }) }),
  result: object({ seq: integer(), state: json() }),
  errors: ['not-found', 'journal-corrupt'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'GET', path: '/chat/conversations/:conversationId/replay', scope: 'operate' },
});

export const evictConversation = contract({
  name: 'conversation.evict',
  doc: 'Takes a conversation out of memory; it returns when it is next needed.',
  params: object({ conversationId }),
  result: object({ evicted: flag() }),
  errors: [],
  policy: placed,
  http: { method: 'POST', path: '/chat/conversations/:conversationId/evict', scope: 'operate' },
});

export const watchConversation = contract({
  name: 'conversation.watch',
  doc: 'Sends the events of a conversation after a journal position to a stream, then what happens from now on.',
  params: object({ conversationId, after: integer(), stream: streamAddress }),
  result: object({ seq: integer() }),
  errors: ['not-found'],
  policy: placed,
});

export const conversationEvents = contract({
  name: 'conversation.events',
  doc: 'The events of a conversation after a journal position, as streams tell them, page by page.',
  params: object({
    conversationId,
    after: integer(),
    limit: optional(integer({ min: 1, max: 500, doc: 'Rows read' })),
  }),
  result: object({
    events: list(json(), { max: 10_000 }),
    upTo: integer({ doc: 'Journal position up to which this page reads: ask again with after = upTo' }),
    seq: integer({ doc: 'Journal position of the newest row' }),
  }),
  errors: ['not-found'],
  policy: placed,
});

export const wakeActor = contract({
  name: 'conversation.wake',
  doc: "Activates a conversation so that it goes on with what it owes. Used when a dead node's actors are adopted.",
  params: object({ conversationId }),
  result: object({ seq: integer() }),
  errors: ['activation-elsewhere', 'journal-corrupt', 'unavailable'],
  policy: placed,
});
