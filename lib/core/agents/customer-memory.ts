/** What is kept of a customer, and how a model is told of it: as data behind a fence, never as an instruction. */
import type { ToolDeclaration } from '../offline/declaration.ts';
import { quarantine } from '../tools/quarantine.ts';

export interface RememberedFact {
  readonly id: string;
  readonly text: string;
  readonly at: string;
}

export const MOST_FACTS = 50;
export const REMEMBER_TOOL = 'remember_customer';
export const FORGET_TOOL = 'forget_customer';

/** A fact that is known already is not kept twice; the oldest goes when there are too many. */
export function withFact(facts: readonly RememberedFact[], fact: RememberedFact): readonly RememberedFact[] {
  const same = (each: RememberedFact) =>
    each.id === fact.id || each.text.trim().toLowerCase() === fact.text.trim().toLowerCase();
  return facts.some(same) ? facts : [...facts, fact].slice(-MOST_FACTS);
}

export const MEMORY_TOOLS: readonly ToolDeclaration[] = [
  {
    name: REMEMBER_TOOL,
    description:
      'Keeps something about this customer for later conversations: a lasting fact (a preference, what they own, how they want to be addressed), or a new summary of what happened. Never health, beliefs, card numbers or passwords.',
    params: {
      $$strict: true,
      fact: { type: 'string', optional: true, min: 1, max: 300, description: 'One lasting fact' },
      summary: {
        type: 'string',
        optional: true,
        max: 2_000,
        description: 'A summary that takes the place of the one before',
      },
    },
    effect: 'idempotent',
  },
  {
    name: FORGET_TOOL,
    description: 'Forgets everything that is kept about this customer. Use it when the customer asks for it.',
    params: { $$strict: true },
    effect: 'idempotent',
  },
];

/** What the model reads of the customer; undefined when nothing is known. */
export function memoryPrompt(summary: string, facts: readonly string[]): string | undefined {
  const lines = [...(summary ? [`Summary: ${summary}`] : []), ...facts.map(fact => `- ${fact}`)];
  if (lines.length === 0) return undefined;
  return `What is remembered of this customer from earlier conversations:\n${quarantine('customer_memory', lines.join('\n')).content}`;
}
