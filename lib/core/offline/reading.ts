/** One message of the customer as the provider understands it, before it knows what it is an answer to. */
import type { SlotHint, ToolDeclaration, ToolHints } from './declaration.ts';
import { longestIn, type Matchable, ruleScore } from './match.ts';
import { MAYBE_QUESTION_WORDS, QUESTION_WORDS, REQUEST_WORDS } from './phrases.ts';
import { findAddress, findEmails, findMoney, findShapes, findText, withoutValues } from './slots.ts';
import { readable, wordsOf } from './text.ts';

export interface Reading extends Matchable {
  readonly text: string;
  /** The text without e-mail addresses and identifiers. */
  readonly bare: string;
  /** By `slotKey`: e-mail addresses and identifiers, in the order in which they appear. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

export type HintedTool = ToolDeclaration & { readonly hints: ToolHints };

export function hintedTools(tools: readonly ToolDeclaration[]): readonly HintedTool[] {
  return tools.filter((tool): tool is HintedTool => tool.hints !== undefined);
}

/** Slots with the same key share what the customer has said: an order number is one for every tool. */
export function slotKey(name: string, hint: SlotHint): string {
  if (hint.kind === 'email') return 'email';
  return hint.kind === 'shape' ? `shape:${hint.shape ?? ''}` : `${hint.kind}:${name}`;
}

/** `asked`: keys of the slots that the message is expected to answer. */
export function readMessage(
  message: string,
  tools: readonly HintedTool[],
  asked: ReadonlySet<string>,
): Reading {
  const text = readable(message);
  const values = new Map<string, readonly string[]>();
  const present = new Set<string>();
  const shapes = new Map<string, SlotHint>();
  for (const { hints } of tools) {
    for (const [name, hint] of Object.entries(hints.slots)) {
      if (hint.kind !== 'shape' && hint.kind !== 'email') continue;
      const key = slotKey(name, hint);
      if (hint.kind === 'shape') shapes.set(key, hint);
      let found = values.get(key);
      if (!found) {
        found = hint.kind === 'email' ? findEmails(text) : findShapes(text, hint, asked.has(key));
        values.set(key, found);
      }
      if (found.length > 0) present.add(name);
    }
  }
  const bare = withoutValues(text, [...shapes.values()]);
  const words = wordsOf(bare);
  const matchable = { words, present, isQuestion: false };
  return { ...matchable, text, bare, values, isQuestion: asksHow(matchable) };
}

/** True when the message asks how something works and is not a polite request. */
function asksHow(message: Matchable): boolean {
  if (longestIn(message, QUESTION_WORDS) > 0) return true;
  return longestIn(message, MAYBE_QUESTION_WORDS) > 0 && longestIn(message, REQUEST_WORDS) === 0;
}

/** True when the message wants to be answered and not to be taken for a value. */
export function isQuestionLike(message: Reading): boolean {
  return message.isQuestion || message.text.includes('?');
}

/** The tool whose rules fit best; of equal ones the first declared. */
export function bestIntent(message: Reading, tools: readonly HintedTool[]): HintedTool | undefined {
  let best: HintedTool | undefined;
  let bestScore = 0;
  for (const tool of tools) {
    const identifiers = Object.entries(tool.hints.slots)
      .filter(([, hint]) => hint.kind === 'shape')
      .map(([name]) => name);
    for (const rule of tool.hints.intents) {
      const score = ruleScore(message, rule, identifiers);
      if (score > bestScore) [best, bestScore] = [tool, score];
    }
  }
  return best;
}

/** Values for the slots of a tool in this message; several identifiers are all given. */
export function slotValues(
  message: Reading,
  tool: HintedTool,
  asked: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [name, hint] of Object.entries(tool.hints.slots)) {
    const key = slotKey(name, hint);
    const values =
      hint.kind === 'shape' || hint.kind === 'email'
        ? (message.values.get(key) ?? [])
        : [freeValue(message, hint, asked.has(key))].filter(value => value !== undefined);
    if (values.length > 0) found.set(key, hint.kind === 'email' ? values.slice(0, 1) : values);
  }
  return found;
}

function freeValue(message: Reading, hint: SlotHint, asked: boolean): string | undefined {
  switch (hint.kind) {
    case 'address':
      return findAddress(message.bare, hint, asked);
    case 'money':
      return findMoney(message.bare);
    case 'text':
      return findText(message.bare, hint, asked && !isQuestionLike(message));
    default:
      return undefined;
  }
}
