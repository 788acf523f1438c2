/** What a conversation owes the world in a given state. */
import { isFresh, NO_PROGRESS } from '../../lib/core/agents/loop-guard.ts';
import { type ConversationEffect, type ConversationState, UNDO_SUFFIX, windowKey } from './state.ts';

const NOTHING: readonly ConversationEffect[] = [];

export function react(state: ConversationState): readonly ConversationEffect[] {
  const next = state.undoing?.[0];
  if (!next) return ofTurn(state);
  const undo = { type: 'UndoTool', key: `${next.key}${UNDO_SUFFIX}`, call: next } as const;
  return [undo, ...ofTurn(state)];
}

function ofTurn(state: ConversationState): readonly ConversationEffect[] {
  const { turn, window, status, pin } = state;
  if (window) return [{ type: 'AwaitWindow', key: windowKey(window), until: window.until }];
  if (!turn) return NOTHING;
  if (turn.asking !== null && status === 'paused') return NOTHING;
  const kept = pin && (state.agent === null || state.agent === pin.name) ? pin : undefined;
  if (turn.asking !== null)
    return [
      {
        type: 'AskModel',
        key: turn.asking,
        turn: turn.number,
        step: turn.step,
        agent: kept ? kept.name : state.agent,
        context: state.context,
        ...(turn.cut ? { cut: turn.cut } : {}),
        ...(kept ? { version: kept.version } : {}),
        fresh: isFresh(turn.progress ?? NO_PROGRESS),
      },
    ];
  const onlyOnce = turn.calls.find(
    ({ effect, status }) => effect === 'once' && (status === 'running' || status === 'parked'),
  );
  return (
    turn.calls
      // What can be repeated runs at once; of what cannot, one after the other, and none past one whose outcome is unknown.
      .filter(call => call.status === 'running' && (call.effect !== 'once' || call === onlyOnce))
      .map(({ key, callId, name, arguments: text, effect }) => ({
        type: 'CallTool',
        key,
        turn: turn.number,
        callId,
        name,
        arguments: text,
        effect,
        ...(pin ? { pin } : {}),
      }))
  );
}
