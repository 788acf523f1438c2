/** Actions of the capabilities around the conversation: models, tools, knowledge, tenants, streams. */
import type { AgentPin, ChatItem, EffectClass, ModelReply } from './chat.ts';
import { contract, PLANS, SCOPES } from './contract.ts';
import { MESSAGE_LIMIT } from './conversation.contracts.ts';
import { answerMessage, MOST_ATTACHMENTS, usage } from './message-shapes.ts';
import {
  flag,
  id,
  integer,
  json,
  list,
  nullable,
  object,
  oneOf,
  optional,
  STORABLE,
  text,
} from './schema.ts';

const streamAddress = object({ nodeId: text({ max: 200 }), streamId: id() });

export const completeModel = contract({
  name: 'model.complete',
  doc: "Asks the tenant's model for the next step of a conversation: an answer, or calls of tools. Text goes to the stream as it comes.",
  params: object({
    callId: id({ doc: 'Names the call, so that `model.cancelled` can end it' }),
    conversationId: optional(id({ doc: 'Whose cost it is' })),
    agent: nullable(text({ max: 200 })),
    version: optional(integer({ doc: 'Of the agent, when the conversation keeps to one' })),
    last: optional(
      text({
        max: 2_000,
        doc: 'The last call of its turn: no tools are offered, and the model is told this',
      }),
    ),
    context: json<readonly ChatItem[]>({ doc: 'What has been said, oldest first' }),
    stream: optional(streamAddress),
  }),
  result: json<{
    readonly reply: ModelReply;
    readonly effects: Readonly<Record<string, EffectClass>>;
    /** The agent that answered. */
    readonly pin?: AgentPin;
  }>(),
  errors: ['model-failed', 'model-refused', 'replay-diverged', 'overloaded', 'timeout'],
  policy: { timeoutMs: 120_000, bulkhead: { concurrency: 500, queue: 2_000 } },
});

export const listTools = contract({
  name: 'tools.list',
  doc: 'The tools that an agent of the tenant may use.',
  params: object({
    agent: nullable(text({ max: 200 })),
    version: optional(integer({ doc: 'Of the agent, when its conversation keeps to one' })),
  }),
  result: object({
    tools: list(
      object({
        name: text({ max: 200 }),
        description: text({ max: 2_000 }),
        effect: oneOf(['read', 'idempotent', 'once']),
        parameters: json<Record<string, unknown>>(),
        hints: optional(json()),
        compensation: optional(text({ max: 200, doc: 'The tool that undoes what this one did' })),
      }),
      { max: 200 },
    ),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2, breaker: true },
});

export const callTool = contract({
  name: 'tools.call',
  doc: 'Calls a tool with checked arguments. A repeated idempotency key of an idempotent tool changes nothing again.',
  params: object({
    name: text({ min: 1, max: 200 }),
    arguments: text({ max: 100_000, doc: 'JSON object, as the model gave it' }),
    idempotencyKey: text({ min: 1, max: 400 }),
    agent: optional(text({ max: 200, doc: 'Who calls: only tools that its manifest allows are run' })),
    version: optional(integer()),
    conversationId: optional(text({ max: 300, doc: 'Whose call it is' })),
  }),
  result: object({ content: text({ max: 100_000 }), failed: flag() }),
  errors: ['tool-unknown', 'tool-failed', 'timeout'],
  policy: { timeoutMs: 30_000, bulkhead: { concurrency: 100, queue: 1_000 } },
});

export const lookUpTool = contract({
  name: 'tools.lookUp',
  doc: 'What became of an earlier call with that key: done with its content, absent, or unknown. `absent` is a promise that also holds for a call still on its way: of it and a later one with that key only one acts. A tool that only sees no trace of it yet says `unknown`.',
  params: object({ name: text({ min: 1, max: 200 }), idempotencyKey: text({ min: 1, max: 400 }) }),
  result: object({ outcome: oneOf(['done', 'absent', 'unknown']), content: text({ max: 100_000 }) }),
  errors: ['tool-unknown'],
  policy: { timeoutMs: 10_000, retries: 2 },
});

export const createTenant = contract({
  name: 'tenants.create',
  doc: 'Makes a tenant and its first API key, which is shown only here.',
  params: object({
    name: text({ min: 1, max: 200, pattern: STORABLE }),
    settings: optional(json<Record<string, unknown>>()),
    plan: optional(oneOf(PLANS, { doc: 'Default business: an operator made it' })),
  }),
  result: object({ tenantId: id(), apiKey: text({ max: 200 }) }),
  errors: ['conflict', 'region-refused', 'validation-failed'],
  policy: { timeoutMs: 10_000 },
  tenant: 'none',
});

export const createApiKey = contract({
  name: 'tenants.createKey',
  doc: 'Makes another API key for a tenant; it is shown only here.',
  params: object({
    tenantId: id(),
    name: text({ min: 1, max: 200, pattern: STORABLE }),
    scopes: list(oneOf(SCOPES), { max: 10 }),
  }),
  result: object({ keyId: id(), apiKey: text({ max: 200 }) }),
  errors: ['not-found'],
  policy: { timeoutMs: 10_000 },
  tenant: 'none',
});

export const authenticateKeys = contract({
  name: 'tenants.authenticate',
  doc: 'The tenants and scopes of living API keys, by the SHA-256 of each; of others nothing is told.',
  params: object({
    keyHashes: list(text({ min: 64, max: 64, pattern: /^[0-9a-f]+$/ }), { min: 1, max: 500 }),
  }),
  result: object({
    owners: list(
      object({
        keyHash: text({ min: 64, max: 64 }),
        tenantId: id(),
        keyId: id(),
        scopes: list(text({ max: 50 }), { max: 20 }),
        plan: text({ max: 50 }),
        region: nullable(text({ max: 50 })),
        expiresAt: nullable(integer({ doc: 'Milliseconds since the Unix epoch; null: never' })),
      }),
      { max: 500 },
    ),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2, breaker: true },
  tenant: 'none',
});

export const findTenant = contract({
  name: 'tenants.find',
  doc: 'A tenant by its name: for operators.',
  params: object({ name: text({ min: 1, max: 200, pattern: STORABLE }) }),
  result: object({ tenantId: nullable(id()), settings: json<Record<string, unknown>>() }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  tenant: 'none',
});

export const pushStream = contract({
  name: 'streams.push',
  doc: "Hands sequenced items to a stream that a node has open. Called on that node; the answer is the reader's acknowledgement.",
  params: object({ streamId: id(), items: list(json(), { max: 10_000 }) }),
  result: object({ open: flag({ doc: 'False when the reader has gone: stop sending' }) }),
  errors: [],
  policy: { timeoutMs: 10_000 },
  tenant: 'none',
});

/** POST /api/v1/chat/messages: the gateway makes a `conversation.send` of it. */
export const chatMessage = contract({
  name: 'chat.message',
  doc: "Sends a customer's message and answers when the agent has. With `Accept: text/event-stream` the answer comes as events: accepted, delta, tool, message, error.",
  params: object({
    message: text({
      min: 1,
      max: MESSAGE_LIMIT,
      doc: 'What the customer says',
      example: 'How long do I have to return a kettle?',
    }),
    conversationId: optional(id({ doc: 'To go on with a conversation; without it a new one begins' })),
    agent: optional(id({ doc: 'Which of your agents answers; default: the first' })),
    attachments: optional(
      list(id(), { max: MOST_ATTACHMENTS, doc: 'Files that were given by `POST /chat/attachments`' }),
    ),
  }),
  result: object({
    conversationId: id(),
    turn: integer(),
    status: oneOf(['answered', 'accepted', 'with-person']),
    message: nullable(answerMessage),
    usage: nullable(usage),
  }),
  errors: [
    'mailbox-full',
    'answer-failed',
    'conflict',
    'idempotency-mismatch',
    'overloaded',
    'unavailable',
    'timeout',
  ],
  policy: { timeoutMs: 90_000 },
  http: { method: 'POST', path: '/chat/messages', streams: true, scope: 'chat' },
});
