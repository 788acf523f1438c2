/** The desk of the people who answer customers: replies that they keep to hand, and within what time they answer. */
import { contract } from './contract.ts';
import { flag, id, integer, LARGEST_INT, list, object, optional, STORABLE, text } from './schema.ts';

const replyId = id({ doc: 'Yours to choose', example: 'greeting' });
const reply = {
  shortcut: text({
    min: 1,
    max: 60,
    pattern: /^[^\s/][^\n/]*$/,
    doc: 'What people type after a slash to find it',
    example: 'hello',
  }),
  text: text({
    min: 1,
    max: 4_000,
    pattern: STORABLE,
    doc: 'May end with lines `[[like this]]`: choices that the customer can press',
    example: 'Hello, this is the team. How can I help?',
  }),
};
const version = integer({ max: LARGEST_INT, doc: 'Counts the changes up from 1' });

export const listReplies = contract({
  name: 'desk.replies',
  doc: 'The replies that people of the tenant keep to hand, by their shortcuts.',
  params: object({}),
  result: object({
    replies: list(
      object({
        replyId,
        ...reply,
        version,
        changedBy: text({ max: 200 }),
        changedAt: text({ max: 30, doc: 'RFC 3339' }),
      }),
      { max: 500 },
    ),
  }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/desk/replies', scope: 'operate' },
});

export const putReply = contract({
  name: 'desk.putReply',
  doc: 'Adds or changes a reply that people keep to hand.',
  params: object({
    replyId,
    ...reply,
    ifVersion: optional(
      integer({
        max: LARGEST_INT,
        doc: 'Only if this is still its version (0: only if there is none); else `conflict`',
      }),
    ),
  }),
  result: object({ replyId, version }),
  errors: ['conflict', 'quota-exhausted'],
  policy: { timeoutMs: 5_000 },
  http: { method: 'PUT', path: '/desk/replies/:replyId', scope: 'operate' },
});

export const deleteReply = contract({
  name: 'desk.deleteReply',
  doc: 'Removes a reply that people keep to hand.',
  params: object({ replyId }),
  result: object({ deleted: flag() }),
  errors: ['not-found'],
  policy: { timeoutMs: 5_000 },
  http: { method: 'DELETE', path: '/desk/replies/:replyId', scope: 'operate' },
});

const policy = {
  firstReplyMinutes: integer({
    min: 1,
    max: 10_080,
    doc: 'From when the agent asks for a person until one takes over',
    example: 10,
  }),
  nextReplyMinutes: integer({
    min: 1,
    max: 10_080,
    doc: 'From a message of the customer until the person who has the conversation answers',
    example: 5,
  }),
};

export const getDeskPolicy = contract({
  name: 'desk.policy',
  doc: 'Within what time customers who are with people are to have an answer.',
  params: object({}),
  result: object(policy),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/desk/policy', scope: 'operate', etag: true },
});

export const putDeskPolicy = contract({
  name: 'desk.putPolicy',
  doc: 'Sets within what time customers who are with people are to have an answer.',
  params: object(policy),
  result: object(policy),
  errors: [],
  policy: { timeoutMs: 5_000 },
  http: { method: 'PUT', path: '/desk/policy', scope: 'operate', etag: true },
});
