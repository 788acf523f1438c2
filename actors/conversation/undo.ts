/**
 * Undoing what the tools of a cancelled turn did: in reverse, one after another, by the compensation that each tool
 * declares. What cannot be undone is told to a person. A call that read only, or was refused, did nothing.
 */
import type { ChatItem } from '../../lib/contracts/chat.ts';
import type {
  ConversationCommand,
  ConversationEvent,
  ConversationState,
  RunningCall,
  UndoneCall,
} from './state.ts';

/** Characters of a result that the undoing may take arguments from. */
const RESULT_CHARACTERS = 10_000;

/** The calls to undo, the newest first; nothing when there are none. */
export function startUndo({ turn, context }: ConversationState, at: number): ConversationEvent[] {
  const done = turn?.calls ?? [];
  const calls = done
    .filter(({ effect, status }) => effect !== 'read' && status !== 'failed')
    .map((call): UndoneCall => {
      const { key, name, arguments: text, effect } = call;
      const content = call.status === 'done' ? resultOf(call, done, context) : null;
      const kept = content !== null && content.length <= RESULT_CHARACTERS ? content : null;
      return { key, name, arguments: text, effect, content: kept };
    })
    .reverse();
  return calls.length === 0 ? [] : [{ type: 'UndoStarted', turn: turn!.number, calls, at }];
}

/** Not every model's ids are unique: of the calls with one id, each has the result that stands in its place. */
function resultOf(
  call: RunningCall,
  calls: readonly RunningCall[],
  context: readonly ChatItem[],
): string | null {
  const same = calls.filter(
    ({ callId, status }) => callId === call.callId && (status === 'done' || status === 'failed'),
  );
  const results = context.filter(item => item.role === 'tool' && item.callId === call.callId);
  const item = results[results.length - same.length + same.indexOf(call)];
  return item?.role === 'tool' ? item.content : null;
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
