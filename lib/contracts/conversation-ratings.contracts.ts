/** What is said of a conversation's answers: the customer's thumb, a reviewer's mark. Both teach the router. */
import { contract } from './contract.ts';
import { conversationId, placed } from './conversation.contracts.ts';
import { decimal, integer, object, oneOf, optional, text } from './schema.ts';

const ratedTurn = integer({ min: 1, doc: 'The turn whose answer is meant', example: 1 });

export const rateTurn = contract({
  name: 'conversation.rate',
  doc: 'What the customer thinks of an answer: it teaches the router that chose its model. The same thumb again changes nothing.',
  params: object({
    conversationId,
    turn: ratedTurn,
    rating: oneOf(['up', 'down'], { doc: 'A thumb', example: 'up' }),
  }),
  result: object({ id: conversationId, status: oneOf(['open', 'with-person', 'paused']), seq: integer() }),
  errors: ['not-found', 'conflict', 'unavailable'],
  policy: placed,
  http: { method: 'POST', path: '/chat/conversations/:conversationId/rating', scope: 'chat' },
});

export const judgeTurn = contract({
  name: 'conversation.judge',
  doc: 'The mark that a reviewer or an evaluator gives an answer: it teaches the router that chose its model. The first mark of a turn counts.',
  params: object({
    conversationId,
    turn: ratedTurn,
    quality: decimal({ min: 0, max: 1, doc: '0 useless, 1 as good as can be', example: 0.5 }),
    by: optional(text({ min: 1, max: 200, doc: 'Who judges' })),
  }),
  result: object({ id: conversationId, status: oneOf(['open', 'with-person', 'paused']), seq: integer() }),
  errors: ['not-found', 'conflict', 'unavailable'],
  policy: placed,
  http: { method: 'POST', path: '/chat/conversations/:conversationId/judgement', scope: 'operate' },
});
