/** Every contract by the name of its action. */
import * as agents from './agents.contracts.ts';
import * as attachments from './attachments.contracts.ts';
import * as audit from './audit.contracts.ts';
import * as billing from './billing.contracts.ts';
import * as channelHealth from './channel-health.contracts.ts';
import * as channelIdentities from './channel-identities.contracts.ts';
import * as channelMedia from './channel-media.contracts.ts';
import * as channels from './channels.contracts.ts';
import type { AnyContract } from './contract.ts';
import * as control from './control.contracts.ts';
import * as conversation from './conversation.contracts.ts';
import * as conversationDesk from './conversation-desk.contracts.ts';
import * as conversationRatings from './conversation-ratings.contracts.ts';
import * as desk from './desk.contracts.ts';
import * as identity from './identity.contracts.ts';
import * as ingestion from './ingestion.contracts.ts';
import * as knowledge from './knowledge.contracts.ts';
import * as knowledgeInsight from './knowledge-insight.contracts.ts';
import * as members from './members.contracts.ts';
import * as memory from './memory.contracts.ts';
import * as models from './models.contracts.ts';
import * as operations from './operations.contracts.ts';
import * as orchestrator from './orchestrator.contracts.ts';
import * as origins from './origins.contracts.ts';
import * as platform from './platform.contracts.ts';
import * as privacy from './privacy.contracts.ts';
import * as router from './router.contracts.ts';
import * as saying from './saying.contracts.ts';
import * as shop from './shop.contracts.ts';
import { agentStages, toolStages } from './stages.contracts.ts';
import * as toolSources from './tool-sources.contracts.ts';
import * as widget from './widget.contracts.ts';
import * as workflow from './workflow.contracts.ts';

function isContract(value: unknown): value is AnyContract {
  return typeof value === 'object' && value !== null && 'policy' in value && 'params' in value;
}

export const CONTRACTS: readonly AnyContract[] = [
  ...Object.values(agents),
  ...Object.values(attachments),
  ...Object.values(audit),
  ...Object.values(control),
  ...Object.values(billing),
  ...Object.values(models),
  ...Object.values(channels),
  ...Object.values(channelHealth),
  ...Object.values(channelIdentities),
  ...Object.values(channelMedia),
  ...Object.values(conversation),
  ...Object.values(conversationDesk),
  ...Object.values(conversationRatings),
  ...Object.values(desk),
  ...Object.values(knowledge),
  ...Object.values(knowledgeInsight),
  ...Object.values(ingestion),
  ...Object.values(identity),
  ...Object.values(members),
  ...Object.values(memory),
  ...Object.values(operations),
  ...Object.values(orchestrator),
  ...Object.values(origins),
  ...Object.values(platform),
  ...Object.values(saying),
  ...Object.values(shop),
  ...Object.values(workflow),
  ...Object.values(privacy),
  ...Object.values(router),
  ...Object.values(agentStages),
  ...Object.values(toolStages),
  ...Object.values(toolSources),
  ...Object.values(widget),
].filter(isContract);

const byName = new Map(CONTRACTS.map(contract => [contract.name, contract]));

export function contractOf(name: string): AnyContract | undefined {
  return byName.get(name);
}
