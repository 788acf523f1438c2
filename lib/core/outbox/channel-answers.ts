/** What a conversation said that its customer has not been shown yet: answers of the agent and of people. */
import { TroupeError } from '../../kernel/errors.ts';
import { asList } from '../messages/quick-replies.ts';
import { type Projection, timeOf } from './projection.ts';

export interface ChannelAnswer {
  readonly conversationId: string;
  readonly messageId: string;
  readonly text: string;
  readonly byPerson: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface Said {
  readonly id?: unknown;
  readonly text?: unknown;
  readonly quickReplies?: unknown;
}

const PREFIX = 'conversation/';

export const channelAnswersProjection: Projection<ChannelAnswer> = {
  name: 'channels',
  fold(changes, occurred) {
    const { event, actor } = occurred;
    if (!actor.startsWith(PREFIX)) return;
    const said =
      event.type === 'TurnCompleted'
        ? (event.message as Said | undefined)
        : event.type === 'PersonReplied'
          ? { id: event.messageId, text: event.text, quickReplies: event.quickReplies }
          : undefined;
    if (!said) return;
    if (typeof said.id !== 'string' || typeof said.text !== 'string')
      throw new TroupeError('validation-failed', 'An answer in the journal has no id or no text');
    if (said.text.trim() === '') return;
    changes.set(said.id, {
      conversationId: actor.slice(PREFIX.length),
      messageId: said.id,
      text: Array.isArray(said.quickReplies) ? asList(said.text, said.quickReplies as string[]) : said.text,
      byPerson: event.type === 'PersonReplied',
      at: timeOf(occurred),
    });
  },
};
