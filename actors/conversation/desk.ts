/** What is done around a conversation: by colleagues, and what is said of its answers; nothing of it is said in it. */
import { TroupeError } from '../../lib/kernel/errors.ts';
import { judgeTurn, rateTurn } from './rating.ts';
import type { ConversationCommand, ConversationEvent, ConversationState } from './state.ts';

type Of<T extends ConversationCommand['type']> = Extract<ConversationCommand, { type: T }>;
type Events = ConversationEvent[];

export function decideAtDesk(
  command: Of<'AddNote' | 'Whisper' | 'Assign' | 'RateTurn' | 'JudgeTurn'>,
  state: ConversationState,
): Events {
  switch (command.type) {
    case 'AddNote': {
      const { noteId, text, by, at } = command;
      return [{ type: 'Noted', noteId, text, by, at }];
    }
    case 'Whisper':
      return [{ type: 'Whispered', text: command.text, by: command.by, at: command.at }];
    case 'Assign':
      return assign(command, state);
    case 'RateTurn':
      return rateTurn(command, state);
    case 'JudgeTurn':
      return judgeTurn(command, state);
  }
}

function assign({ to, by, expected, at }: Of<'Assign'>, state: ConversationState): Events {
  if (expected !== undefined && expected !== state.assignee)
    throw new TroupeError('conflict', 'Somebody else has just changed whose this conversation is');
  if (to === state.assignee) return [];
  if (to === null && state.status === 'with-person')
    throw new TroupeError('conflict', 'A person has taken it over; hand it back to the agent instead');
  return [{ type: 'Assigned', to, by, at }];
}
