/** How far the turn under way has come: its steps, what they showed, and whether it may go on. */
import type { Usage } from '../../lib/contracts/chat.ts';
import {
  advance,
  type Cut,
  DEFAULT_LIMITS,
  judge,
  NO_PROGRESS,
  NOTHING_SPENT,
  type Spent,
} from '../../lib/core/agents/loop-guard.ts';
import { HAND_OFF_TOOL } from '../../lib/core/agents/manifest.ts';
import { callDigest, resultDigest } from '../../lib/core/agents/step-digest.ts';
import type { ConversationState, Turn } from './state.ts';

type Returned = { readonly key: string; readonly content: string; readonly failed: boolean };

/** The turn with that result; its step is over when no call of it is under way any more. */
export function withResult(
  turn: Turn,
  { key, content, failed }: Returned,
): Turn & { readonly over: boolean } {
  const calls = turn.calls.map(call =>
    call.key === key
      ? {
          ...call,
          status: failed ? ('failed' as const) : ('done' as const),
          result: resultDigest(content, failed),
        }
      : call,
  );
  const over = calls.every(call => call.status === 'done' || call.status === 'failed');
  if (!over) return { ...turn, calls, over };
  const outcomes = calls
    .filter(call => call.step === turn.step)
    .map(call => ({ call: callDigest(call.name, call.arguments), result: call.result ?? '' }));
  return {
    ...turn,
    calls,
    step: turn.step + 1,
    progress: advance(turn.progress ?? NO_PROGRESS, outcomes),
    over,
  };
}

/** Why the turn must come to its end after that result; undefined when it may go on. */
export function cutAfter(
  state: ConversationState,
  turn: Turn,
  returned: Returned,
  at: number,
): Cut | undefined {
  const after = withResult(turn, returned);
  if (!after.over) return undefined;
  const used = spentOf(turn.usage);
  return judge(after.progress ?? NO_PROGRESS, state.pin?.limits ?? DEFAULT_LIMITS, {
    step: after.step,
    elapsedMs: at - (turn.startedAt ?? at),
    turn: used,
    conversation: added(state.spent ?? NOTHING_SPENT, used),
  });
}

export function spentOf(usage: Usage | null): Spent {
  if (usage === null) return NOTHING_SPENT;
  return { tokens: usage.inputTokens + usage.outputTokens, costMicroUsd: usage.costMicroUsd };
}

export function added(a: Spent, b: Spent): Spent {
  return { tokens: a.tokens + b.tokens, costMicroUsd: a.costMicroUsd + b.costMicroUsd };
}

/** The agent that a successful call of the hand-off tool leads to; undefined for any other call. */
export function handedTo(
  { pin }: ConversationState,
  call: { readonly name: string; readonly arguments: string },
  failed: boolean,
): string | undefined {
  if (call.name !== HAND_OFF_TOOL || failed || !pin) return undefined;
  try {
    const { agent } = JSON.parse(call.arguments) as { agent?: unknown };
    return pin.handOffs.find(name => name === agent);
  } catch {
    return undefined; // the tool has refused such arguments and told the model so
  }
}

/** Sums a turn's model calls; tier and model are the last one's. */
export function addUsage(before: Usage | null, now: Usage): Usage {
  if (!before) return now;
  return {
    ...now,
    inputTokens: before.inputTokens + now.inputTokens,
    outputTokens: before.outputTokens + now.outputTokens,
    costMicroUsd: before.costMicroUsd + now.costMicroUsd,
  };
}
