/**
 * The brain of the `offline` model provider. There is no language model in it: rules that the tools bring along
 * find out what is wanted, questions are answered by sentences of the help articles, and everything else goes to
 * a person. Pure and deterministic: the same conversation gives the same step.
 *
 * Invariants
 * - Nothing the customer wrote is repeated except values that were recognised (an order number, an address).
 * - Text of documents and tools is shown without what a person could not see.
 * - A tool with an effect is called only when the customer asked for exactly that, or said yes to it.
 */
import type { ChatItem, Citation } from '../../contracts/chat.ts';
import { ANSWERABLE_FROM, extractAnswer, type Passage, type TermFrequencies } from '../knowledge/answer.ts';
import { contentOf } from '../knowledge/question.ts';
import type { Localized, OfflineLanguage, ToolDeclaration } from './declaration.ts';
import { type Dialogue, foldDialogue, type Reaction, type Task } from './dialogue.ts';
import { languageOf } from './language.ts';
import { OFFER, OFFLINE_NOTICE, SAY, UNSURE } from './phrases.ts';
import { type HintedTool, hintedTools, slotKey } from './reading.ts';
import { parseOutcome, renderOutcome, renderTemplate } from './render.ts';
import { visible, wordsOf } from './text.ts';

export interface OfflineInput {
  /** Oldest first; the last is what has to be answered: a message of the customer or results of tools. */
  readonly messages: readonly ChatItem[];
  readonly tools: readonly ToolDeclaration[];
  /** Fixes the language; without it that of the customer's messages is taken, English when they do not tell. */
  readonly language?: OfflineLanguage;
  /** What was found for the `search` step that these same messages gave; undefined before searching. */
  readonly passages?: readonly Passage[];
  /** Statistics of the searched corpus, for weighing the words of the question. */
  readonly frequencies?: TermFrequencies;
}

export interface OfflineToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string>>;
}

export type EscalationReason =
  | 'asked-for-person'
  | 'complaint'
  | 'safety'
  | 'not-in-knowledge'
  | 'missing-details'
  | 'tool-failed';

export type OfflineStep =
  | { readonly kind: 'search'; readonly query: string; readonly language: OfflineLanguage }
  | { readonly kind: 'tool'; readonly calls: readonly OfflineToolCall[] }
  | { readonly kind: 'answer'; readonly text: string; readonly citations: readonly Citation[] }
  /** `needs`: names of the missing arguments, or `confirmation`. */
  | { readonly kind: 'ask'; readonly text: string; readonly needs: readonly string[] }
  | {
      readonly kind: 'escalate';
      readonly text: string;
      readonly reason: EscalationReason;
      /** `now`: the customer wants it or it must be; `offered`: the text asks, and "yes" gives a step with `now`. */
      readonly handOver: 'now' | 'offered';
    };

/** An answer is never longer. Characters. */
const MAX_ANSWER = 1_500;
const MAX_PASSAGE = 20_000;
const MAX_PASSAGES = 10;
/** Calls of one step. */
const MAX_CALLS = 4;
/**
 * Without the corpus' statistics every word of a question weighs the same, so that half of it proves little: one
 * word of "What is the capital of France?" stands in an article about shipping.
 */
const ANSWERABLE_UNWEIGHTED_FROM = 0.55;
/** From here on an article is named although it does not answer. */
const RELATED_FROM = 0.3;
/** Codes of failures, as opposed to refusals of the tool itself. */
const FAILURES = new Set([
  'failed',
  'tool-failed',
  'tool-unknown',
  'timeout',
  'unavailable',
  'internal',
  'overloaded',
]);

export function decideOfflineStep(input: OfflineInput): OfflineStep {
  const tools = hintedTools(input.tools);
  const language = input.language ?? languageOfConversation(input.messages);
  const last = input.messages.at(-1);
  if (last?.role === 'tool') return sayOutcomes(input.messages, input.tools, language);
  const dialogue = foldDialogue(input.messages, tools);
  if (last?.role !== 'user') return answer(SAY.ready[language]);
  return dialogue.reaction.do === 'search'
    ? answerQuestion(dialogue, dialogue.reaction.question, input, language)
    : stepOf(dialogue.reaction, language);
}

export function languageOfConversation(messages: readonly ChatItem[]): OfflineLanguage {
  return languageOf(messages.flatMap(item => (item.role === 'user' ? [item.text] : [])).toReversed());
}

function answer(text: string, citations: readonly Citation[] = []): OfflineStep {
  return { kind: 'answer', text, citations };
}

function stepOf(reaction: Exclude<Reaction, { do: 'search' }>, language: OfflineLanguage): OfflineStep {
  const say = (...texts: readonly Localized[]) => texts.map(text => text[language]).join(' ');
  switch (reaction.do) {
    case 'greeting':
      return answer(say(SAY.greeting, OFFLINE_NOTICE));
    case 'identity':
      return answer(say(SAY.identity, OFFLINE_NOTICE));
    case 'thanks':
    case 'goodbye':
    case 'empty':
    case 'ready':
    case 'dropped':
      return answer(say(SAY[reaction.do]));
    case 'person':
      return { kind: 'escalate', text: say(SAY.handOver), reason: 'asked-for-person', handOver: 'now' };
    case 'complaint':
    case 'safety':
      return { kind: 'escalate', text: say(SAY[reaction.do]), reason: reaction.do, handOver: 'now' };
    case 'stuck':
      return {
        kind: 'escalate',
        text: say(SAY.stuck, OFFER),
        reason: 'missing-details',
        handOver: 'offered',
      };
    case 'ask':
      return ask(reaction.task, language, reaction.help);
    case 'one-at-a-time': {
      const step = ask(reaction.task, language, false);
      return { ...step, text: `${SAY.several[language]} ${step.text}` };
    }
    case 'confirm': {
      const { tool } = reaction.task;
      const template = tool.hints.confirm?.[language] ?? '';
      const [fields] = argumentsOf(reaction.task);
      return { kind: 'ask', text: renderTemplate(template, fields, language), needs: ['confirmation'] };
    }
    case 'call': {
      const { name } = reaction.task.tool;
      return {
        kind: 'tool',
        calls: argumentsOf(reaction.task).map(each => ({ name, arguments: each })),
      };
    }
  }
}

function ask(task: Task, language: OfflineLanguage, help: boolean): Extract<OfflineStep, { kind: 'ask' }> {
  const slots = Object.entries(task.tool.hints.slots).filter(([name, hint]) =>
    task.waitsFor.has(slotKey(name, hint)),
  );
  const texts = slots.map(([, hint]) =>
    help && hint.help ? `${hint.help[language]} ${hint.ask[language]}` : hint.ask[language],
  );
  return { kind: 'ask', text: texts.join(' '), needs: slots.map(([name]) => name) };
}

/** Arguments of each call: one call for each identifier that was named. */
function argumentsOf(task: Task): readonly Readonly<Record<string, string>>[] {
  let made: Readonly<Record<string, string>>[] = [{}];
  for (const [name, hint] of Object.entries(task.tool.hints.slots)) {
    const values = task.values.get(slotKey(name, hint));
    if (!values) continue;
    made = made.flatMap(each => values.map(value => ({ ...each, [name]: value }))).slice(0, MAX_CALLS);
  }
  return made;
}

/** Says what the tools answered since the customer spoke last. */
function sayOutcomes(
  messages: readonly ChatItem[],
  tools: readonly ToolDeclaration[],
  language: OfflineLanguage,
): OfflineStep {
  const outcomes = messages.slice(messages.findLastIndex(item => item.role !== 'tool') + 1);
  const texts: string[] = [];
  let refused = false;
  for (const item of outcomes) {
    if (item.role !== 'tool') continue;
    const outcome = parseOutcome(item.content);
    if (!outcome || (!outcome.ok && FAILURES.has(outcome.code))) {
      return {
        kind: 'escalate',
        text: `${SAY.toolFailed[language]} ${OFFER[language]}`,
        reason: 'tool-failed',
        handOver: 'offered',
      };
    }
    refused ||= !outcome.ok;
    texts.push(renderOutcome(outcome, tools.find(tool => tool.name === item.name)?.hints, language));
  }
  const text = visible(texts.filter(each => each !== '').join('\n\n'), MAX_ANSWER);
  return answer(refused ? `${text} ${OFFER[language]}`.trim() : text || SAY.ready[language]);
}

function answerQuestion(
  dialogue: Dialogue,
  question: string,
  { passages, frequencies }: OfflineInput,
  language: OfflineLanguage,
): OfflineStep {
  // Typed without diacritics, the Vietnamese words that ask are others that say something ("bao lâu", "bảo").
  const query = language === 'vi' ? contentOf(question, language) : question;
  if (passages === undefined) return { kind: 'search', query, language };
  const clean = passages.slice(0, MAX_PASSAGES).map(passage => ({
    ...passage,
    title: visible(passage.title),
    text: visible(passage.text, MAX_PASSAGE),
  }));
  const found = extractAnswer(question, clean, { language, ...(frequencies ? { frequencies } : {}) });
  const enough = frequencies ? ANSWERABLE_FROM : ANSWERABLE_UNWEIGHTED_FROM;
  if (found.text !== '' && found.answerability >= enough) {
    const citations = found.citations.map(({ documentId, title, quote, span }) => ({
      documentId,
      title,
      quote,
      ...span,
    }));
    const text = visible(found.text, MAX_ANSWER);
    return answer(dialogue.task ? `${text}\n\n${backTo(dialogue.task, language)}` : text, citations);
  }
  // The second time in a row a person takes over; asking a third time would help nobody.
  if (dialogue.unsure) {
    const text = `${UNSURE[language]} ${SAY.handOver[language]}`;
    return { kind: 'escalate', text, reason: 'not-in-knowledge', handOver: 'now' };
  }
  const closest = found.answerability >= RELATED_FROM ? relatedTitle(question, clean) : undefined;
  const related = closest ? [renderTemplate(SAY.related[language], { title: closest }, language)] : [];
  const text = [UNSURE[language], ...related, OFFLINE_NOTICE[language], OFFER[language]].join(' ');
  return { kind: 'escalate', text, reason: 'not-in-knowledge', handOver: 'offered' };
}

/** The first of the best articles whose title has at least two words of the question. */
function relatedTitle(question: string, passages: readonly Passage[]): string | undefined {
  const words = (text: string) =>
    wordsOf(text)
      .folded.split(' ')
      .filter(word => word.length >= 3);
  const asked = new Set(words(question));
  return passages.slice(0, 3).find(({ title }) => words(title).filter(word => asked.has(word)).length >= 2)
    ?.title;
}

/** After a question in between, what was being asked for. */
function backTo(task: Task & { readonly tool: HintedTool }, language: OfflineLanguage): string {
  const step = task.confirming
    ? stepOf({ do: 'confirm', task }, language)
    : stepOf({ do: 'ask', task, help: false }, language);
  return step.kind === 'ask' ? step.text : '';
}
