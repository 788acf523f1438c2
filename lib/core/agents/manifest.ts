/** An agent as a tenant declares it, and what follows from the declaration alone. */

import type { AgentManifest } from '../../contracts/agents.contracts.ts';
import type { AgentPin } from '../../contracts/chat.ts';
import type { ToolDeclaration } from '../offline/declaration.ts';
import { DEFAULT_LIMITS } from './loop-guard.ts';

export const HAND_OFF_TOOL = 'hand_off_to_agent';

/** An agent that the tenant's settings name, from before agents had versions. */
export interface SettingsAgent {
  readonly name: string;
  readonly instructions: string | readonly string[];
  readonly tools?: readonly string[];
}

export function fromSettings({ name, instructions, tools }: SettingsAgent): AgentManifest {
  return { name, instructions: [instructions].flat().join('\n'), ...(tools ? { tools } : {}) };
}

export function pinOf(manifest: AgentManifest, version: number): AgentPin {
  return {
    name: manifest.name,
    version,
    limits: { ...DEFAULT_LIMITS, ...manifest.limits },
    handOffs: (manifest.handOffs ?? []).map(({ agent }) => agent),
  };
}

/** The tool by which the agent hands over; undefined when it may hand over to nobody. */
export function handOffTool({ handOffs = [] }: AgentManifest): ToolDeclaration | undefined {
  if (handOffs.length === 0) return undefined;
  const choices = handOffs.map(({ agent, when }) => `${agent}: ${when}`).join('; ');
  return {
    name: HAND_OFF_TOOL,
    description: `Hands this conversation over to another agent, which goes on with it from here. ${choices}`,
    params: {
      $$strict: true,
      agent: { type: 'enum', values: handOffs.map(({ agent }) => agent) },
      reason: { type: 'string', min: 1, max: 500, description: 'Why, for the agent that takes over' },
    },
    effect: 'idempotent',
  };
}

/** Whether the agent may use that tool. Without a list it may use all of its tenant's. */
export function mayUse({ tools, knowledge }: AgentManifest, name: string): boolean {
  if (name === 'search_knowledge') return knowledge !== 'none' && (tools?.includes(name) ?? true);
  return tools?.includes(name) ?? true;
}

/** The guard rail that an answer breaks, by its place in the manifest; undefined when it breaks none. */
export function brokenRail({ guardRails }: AgentManifest, text: string): number | undefined {
  const lower = text.toLowerCase();
  const at = (guardRails?.neverSay ?? []).findIndex(phrase => lower.includes(phrase.toLowerCase()));
  return at < 0 ? undefined : at;
}
