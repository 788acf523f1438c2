/**
 * A recorded episode as a model: gives the recorded step when the request is the recorded one, and says where it
 * differs when it is not. Episodes are lists of messages in the OpenAI form, as `tau-bench` records them.
 */
import type { ChatItem, ToolCall } from '../../contracts/chat.ts';

export interface RecordedMessage {
  readonly role: 'user' | 'assistant' | 'tool' | 'system';
  readonly content: string | null;
  readonly tool_calls?:
    | readonly {
        readonly id: string;
        readonly function: { readonly name: string; readonly arguments: string };
      }[]
    | null;
  readonly tool_call_id?: string;
  readonly name?: string;
}

export type ReplayStep =
  | { readonly kind: 'reply'; readonly text: string; readonly toolCalls: readonly ToolCall[] }
  /** The recording ends with this very request: nothing was answered any more. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'diverged'; readonly at: number; readonly why: string };

/** The step recorded after exactly this context. A context that was cut at its front is matched by its rest. */
export function replayStep(recorded: readonly RecordedMessage[], given: readonly ChatItem[]): ReplayStep {
  const episode = answersInOrder(recorded, each => (each.role === 'tool' ? each.tool_call_id : undefined));
  const context = answersInOrder(given, each => (each.role === 'tool' ? each.callId : undefined));
  let furthest = 0;
  // A context that nothing was cut from begins where the recording does: that place before all others.
  const ends = [context.length, ...Array.from(episode, (_, i) => episode.length - 1 - i)];
  for (const end of ends) {
    if (end < context.length || episode[end]?.role !== 'assistant') continue;
    const start = end - context.length;
    let same = 0;
    while (same < context.length && matches(episode[start + same]!, context[same]!)) same++;
    furthest = Math.max(furthest, same);
    if (same === context.length) {
      const { content, tool_calls: calls } = episode[end]!;
      return {
        kind: 'reply',
        text: content ?? '',
        toolCalls: (calls ?? []).map(call => ({
          id: call.id,
          name: call.function.name,
          arguments: call.function.arguments,
        })),
      };
    }
  }
  if (endsWith(episode, context)) return { kind: 'ended' };
  return {
    kind: 'diverged',
    at: furthest,
    why: `message ${furthest + 1} of the request is not in the recording`,
  };
}

/** Answers of tools that ran at once come in whatever order: each run of them by the ids of their calls. */
function answersInOrder<T>(items: readonly T[], idOf: (item: T) => string | undefined): readonly T[] {
  const sorted = items.slice();
  for (let at = 0; at < sorted.length; at++) {
    let end = at;
    while (end < sorted.length && idOf(sorted[end]!) !== undefined) end++;
    if (end - at < 2) continue;
    const run = sorted.slice(at, end).sort((a, b) => (idOf(a)! < idOf(b)! ? -1 : 1));
    sorted.splice(at, run.length, ...run);
    at = end;
  }
  return sorted;
}

/** A conversation keeps the beginning of an answer that is too long for it. */
const SHORTEST_CUT = 1_000;

function sameAnswer(recorded: string, kept: string): boolean {
  return recorded === kept || (kept.length >= SHORTEST_CUT && recorded.startsWith(kept));
}

function endsWith(episode: readonly RecordedMessage[], context: readonly ChatItem[]): boolean {
  const start = episode.length - context.length;
  return start >= 0 && context.every((item, at) => matches(episode[start + at]!, item));
}

function matches(recorded: RecordedMessage, item: ChatItem): boolean {
  if (item.role === 'tool')
    return recorded.role === 'tool' && sameAnswer(recorded.content ?? '', item.content);
  if (item.role === 'user') return recorded.role === 'user' && recorded.content === item.text;
  if (recorded.role !== 'assistant' || (recorded.content ?? '') !== item.text) return false;
  const calls = item.role === 'assistant' ? (item.toolCalls ?? []) : [];
  const recordedCalls = recorded.tool_calls ?? [];
  return (
    calls.length === recordedCalls.length &&
    calls.every(
      (call, i) =>
        call.name === recordedCalls[i]!.function.name &&
        call.arguments === recordedCalls[i]!.function.arguments,
    )
  );
}
