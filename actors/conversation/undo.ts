/**
 * Undoing what the tools of a cancelled turn did: in reverse, one after another, by the compensation that each tool
 * declares. What cannot be undone is told to a person. A call that read only, or was refused, did nothing.
 */
import type { ConversationCommand, ConversationEvent, ConversationState, UndoneCall } from './state.ts';

/** Characters of a result that the undoing may take arguments from. */
const RESULT_CHARACTERS = 10_000;

/** The calls to undo, the newest first; nothing when there are none. */
export function startUndo({ turn, context }: ConversationState, at: number): ConversationEvent[] {
  const calls = (turn?.calls ?? [])
    .filter(({ effect, status }) => effect !== 'read' && status !== 'failed')
    .map(({ key, callId, name, arguments: text, effect, status }): UndoneCall => {
      const item = context.findLast(each => each.role === 'tool' && each.callId === callId);
      const content = status === 'done' && item?.role === 'tool' ? item.content : null;
      return {
        key,
        name,
        arguments: text,
        effect,
        content: content !== null && content.length <= RESULT_CHARACTERS ? content : null,
      };
    })
    .reverse();
  return calls.length === 0 ? [] : [{ type: 'UndoStarted', turn: turn!.number, calls, at }];
}

export function takeUndo(
  { key, outcome, at }: Extract<ConversationCommand, { type: 'ReportUndo' }>,
  { undoing = [] }: ConversationState,
): ConversationEvent[] {
  const call = undoing.find(each => each.key === key);
  if (!call) return [];
  return [
    { type: 'CallUndone', key, name: call.name, outcome, at },
    ...(outcome === 'failed'
      ? [{ type: 'PersonWanted' as const, reason: `What "${call.name}" did could not be undone`, at }]
      : []),
  ];
}

export function withoutUndone(state: ConversationState, key: string): ConversationState {
  const left = (state.undoing ?? []).filter(each => each.key !== key);
  const { undoing: _gone, ...rest } = state;
  return left.length === 0 ? rest : { ...rest, undoing: left };
}
