/**
 * Whether an agent that calls tools is still getting anywhere, and within its means. A step is a model's reply with
 * its calls and their results. Three things end it: a cycle (the same calls with the same results, over and over), no
 * progress (results that were all seen before, by whatever calls), and a budget that is used up. An agent whose
 * results keep changing is never cut by the first two, however long it takes.
 */
import type { AgentLimits } from '../../contracts/chat.ts';
import { digest } from './step-digest.ts';

export interface Step {
  /** Digest of the calls with their results. */
  readonly state: string;
  /** Digest of the results alone. */
  readonly result: string;
}

export interface Progress {
  /** The newest steps, oldest first. */
  readonly window: readonly Step[];
  /** Steps in a row that showed no result that was new within the window. */
  readonly stale: number;
}

export const DEFAULT_LIMITS: AgentLimits = {
  // Real support episodes take up to 26 model calls in a turn (tau-bench's own bound is 30).
  maxSteps: 32,
  maxTurnMs: 600_000,
  maxTurnTokens: 1_000_000,
  maxConversationTokens: 10_000_000,
  maxTurnCostMicroUsd: 5_000_000,
  maxConversationCostMicroUsd: 50_000_000,
};

export const NOTHING_SPENT: Spent = { tokens: 0, costMicroUsd: 0 };

export const NO_PROGRESS: Progress = { window: [], stale: 0 };

const WINDOW = 16;
/** Longest cycle that is looked for. */
const LONGEST_CYCLE = 6;
/** Up to this length a cycle is certain when it has come back `maxRepeats` times; longer ones one time earlier. */
const SHORT_CYCLE = 4;
const REPEATS = 2;
/** Steps without news for each time that the same may come again. */
const STALE_STEPS = 4;

export type CutReason = 'cycle' | 'no-progress' | 'steps' | 'time' | 'tokens' | 'cost';

export interface Cut {
  readonly reason: CutReason;
  /** Steps of the cycle; 1 is the same step again and again. */
  readonly cycle?: number;
}

export interface Spent {
  readonly tokens: number;
  readonly costMicroUsd: number;
}

/** `outcomes`: digests of each call and of its result, in the order of the calls. */
export function advance(
  { window, stale }: Progress,
  outcomes: readonly { readonly call: string; readonly result: string }[],
): Progress {
  const result = digest(outcomes.map(outcome => outcome.result));
  const step = { state: digest(outcomes.map(outcome => [outcome.call, outcome.result])), result };
  const known = window.some(earlier => earlier.result === result);
  return { window: [...window, step].slice(-WINDOW), stale: known ? stale + 1 : 0 };
}

/** Whether the newest step showed something new. */
export function isFresh({ window, stale }: Progress): boolean {
  return window.length > 0 && stale === 0;
}

/** The length of the cycle that the newest steps form. */
export function cycleOf({ window }: Progress, repeats: number = REPEATS): number | undefined {
  for (let length = 1; length <= LONGEST_CYCLE; length++) {
    const steps = length * (length <= SHORT_CYCLE ? repeats + 1 : Math.max(2, repeats));
    if (window.length < steps) continue;
    const newest = window.slice(-steps);
    if (newest.every(({ state }, at) => at < length || state === newest[at - length]!.state)) return length;
  }
  return undefined;
}

/** Why the agent is to be stopped after this step; undefined when it may go on. */
export function judge(
  progress: Progress,
  limits: AgentLimits,
  now: {
    readonly step: number;
    readonly elapsedMs: number;
    readonly turn: Spent;
    readonly conversation: Spent;
  },
): Cut | undefined {
  const { maxRepeats = REPEATS } = limits;
  const cycle = cycleOf(progress, maxRepeats);
  if (cycle !== undefined) return { reason: 'cycle', cycle };
  if (progress.stale >= STALE_STEPS * maxRepeats) return { reason: 'no-progress' };
  if (now.step >= limits.maxSteps) return { reason: 'steps' };
  if (now.elapsedMs >= limits.maxTurnMs) return { reason: 'time' };
  if (now.turn.tokens >= limits.maxTurnTokens || now.conversation.tokens >= limits.maxConversationTokens)
    return { reason: 'tokens' };
  if (
    now.turn.costMicroUsd >= limits.maxTurnCostMicroUsd ||
    now.conversation.costMicroUsd >= limits.maxConversationCostMicroUsd
  )
    return { reason: 'cost' };
  return undefined;
}

const WORDS: Readonly<Record<CutReason, string>> = {
  cycle: 'repeated the same steps with the same results',
  'no-progress': 'found nothing new any more',
  steps: 'took too many steps',
  time: 'took too long',
  tokens: 'used up its tokens',
  cost: 'used up its budget',
};

/** For the person who is asked to look. */
export function cutReason({ reason }: Cut): string {
  return `The agent ${WORDS[reason]}`;
}

/** What the model is told for its last call of the turn, which offers no tools. */
export function lastWords({ reason }: Cut): string {
  return `You have ${WORDS[reason]}, so that no tool can be called any more in this turn. Answer now with what you know, say plainly what you could not do, and that a person will look at it.`;
}
