/** What a conversation said that its customer has not been shown yet: answers of the agent and of people. */
import { TroupeError } from '../../kernel/errors.ts';
import type { FileToSend } from '../channels/upload.ts';
import { asList } from '../messages/quick-replies.ts';
import { type Projection, timeOf } from './projection.ts';

export interface ChannelAnswer {
  readonly conversationId: string;
  readonly messageId: string;
  readonly text: string;
  readonly files: readonly FileToSend[];
  readonly byPerson: boolean;
  /** Nobody had asked: it goes only to those who want such things. */
  readonly unasked?: true;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface Said {
  readonly id?: unknown;
  readonly text?: unknown;
  readonly quickReplies?: unknown;
  readonly attachments?: unknown;
}

const PREFIX = 'conversation/';

export const channelAnswersProjection: Projection<ChannelAnswer> = {
  name: 'channels',
  fold(changes, occurred) {
    const { event, actor } = occurred;
    if (!actor.startsWith(PREFIX)) return;
    const said: Said | undefined =
      event.type === 'TurnCompleted'
        ? (event.message as Said | undefined)
        : event.type === 'PersonReplied' || event.type === 'Notified'
          ? { ...event, id: event.messageId }
          : undefined;
    if (!said) return;
    if (typeof said.id !== 'string' || typeof said.text !== 'string')
      throw new TroupeError('validation-failed', 'An answer in the journal has no id or no text');
    const files = Array.isArray(said.attachments) ? (said.attachments as FileToSend[]) : [];
    if (said.text.trim() === '' && files.length === 0) return;
    changes.set(said.id, {
      conversationId: actor.slice(PREFIX.length),
      messageId: said.id,
      text: Array.isArray(said.quickReplies) ? asList(said.text, said.quickReplies as string[]) : said.text,
      files,
      byPerson: event.type === 'PersonReplied',
      ...(event.type === 'Notified' ? { unasked: true } : {}),
      at: timeOf(occurred),
    });
  },
};
