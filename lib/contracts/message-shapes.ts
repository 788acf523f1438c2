/** Shapes of messages that several contracts share. */
import { attachmentShape } from './attachments.contracts.ts';
import { integer, list, object, oneOf, optional, text } from './schema.ts';

/** Files of one message that we are given, and of one that comes over a channel. */
export const MOST_ATTACHMENTS = 5;
export const MOST_CHANNEL_FILES = 30;
export const attachments = list(attachmentShape, { max: MOST_CHANNEL_FILES });
export const quickReplies = optional(
  list(text({ max: 80 }), { max: 6, doc: 'What the customer may answer by pressing it' }),
);

export const citation = object({
  documentId: text({ max: 200 }),
  title: text({ max: 500 }),
  quote: text({ max: 4_000, doc: 'The passage as it stands in the document' }),
  start: optional(integer({ doc: 'Where it stands in the document’s text, characters' })),
  end: optional(integer()),
});
export const toolStep = object({
  name: text({ max: 200 }),
  status: oneOf(['running', 'done', 'failed', 'parked']),
});
export const answerMessage = object({
  id: text({ max: 200 }),
  role: oneOf(['assistant', 'person']),
  text: text({ max: 100_000 }),
  citations: list(citation, { max: 20 }),
  toolCalls: list(toolStep, { max: 100 }),
  quickReplies,
  attachments: optional(attachments),
});
export const usage = object({
  tier: text({ max: 50 }),
  model: text({ max: 200 }),
  inputTokens: integer(),
  outputTokens: integer(),
  costMicroUsd: integer({ doc: 'Millionths of a US dollar' }),
});
