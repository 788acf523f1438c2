/** A conversation as people read it, folded from rows of its journal. */
import type { AnswerMessage, Attachment, Citation, ToolStep, Usage } from '../../lib/contracts/chat.ts';
import type { ConversationEvent } from './state.ts';

export interface TranscriptMessage {
  readonly id: string;
  readonly role: 'user' | 'assistant' | 'person';
  readonly text: string;
  readonly at: string;
  readonly turn: number;
  readonly citations: readonly Citation[];
  readonly toolCalls: readonly ToolStep[];
  readonly partial?: boolean;
  readonly attachments?: readonly Attachment[];
  readonly quickReplies?: readonly string[];
}

export interface TranscriptRow {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly events: readonly ConversationEvent[];
}

export function transcript(rows: readonly TranscriptRow[]): TranscriptMessage[] {
  const messages: TranscriptMessage[] = [];
  for (const row of rows) {
    const at = new Date(row.at).toISOString();
    const add = (
      message: Omit<TranscriptMessage, 'at' | 'citations' | 'toolCalls'> &
        Partial<Pick<TranscriptMessage, 'citations' | 'toolCalls'>>,
    ) => messages.push({ citations: [], toolCalls: [], ...message, at });
    row.events.forEach((event, index) => {
      if (event.type === 'MessageReceived')
        add({
          id: event.messageId,
          role: 'user',
          text: event.text,
          turn: 0,
          ...(event.attachments ? { attachments: event.attachments } : {}),
        });
      else if (event.type === 'TurnCompleted') add({ ...event.message, turn: event.turn });
      else if (event.type === 'PersonReplied' || event.type === 'Notified')
        add({
          id: event.messageId,
          role: event.type === 'Notified' ? 'assistant' : 'person',
          text: event.text,
          turn: 0,
          ...(event.quickReplies ? { quickReplies: event.quickReplies } : {}),
          ...(event.attachments ? { attachments: event.attachments } : {}),
        });
      else if (event.type === 'TurnInterrupted' && event.partial !== '')
        add({
          id: `${row.seq}.${index}`,
          role: 'assistant',
          text: event.partial,
          turn: event.turn,
          partial: true,
        });
    });
  }
  return messages;
}

export interface TurnResult {
  readonly turn: number;
  readonly message: AnswerMessage | null;
  readonly usage: Usage | null;
  readonly failure: string | null;
}

/** How the turn ended that took a message up, from the rows since the message was accepted. */
export function turnResult(
  messageId: string,
  rows: readonly Pick<TranscriptRow, 'events'>[],
): TurnResult | undefined {
  let turn = -1;
  for (const event of rows.flatMap(row => row.events)) {
    if (event.type === 'TurnStarted' && event.messageIds.includes(messageId)) turn = event.turn;
    else if (event.type === 'TurnCompleted' && event.turn === turn)
      return { turn, message: event.message, usage: event.usage, failure: null };
    else if (event.type === 'TurnFailed' && event.turn === turn)
      return { turn, message: null, usage: null, failure: event.code };
    else if (
      event.type === 'TurnInterrupted' &&
      event.turn === turn &&
      (event.cause === 'cancel' || event.cause === 'takeover')
    )
      return {
        turn,
        message: null,
        usage: null,
        failure: event.cause === 'cancel' ? 'cancelled' : 'taken-over',
      };
  }
  return undefined;
}
