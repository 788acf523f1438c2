/** What colleagues do around a conversation: notes, whispers to the agent, assignment. Placed as the conversation is. */
import { contract } from './contract.ts';
import { conversationId, placed } from './conversation.contracts.ts';
import { id, integer, nullable, object, oneOf, optional, text } from './schema.ts';

const byWhom = { by: optional(text({ min: 1, max: 200, doc: 'Who does it' })) };
const standing = object({
  id: conversationId,
  status: oneOf(['open', 'with-person', 'paused']),
  seq: integer(),
});

export const noteConversation = contract({
  name: 'conversation.note',
  doc: 'Writes a note for colleagues: neither the customer nor the agent hears of it.',
  params: object({
    conversationId,
    noteId: optional(id({ doc: 'Chosen by the writer; repeating it writes nothing new' })),
    text: text({ min: 1, max: 4_000, example: 'Promised a call on Monday.' }),
    ...byWhom,
  }),
  result: standing,
  errors: ['not-found', 'unavailable'],
  policy: placed,
  http: { method: 'POST', path: '/chat/conversations/:conversationId/notes', scope: 'operate' },
});

export const whisperToAgent = contract({
  name: 'conversation.whisper',
  doc: 'Tells the agent something that the customer does not hear; it counts from its next answer.',
  params: object({
    conversationId,
    text: text({ min: 1, max: 4_000, example: 'Offer free return shipping.' }),
    ...byWhom,
  }),
  result: standing,
  errors: ['not-found', 'unavailable'],
  policy: placed,
  http: { method: 'POST', path: '/chat/conversations/:conversationId/whisper', scope: 'operate' },
});

export const assignConversation = contract({
  name: 'conversation.assign',
  doc: 'Says whose the conversation is. While a person has it, it goes to the other; else that person is asked to take it over. With `expected`, only if it is still theirs.',
  params: object({
    conversationId,
    to: nullable(text({ min: 1, max: 200, doc: 'Null: nobody in particular' })),
    expected: optional(nullable(text({ max: 200, doc: 'Whose it was when you looked; else `conflict`' }))),
    ...byWhom,
  }),
  result: standing,
  errors: ['not-found', 'conflict', 'unavailable'],
  policy: placed,
  http: {
    method: 'POST',
    path: '/chat/conversations/:conversationId/assign',
    scope: 'operate',
    repeatable: true,
  },
});
