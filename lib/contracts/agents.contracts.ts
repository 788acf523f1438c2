/** Agents: what a tenant's answer to its customers is made of. A change is a new version; conversations keep to theirs. */
import type { AgentPin } from './chat.ts';
import { contract, type ResultOf } from './contract.ts';
import {
  id,
  integer,
  json,
  LARGEST_INT,
  list,
  nullable,
  object,
  oneOf,
  optional,
  STORABLE,
  text,
} from './schema.ts';

const agentName = id({ doc: 'Name of the agent', example: 'returns' });

const fields = {
  instructions: text({
    min: 1,
    max: 50_000,
    pattern: STORABLE,
    doc: 'What the model is told about its work',
    example: 'You handle returns of the shop. Be brief.',
  }),
  tools: optional(
    list(text({ min: 1, max: 200 }), { max: 200, doc: 'Tools it may use; without a list all of the tenant' }),
  ),
  knowledge: optional(oneOf(['search', 'none'], { doc: 'Whether it may search the knowledge (default)' })),
  memory: optional(
    oneOf(['customer', 'none'], {
      doc: 'Whether it remembers customers who have agreed to it, from one conversation to the next; default none',
    }),
  ),
  handOffs: optional(
    list(
      object({
        agent: agentName,
        when: text({ min: 1, max: 500, doc: 'When to hand over, told to the model' }),
      }),
      { max: 20, doc: 'Agents that it may hand a conversation over to' },
    ),
  ),
  guardRails: optional(
    object({
      neverSay: list(text({ min: 2, max: 200, pattern: STORABLE }), {
        max: 100,
        doc: 'Phrases that no answer may hold, in whatever case. Such an answer is not sent; a person is asked.',
      }),
    }),
  ),
  answerSchema: optional(
    json<Record<string, unknown>>({
      doc: 'JSON Schema: the answer must be JSON that fits; it is asked for again at most twice',
    }),
  ),
  limits: optional(
    object({
      maxSteps: optional(integer({ min: 1, max: 2_000, doc: 'Model calls in one turn; default 32' })),
      maxRepeats: optional(
        integer({
          min: 1,
          max: 1_000,
          doc: 'Times that the same steps may come again before it is stopped; default 2. Four times as many steps that show nothing new stop it as well',
        }),
      ),
      maxTurnMs: optional(integer({ min: 1_000, max: 86_400_000 })),
      maxTurnTokens: optional(integer({ min: 1 })),
      maxConversationTokens: optional(integer({ min: 1 })),
      maxTurnCostMicroUsd: optional(integer({ min: 1 })),
      maxConversationCostMicroUsd: optional(integer({ min: 1 })),
    }),
  ),
} as const;

const manifest = object({ name: agentName, ...fields });
const version = integer({ max: LARGEST_INT, doc: 'Counts up from 1; 0 is an agent of the settings' });
const stored = object({
  version,
  manifest,
  createdAt: nullable(text({ max: 30 })),
  createdBy: optional(text({ max: 200, doc: 'Empty where it was not yet written down' })),
});

export type AgentManifest = NonNullable<ResultOf<typeof getAgent>>['manifest'];

export const putAgent = contract({
  name: 'agents.put',
  doc: 'Declares an agent, or a new version of it. Conversations under way keep to the version that they began with. The same manifest again is the same version.',
  params: manifest,
  result: object({ name: agentName, version }),
  errors: ['validation-failed', 'conflict'],
  policy: { timeoutMs: 10_000 },
  http: { method: 'PUT', path: '/control/agents/:name', scope: 'operate', etag: true },
});

export const listAgents = contract({
  name: 'agents.list',
  doc: 'The newest version of each agent.',
  params: object({}),
  result: object({ agents: list(stored, { max: 200 }) }),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/control/agents', scope: 'operate' },
});

export const getAgent = contract({
  name: 'agents.get',
  doc: 'An agent, in its newest or in a given version.',
  params: object({ name: agentName, version: optional(version) }),
  result: stored,
  errors: ['not-found'],
  policy: { timeoutMs: 5_000, retries: 2 },
  http: { method: 'GET', path: '/control/agents/:name', scope: 'operate', etag: true },
});

export const resolveAgent = contract({
  name: 'agents.resolve',
  doc: 'The agent that answers: the named one or the first of the tenant, in the version that the conversation keeps to; `<name>@staging` is the version in staging.',
  params: object({ agent: nullable(text({ max: 200 })), version: optional(version) }),
  result: json<{ readonly manifest: AgentManifest | null; readonly pin: AgentPin | null }>(),
  errors: [],
  policy: { timeoutMs: 5_000, retries: 2, breaker: true },
});
