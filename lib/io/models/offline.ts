/** The provider without a language model: rules of the tools, and sentences of the articles, quoted. It says so. */
import type { ChatItem, ModelReply, ToolCall } from '../../contracts/chat.ts';
import type { Passage, TermFrequencies } from '../../core/knowledge/answer.ts';
import { decideOfflineStep, languageOfConversation, type OfflineStep } from '../../core/offline/decide.ts';
import type { OfflineLanguage } from '../../core/offline/declaration.ts';
import { OFFER } from '../../core/offline/phrases.ts';
import type { ModelProvider } from './provider.ts';

const SEARCH = 'search_knowledge';
const USAGE = { tier: 'OFFLINE', model: 'offline', inputTokens: 0, outputTokens: 0, costMicroUsd: 0 };

export function offlineProvider(): ModelProvider {
  return {
    name: 'offline',
    async complete({ context, tools, onText }): Promise<ModelReply> {
      const last = context.at(-1);
      const found = last?.role === 'tool' && last.name === SEARCH ? foundIn(last.content) : {};
      const step = decideOfflineStep({
        messages: withoutSearches(context),
        tools: tools.filter(tool => tool.name !== SEARCH),
        ...found,
      });
      const call = (name: string, args: object, index: number): ToolCall => ({
        id: `call_${context.length}_${index}`,
        name,
        arguments: JSON.stringify(args),
      });
      if (step.kind === 'search')
        return {
          text: '',
          toolCalls: [call(SEARCH, { query: step.query.slice(0, 1_000) }, 0)],
          citations: [],
          usage: USAGE,
        };
      if (step.kind === 'tool')
        return {
          text: '',
          toolCalls: step.calls.map((c, i) => call(c.name, c.arguments, i)),
          citations: [],
          usage: USAGE,
        };
      const text = step.text + choicesOf(step, languageOfConversation(context));
      let offset = 0;
      for (const piece of text.match(/\S+\s*/g) ?? []) {
        onText(piece, offset);
        offset += piece.length;
      }
      return {
        text,
        toolCalls: [],
        citations: step.kind === 'answer' ? step.citations : [],
        usage: USAGE,
        ...(step.kind === 'escalate' && step.handOver === 'now' ? { escalate: step.reason } : {}),
      };
    },
  };
}

const YES_OR_NO = { en: '\n[[Yes]]\n[[No]]', vi: '\n[[Có]]\n[[Không]]' };

/** What is asked for a yes or a no can be answered by a press. */
function choicesOf(step: Extract<OfflineStep, { text: string }>, language: OfflineLanguage): string {
  const confirms = step.kind === 'ask' && step.needs.includes('confirmation');
  return confirms || step.text.includes(OFFER[language]) ? YES_OR_NO[language] : '';
}

/** The talk as the rules read it: what was looked up in between is not part of it. */
function withoutSearches(context: readonly ChatItem[]): ChatItem[] {
  return context.filter(item => {
    if (item.role === 'whisper') return false; // rules cannot heed it
    if (item.role === 'tool') return item.name !== SEARCH;
    return !(item.role === 'assistant' && item.toolCalls?.length === 1 && item.toolCalls[0]!.name === SEARCH);
  });
}

/** What a search gave: its passages, and how often the words of the question stand in the articles. */
function foundIn(content: string): { passages: Passage[]; frequencies?: TermFrequencies } {
  let found: { results?: Passage[]; corpus?: { chunks: number; frequencies: Record<string, number> } };
  try {
    found = JSON.parse(content) as typeof found;
  } catch {
    return { passages: [] }; // the search failed and said so in words: as if nothing had been found
  }
  const { results = [], corpus } = found;
  if (!corpus) return { passages: results };
  return {
    passages: results,
    frequencies: { count: corpus.chunks, documentFrequency: term => corpus.frequencies[term] ?? 0 },
  };
}
