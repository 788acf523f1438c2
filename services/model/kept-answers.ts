/**
 * Answers of conversations that are kept for the same question of other customers, where the tenant has asked for it: a
 * turn that only looked into the knowledge, of an agent without memory. Looked up before the first call of a turn;
 * kept after its last, in the place that was looked at before the knowledge was searched.
 */
import type { AgentManifest } from '../../lib/contracts/agents.contracts.ts';
import type { ChatItem, Citation, ModelReply } from '../../lib/contracts/chat.ts';
import { CUSTOMER } from '../../lib/core/knowledge/access.ts';
import type { AnswersPolicy } from '../../lib/core/models/answer-cache.ts';
import { countKept, type LookedUp } from '../../lib/io/models/answer-cache.ts';
import type { Models } from '../../lib/io/models/open-models.ts';

interface Kept {
  readonly text: string;
  readonly citations: readonly Citation[];
  readonly model: string;
}

export interface KeptCall {
  readonly policy: AnswersPolicy | undefined;
  readonly tenantId: string;
  readonly region: string | null;
  readonly conversationId: string | null;
  readonly agent: string | null;
  readonly manifest: AgentManifest | null;
  readonly instructions: string;
  readonly tools: readonly { readonly name: string }[];
  readonly context: readonly ChatItem[];
  readonly onText: (text: string, offset: number) => void;
}

const SEARCH = 'search_knowledge';
/** Turns of this node that were looked up and are not answered yet. */
const MOST_OPEN = 5_000;

export class KeptAnswers {
  readonly #models: Pick<Models, 'answers' | 'spending'>;
  readonly #open = new Map<string, LookedUp<Kept>>();

  constructor(models: Pick<Models, 'answers' | 'spending'>) {
    this.#models = models;
  }

  /** What was kept, or what `ask` gives. */
  async answer(call: KeptCall, ask: () => Promise<ModelReply>): Promise<ModelReply> {
    const { policy, tenantId, conversationId, manifest, context, onText } = call;
    const at = context.findLastIndex(({ role }) => role === 'user');
    if (!policy || conversationId === null || manifest?.memory === 'customer' || at < 0) return await ask();
    const turn = `${tenantId} ${conversationId} ${at}`;
    let looked = this.#open.get(turn);
    this.#open.delete(turn);
    if (at === context.length - 1) {
      looked = await this.#look(call, policy, at);
      const { found } = looked ?? {};
      if (found) {
        const { text, citations, model } = found.answer;
        const { agent } = call;
        const counted = { tenantId, conversationId, agent, savedMicroUsd: found.costMicroUsd };
        countKept(this.#models.spending, { ...counted, source: 'conversation', model });
        onText(text, 0);
        const usage = { tier: 'KEPT', model, inputTokens: 0, outputTokens: 0, costMicroUsd: 0 };
        return { text, toolCalls: [], citations, usage };
      }
    } else if (!onlySearched(context.slice(at + 1))) looked = undefined;
    const reply = await ask();
    if (!looked) return reply;
    if (reply.toolCalls.length > 0) {
      if (this.#open.size >= MOST_OPEN) this.#open.delete(this.#open.keys().next().value!);
      this.#open.set(turn, looked);
    } else if (reply.escalate === undefined && !reply.cutOff && reply.text !== '') {
      const { text, citations, usage } = reply;
      const said = [text, ...citations.map(({ quote }) => quote)].join('\n');
      await looked.keep({ text, citations, model: usage.model }, said, usage.costMicroUsd);
    }
    return reply;
  }

  #look(call: KeptCall, policy: AnswersPolicy, at: number): Promise<LookedUp<Kept> | undefined> {
    const { tenantId, region, agent, manifest, instructions, tools, context } = call;
    const question = {
      tenantId,
      source: 'conversation',
      agent: [agent, manifest],
      model: 'auto',
      instructions,
      before: context.slice(0, at),
      settings: tools,
      reader: CUSTOMER, // whatever answers customers reads what they may
      region,
      question: (context[at] as { readonly text: string }).text,
    };
    return this.#models.answers.look<Kept>(question, policy);
  }
}

/** Nothing but the knowledge was asked since the question. */
function onlySearched(since: readonly ChatItem[]): boolean {
  return since.every(item =>
    item.role === 'tool'
      ? item.name === SEARCH
      : item.role === 'assistant' && (item.toolCalls ?? []).every(({ name }) => name === SEARCH),
  );
}
