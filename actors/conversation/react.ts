/** What a conversation owes the world in a given state. */
import { type ConversationEffect, type ConversationState, windowKey } from './state.ts';

const NOTHING: readonly ConversationEffect[] = [];

export function react(state: ConversationState): readonly ConversationEffect[] {
  const { turn, window, status } = state;
  if (window) return [{ type: 'AwaitWindow', key: windowKey(window), until: window.until }];
  if (!turn) return NOTHING;
  if (turn.asking !== null && status === 'paused') return NOTHING;
  if (turn.asking !== null)
    return [
      {
        type: 'AskModel',
        key: turn.asking,
        turn: turn.number,
        step: turn.step,
        agent: state.agent,
        context: state.context,
      },
    ];
  return turn.calls
    .filter(call => call.status === 'running')
    .map(({ key, callId, name, arguments: text, effect }) => ({
      type: 'CallTool',
      key,
      turn: turn.number,
      callId,
      name,
      arguments: text,
      effect,
    }));
}
