/** What clients are told of a conversation: the events of a journal row as the events of a stream. */
import { ERRORS } from '../../lib/kernel/errors.ts';
import type { ConversationEvent } from './state.ts';

export interface ClientEvent {
  /** `<seq>.<n>`: what comes after it is found by its sequence number. */
  readonly id: string;
  readonly event: 'accepted' | 'delta' | 'tool' | 'message' | 'interrupted' | 'status' | 'error';
  readonly data: Readonly<Record<string, unknown>>;
}

export function clientEvents(
  conversationId: string,
  seq: number,
  events: readonly ConversationEvent[],
): ClientEvent[] {
  const told: ClientEvent[] = [];
  const tell = (event: ClientEvent['event'], data: Record<string, unknown>) =>
    told.push({ id: `${seq}.${told.length}`, event, data });
  for (const event of events) {
    switch (event.type) {
      case 'MessageReceived':
        tell('accepted', { conversationId, messageId: event.messageId, turn: 0 });
        break;
      case 'TurnStarted':
        tell('status', { conversationId, answering: true, turn: event.turn });
        break;
      case 'ModelAnswered':
        for (const call of event.toolCalls)
          tell('tool', { name: call.name, status: 'running', turn: event.turn });
        break;
      case 'ToolReturned':
        tell('tool', { name: event.name, status: event.failed ? 'failed' : 'done' });
        break;
      case 'ToolParked':
        tell('tool', { name: event.name, status: 'parked' });
        break;
      case 'TurnCompleted':
        tell('message', { conversationId, turn: event.turn, message: event.message, usage: event.usage });
        break;
      case 'TurnFailed': {
        const { title, status } = ERRORS['answer-failed'];
        const detail = 'The agent could not answer; a person has been asked to look';
        tell('error', {
          type: '/docs/errors#answer-failed',
          code: 'answer-failed',
          title,
          status,
          detail,
          turn: event.turn,
        });
        break;
      }
      case 'TurnInterrupted':
        tell('interrupted', { turn: event.turn, partial: event.partial, cause: event.cause });
        break;
      case 'PersonReplied':
      case 'Notified':
        tell('message', {
          conversationId,
          turn: 0,
          message: {
            id: event.messageId,
            role: event.type === 'Notified' ? 'assistant' : 'person',
            text: event.text,
            citations: [],
            toolCalls: [],
            ...(event.quickReplies ? { quickReplies: event.quickReplies } : {}),
            ...(event.attachments ? { attachments: event.attachments } : {}),
          },
          usage: null,
        });
        break;
      case 'PersonWanted':
        tell('status', { conversationId, wantsPerson: event.reason });
        break;
      case 'TakenOver':
        tell('status', { conversationId, status: 'with-person' });
        break;
      case 'HandedBack':
      case 'Resumed':
        tell('status', { conversationId, status: 'open', wantsPerson: null });
        break;
      case 'Paused':
        tell('status', { conversationId, status: 'paused' });
        break;
      default:
        break;
    }
  }
  return told;
}
