/** What is said to a customer by a person, and what is said unasked. */
import { offeredBy } from '../../lib/core/messages/quick-replies.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { ConversationCommand, ConversationEvent, ConversationState } from './state.ts';

type Of<T extends ConversationCommand['type']> = Extract<ConversationCommand, { type: T }>;

export function replyOfPerson(command: Of<'SendPersonReply'>, state: ConversationState): ConversationEvent[] {
  if (state.status !== 'with-person')
    throw new TroupeError('conflict', 'Take the conversation over before you reply in it');
  if (state.assignee !== command.by)
    throw new TroupeError('conflict', 'Another person has this conversation and replies in it');
  return [said('PersonReplied', command)];
}

export function said(
  type: 'PersonReplied' | 'Notified',
  { messageId, text, attachments = [], by, at }: Of<'SendPersonReply'> | Of<'Notify'>,
): ConversationEvent {
  const { text: words, quickReplies } = offeredBy(text);
  return {
    type,
    messageId,
    text: words,
    ...(quickReplies.length > 0 ? { quickReplies } : {}),
    ...(attachments.length > 0 ? { attachments } : {}),
    by,
    at,
  };
}
