/** Channels that a tenant connects, the webhooks of their platforms, and what could not be delivered. */
import { contract, type Policy } from './contract.ts';
import {
  flag,
  id,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  record,
  STORABLE,
  text,
} from './schema.ts';

const PLATFORMS = ['facebook', 'instagram', 'whatsapp', 'telegram', 'zalo', 'tiktok', 'email'] as const;
const policy: Policy = { timeoutMs: 10_000 };
const accountId = id({ doc: 'The connected account', example: 'cha_01k5x9q3zcf0v8m4h2t7w6y1ab' });

const place = text({ max: 1_000, pattern: STORABLE });
const template = object(
  {
    name: text({
      min: 1,
      max: 512,
      pattern: STORABLE,
      doc: 'As the platform approved it; for Zalo its kind, such as `transaction_order`',
      example: 'answer_ready',
    }),
    language: text({ min: 2, max: 20, pattern: /^[\w-]+$/, example: 'en' }),
    parameters: list(place, {
      max: 20,
      doc: 'Its places in order, for Zalo heading, text and rows. `{answer}` in one is the answer; without it the template invites the customer to write, and the answer waits until they do',
    }),
    names: optional(list(place, { max: 18, doc: 'Zalo: what the rows are called' })),
  },
  { doc: "What is sent when the platform's window has closed" },
);

const account = object({
  accountId,
  channel: oneOf(PLATFORMS),
  externalId: nullable(text({ max: 200 })),
  name: text({ max: 200 }),
  agent: nullable(text({ max: 200 })),
  webhookPath: text({ max: 300, doc: 'Give this address to the platform' }),
  template: nullable(template),
});

export const connectChannel = contract({
  name: 'channels.connect',
  doc: "Connects an account of a platform: from now on its messages become conversations and their answers go back. Secrets are sealed and never shown again. Give the platform the answer's webhookPath.",
  params: object({
    channel: oneOf(PLATFORMS, { example: 'telegram' }),
    externalId: optional(
      text({
        min: 1,
        max: 200,
        pattern: STORABLE,
        doc: 'Page id, phone number id, bot id, OA id, business id or mailbox, as webhooks name it',
      }),
    ),
    name: text({ min: 1, max: 200, pattern: STORABLE, doc: 'For people', example: 'Our Telegram bot' }),
    agent: optional(id({ doc: 'Which of your agents answers; default: the first' })),
    signingSecrets: list(text({ min: 1, max: 500 }), {
      min: 1,
      max: 5,
      doc: 'App secret, OA secret key, client secret or secret token; several while one is rotated',
      example: ['a-long-random-secret-token'],
    }),
    verifyToken: optional(text({ min: 1, max: 200, doc: "Meta: the token of the subscription's handshake" })),
    appId: optional(text({ min: 1, max: 100, doc: 'Zalo: the app whose id is part of what is signed' })),
    accessToken: text({
      min: 1,
      max: 4_000,
      doc: 'With which answers are sent; for mail the server: smtps://user:password@host:465',
      example: '123456:bot-token',
    }),
  }),
  result: account,
  errors: ['conflict', 'validation-failed'],
  policy,
  http: { method: 'POST', path: '/channels', status: 201, scope: 'operate' },
});

export const listChannels = contract({
  name: 'channels.list',
  doc: 'The connected accounts.',
  params: object({}),
  result: object({ channels: list(account, { max: 1_000 }) }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/channels', scope: 'operate' },
});

export const disconnectChannel = contract({
  name: 'channels.disconnect',
  doc: 'Disconnects an account: its webhooks are refused, its secrets are gone. Conversations stay.',
  params: object({ accountId }),
  result: object({ disconnected: flag() }),
  errors: ['not-found'],
  policy,
  http: { method: 'DELETE', path: '/channels/:accountId', scope: 'operate' },
});

export const receiveWebhook = contract({
  name: 'channels.receive',
  doc: "A platform's request as it came: verified over its bytes, written down, then answered.",
  params: object({
    channel: text({ max: 20 }),
    accountId: optional(id()),
    method: oneOf(['GET', 'POST']),
    headers: record(text({ max: 8_192 })),
    query: record(text({ max: 2_000 })),
    bodyBase64: text({ max: 1_000_000, doc: 'The bytes as received' }),
  }),
  result: object({
    status: integer(),
    contentType: text({ max: 100 }),
    body: text({ max: 2_000 }),
    events: integer({ doc: 'New events that were written down' }),
  }),
  errors: ['not-found', 'unauthenticated', 'malformed-body', 'body-too-large', 'unavailable'],
  policy: { timeoutMs: 5_000, bulkhead: { concurrency: 64, queue: 2_000 } },
  tenant: 'none',
});

export const putTemplate = contract({
  name: 'channels.putTemplate',
  doc: "What an account sends when its platform's window has closed: WhatsApp, Messenger and Zalo, each after its own approval. Without one, answers wait until the customer writes.",
  params: object({ accountId, template: nullable(template) }),
  result: account,
  errors: ['not-found', 'validation-failed'],
  policy,
  http: { method: 'PUT', path: '/channels/templates/:accountId', scope: 'operate' },
});

const undelivered = object({
  kind: oneOf(['inbound', 'outbound', 'media']),
  id: text({ max: 700 }),
  accountId,
  conversationId: nullable(text({ max: 200 })),
  state: text({
    max: 20,
    doc: 'dead: given up; unknown: it may have been shown; refused: the platform will not take it; parked: it waits for the customer to write',
  }),
  code: nullable(text({ max: 100 })),
  attempts: integer(),
  at: text({ max: 30 }),
});

export const listUndelivered = contract({
  name: 'channels.undelivered',
  doc: 'What came in and could not be handled, what went out and did not certainly arrive, and files that could not be fetched.',
  params: object({ limit: optional(integer({ min: 1, max: 200 })) }),
  result: object({ undelivered: list(undelivered, { max: 600 }) }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/channels/undelivered', scope: 'operate' },
});

export const settleUndelivered = contract({
  name: 'channels.settle',
  doc: 'A person decides about one: send it (again), or accept it as it is.',
  params: object({
    kind: oneOf(['inbound', 'outbound', 'media']),
    id: text({ min: 1, max: 700, pattern: STORABLE, doc: 'From the list of what was not delivered' }),
    decision: oneOf(['retry', 'accept']),
  }),
  result: object({ settled: flag() }),
  errors: ['not-found'],
  policy,
  http: { method: 'POST', path: '/channels/undelivered/settle', scope: 'operate' },
});
