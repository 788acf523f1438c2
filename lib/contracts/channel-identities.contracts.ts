/** One customer on several channels, linked with consent. */
import { contract, type Policy } from './contract.ts';
import { flag, id, list, nullable, object, oneOf, text } from './schema.ts';

const policy: Policy = { timeoutMs: 10_000 };
const conversationId = id({ doc: 'The conversation' });

export const createLinkCode = contract({
  name: 'channels.createLinkCode',
  doc: 'A code for the customer of a conversation, who gets one by writing `LINK CODE` as well. Whoever writes `LINK <code>` on another channel within ten minutes is the same person; with `LINK <code> with history` what was said goes along.',
  params: object({ conversationId }),
  result: object({
    code: text({ max: 20, doc: 'Tell it to this customer, here and to nobody else' }),
    expiresAt: text({ max: 30, doc: 'RFC 3339' }),
  }),
  errors: ['not-found'],
  policy,
  http: { method: 'POST', path: '/channels/links', scope: 'operate' },
});

export const listLinked = contract({
  name: 'channels.linked',
  doc: 'On which channels the customer of a conversation is known, with the conversations that may be known here.',
  params: object({ conversationId }),
  result: object({
    personId: nullable(text({ max: 100 })),
    identities: list(
      object({
        accountId: text({ max: 200 }),
        channel: text({ max: 20 }),
        customerId: text({ max: 500 }),
        history: flag({ doc: 'They let what was said go along' }),
        linkedAt: text({ max: 30 }),
        conversationIds: list(text({ max: 200 }), { max: 50 }),
      }),
      { max: 50 },
    ),
    consents: list(
      object({
        what: oneOf(['code', 'link', 'history', 'unlink'], {
          doc: 'A code was asked for; the chats are of one person; and what was said may go along; no more',
        }),
        byCustomer: flag({ doc: 'By the customer in these words, else by a person of yours' }),
        words: nullable(text({ max: 200 })),
        accountId: text({ max: 200 }),
        customerId: text({ max: 500 }),
        at: text({ max: 30, doc: 'RFC 3339' }),
      }),
      { max: 100 },
    ),
  }),
  errors: ['not-found'],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/channels/links/:conversationId', scope: 'operate' },
});

export const unlinkCustomer = contract({
  name: 'channels.unlink',
  doc: 'The customer of a conversation is linked with nobody any more. Customers do the same by writing UNLINK.',
  params: object({ conversationId }),
  result: object({ unlinked: flag() }),
  errors: ['not-found'],
  policy,
  http: { method: 'DELETE', path: '/channels/links/:conversationId', scope: 'operate' },
});
