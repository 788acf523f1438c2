/**
 * What a message of the crash test asks for: the tools that its turn uses, round by round. The plan travels in the
 * message's text, so that the scripted model needs no memory and the checker can tell what must have happened.
 */
import type { EffectClass } from '../../lib/contracts/chat.ts';

export interface PlannedCall {
  readonly tool: ToolName;
  /** How long the ledger works at it. */
  readonly ms: number;
}

/**
 * Of the `once` tools, what they can tell after a crash: `kept` whether it acted, and acts once for each key, so that
 * `absent` is certain; `told` that it acted, but not that a call on its way never will; `silent` nothing at all.
 */
export const TOOLS = {
  ledger_read: 'read',
  ledger_idempotent: 'idempotent',
  ledger_once_kept: 'once',
  ledger_once_told: 'once',
  ledger_once_silent: 'once',
} as const satisfies Record<string, EffectClass>;
export type ToolName = keyof typeof TOOLS;

export interface Plan {
  readonly conversation: string;
  readonly message: string;
  /** Milliseconds that the model thinks at each step. */
  readonly thinkMs: number;
  readonly rounds: readonly (readonly PlannedCall[])[];
}

/** What the ledger is told of one call: who asked for it, and the how-manieth it is within its message. */
export interface LedgerArguments {
  readonly conversation: string;
  readonly message: string;
  readonly ordinal: string;
  readonly ms: number;
}

export const planText = (plan: Plan): string => JSON.stringify(plan);
export const readPlan = (text: string): Plan => JSON.parse(text) as Plan;

/** The one right answer: it names its message, so that an answer to another is told apart. */
export function answerTo(plan: Plan): string {
  const calls = plan.rounds.flat().length;
  return `answer to ${plan.message} of ${plan.conversation} after ${calls} tool calls`;
}

/** Half of the messages use tools; some of them for long enough that a kill lands in the middle. */
export function drawPlan(random: () => number, conversation: string, message: string): Plan {
  const names = Object.keys(TOOLS) as ToolName[];
  const rounds = random() < 0.5 ? 0 : random() < 0.8 ? 1 : 2;
  return {
    conversation,
    message,
    thinkMs: Math.round(5 + random() * 120),
    rounds: Array.from({ length: rounds }, () =>
      Array.from({ length: random() < 0.7 ? 1 : 2 }, () => ({
        tool: names[Math.floor(random() * names.length)]!,
        ms: random() < 0.5 ? 0 : Math.round(50 + random() * 450),
      })),
    ),
  };
}
