/** What agents remember of a customer: only with consent, for a stated time, told and deleted on request. */
import { contract } from './contract.ts';
import { flag, id, integer, list, nullable, object, optional, STORABLE, text } from './schema.ts';

const customerId = text({
  min: 1,
  max: 200,
  pattern: STORABLE,
  doc: "The customer, as in the customer's tokens",
  example: 'customer-17',
});
const rfc3339 = text({ max: 30, doc: 'RFC 3339' });
const summary = text({ max: 2_000, pattern: STORABLE, doc: 'What matters of earlier conversations' });
const fact = text({ min: 1, max: 300, pattern: STORABLE, doc: 'One thing to remember' });
const conversationId = id({ doc: 'Its id says whose it is' });
const memory = object({
  consent: flag({ doc: 'Without it nothing is remembered' }),
  keepDays: nullable(integer({ doc: 'Days after the last change' })),
  expiresAt: nullable(rfc3339),
  summary,
  facts: list(object({ id: text({ max: 400 }), text: fact, at: rfc3339 }), { max: 50 }),
});
const policy = { timeoutMs: 5_000 };

export const getMemory = contract({
  name: 'memory.get',
  doc: 'What agents remember of a customer. With a token of the customer: of himself alone.',
  params: object({ customerId }),
  result: memory,
  errors: ['not-found'],
  policy: { ...policy, retries: 2 },
  http: { method: 'GET', path: '/chat/customers/:customerId/memory', scope: 'chat' },
});

export const setConsent = contract({
  name: 'memory.consent',
  doc: 'The customer agrees that agents remember, for so many days after the last change; or takes it back, and everything is deleted.',
  params: object({
    customerId,
    consent: flag(),
    keepDays: optional(integer({ min: 1, max: 730, doc: 'Default 180' })),
  }),
  result: memory,
  errors: ['not-found'],
  policy,
  http: { method: 'PUT', path: '/chat/customers/:customerId/memory', scope: 'chat' },
});

export const forgetCustomer = contract({
  name: 'memory.forget',
  doc: 'Deletes what agents remember of a customer, and the consent with it.',
  params: object({ customerId }),
  result: object({ deleted: flag() }),
  errors: ['not-found'],
  policy,
  http: { method: 'DELETE', path: '/chat/customers/:customerId/memory', scope: 'chat' },
});

export const recallCustomer = contract({
  name: 'memory.recall',
  doc: 'What is remembered of the customer whose conversation it is; nothing for a conversation without a known customer.',
  params: object({ conversationId }),
  result: object({ consent: flag(), summary, facts: list(fact, { max: 50 }) }),
  errors: [],
  policy: { ...policy, retries: 2, breaker: true },
});

export const noteCustomer = contract({
  name: 'memory.note',
  doc: 'Remembers a fact, a new summary, or both; or forgets everything. The same key again changes nothing.',
  params: object({
    conversationId,
    idempotencyKey: text({ min: 1, max: 400 }),
    fact: optional(fact),
    summary: optional(summary),
    forget: optional(flag()),
  }),
  result: object({ remembered: flag({ doc: 'False: the customer has not agreed, or is not known' }) }),
  errors: [],
  policy,
});
