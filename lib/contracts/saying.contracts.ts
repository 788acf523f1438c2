/** What is said to a customer by a person, and what is said unasked. */
import { contract } from './contract.ts';
import { byWhom, conversationId, MESSAGE_LIMIT, placed } from './conversation.contracts.ts';
import { MOST_ATTACHMENTS } from './message-shapes.ts';
import { id, integer, list, object, oneOf, optional, text } from './schema.ts';

const files = optional(
  list(id(), { max: MOST_ATTACHMENTS, doc: 'Files that were given by `POST /chat/attachments`' }),
);
const words = text({
  max: MESSAGE_LIMIT,
  doc: 'May be empty when there are files',
  example: 'Your parcel is on its way',
});
const standing = object({
  id: conversationId,
  status: oneOf(['open', 'with-person', 'paused']),
  seq: integer(),
});

export const replyAsPerson = contract({
  name: 'conversation.reply',
  doc: 'Sends a message of the person who has taken the conversation over.',
  params: object({
    conversationId,
    messageId: optional(id()),
    text: words,
    attachments: files,
    by: optional(text({ min: 1, max: 200, doc: byWhom })),
  }),
  result: standing,
  errors: ['not-found', 'conflict', 'validation-failed', 'unavailable'],
  policy: placed,
  http: { method: 'POST', path: '/chat/conversations/:conversationId/reply', scope: 'operate' },
});

export const notifyCustomer = contract({
  name: 'conversation.notify',
  doc: 'Says something to the customer unasked: the parcel has left, the appointment is tomorrow. It goes out over the channel of the conversation; where its window has closed, by the template of the account, or once the customer writes. Workflows call it by its name.',
  params: object({
    conversationId,
    messageId: optional(id({ doc: 'The same is said once' })),
    idempotencyKey: optional(text({ min: 1, max: 500, doc: 'Of workflows, in place of messageId' })),
    text: words,
    attachments: files,
    by: optional(text({ min: 1, max: 200, doc: byWhom })),
  }),
  result: standing,
  errors: ['not-found', 'conflict', 'validation-failed', 'unavailable'],
  policy: placed,
  http: { method: 'POST', path: '/chat/conversations/:conversationId/notify', scope: 'operate' },
});
