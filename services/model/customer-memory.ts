/** An agent's instructions, followed by what is remembered of the customer where the agent remembers and the customer has agreed. */
import type { Context } from 'moleculer';
import type { AgentManifest } from '../../lib/contracts/agents.contracts.ts';
import { recallCustomer } from '../../lib/contracts/memory.contracts.ts';
import { memoryPrompt } from '../../lib/core/agents/customer-memory.ts';
import { call } from '../../lib/moleculer/action.ts';

export async function withMemory(
  ctx: Context,
  manifest: AgentManifest | null,
  conversationId: string | null,
  fallback: string,
): Promise<string> {
  const instructions = manifest?.instructions ?? fallback;
  if (manifest?.memory !== 'customer' || conversationId === null) return instructions;
  const { summary, facts } = await call(ctx, recallCustomer, { conversationId });
  const known = memoryPrompt(summary, facts);
  return known === undefined ? instructions : `${instructions}\n\n${known}`;
}
