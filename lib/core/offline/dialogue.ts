/**
 * Where a conversation stands: a fold over its messages, so that nothing has to be remembered between calls.
 * Each message of the customer gives a `Reaction`; the one to the last message is what happens next.
 */
import type { ChatItem } from '../../contracts/chat.ts';
import { fits, longestIn } from './match.ts';
import {
  COMPLAINT_RULES,
  DROP_WORDS,
  IDENTITY_RULES,
  NO_WORDS,
  OFFER,
  PERSON_RULES,
  PERSON_WORDS,
  SAFETY_RULES,
  UNKNOWN_WORDS,
  UNSURE,
} from './phrases.ts';
import {
  bestIntent,
  type HintedTool,
  isQuestionLike,
  type Reading,
  readMessage,
  slotKey,
  slotValues,
} from './reading.ts';
import { parseOutcome } from './render.ts';
import { isOnly, type SmallTalk, saysNo, saysYes, searchQuery, smallTalkOf } from './small-talk.ts';

type Values = ReadonlyMap<string, readonly string[]>;

/** A tool that the customer wants, while its arguments are collected. */
export interface Task {
  readonly tool: HintedTool;
  readonly values: Values;
  /** The customer only asked about it, or an identifier comes from earlier: ask before acting. */
  readonly needsYes: boolean;
  readonly waitsFor: ReadonlySet<string>;
  readonly confirming: boolean;
  readonly misses: number;
  readonly called: boolean;
}

export type Reaction =
  | {
      readonly do: SmallTalk | 'person' | 'complaint' | 'safety' | 'identity' | 'empty' | 'dropped' | 'stuck';
    }
  | { readonly do: 'ask'; readonly task: Task; readonly help: boolean }
  | { readonly do: 'one-at-a-time' | 'confirm' | 'call'; readonly task: Task }
  | { readonly do: 'search'; readonly question: string };

export interface Dialogue {
  readonly task: Task | undefined;
  /** A task whose tool refused: a corrected value tries it again. */
  readonly refused: Task | undefined;
  /** Identifiers and e-mail said so far. */
  readonly known: Values;
  readonly offered: boolean;
  /** The last answer was that it does not know. */
  readonly unsure: boolean;
  readonly question: string;
  readonly reaction: Reaction;
}

const START: Dialogue = {
  task: undefined,
  refused: undefined,
  known: new Map(),
  offered: false,
  unsure: false,
  question: '',
  reaction: { do: 'empty' },
};

/** Misses after which a person is offered instead of asking again. */
const MAX_MISSES = 2;

/** Messages that the customer sent in a row are one message. */
export function foldDialogue(messages: readonly ChatItem[], tools: readonly HintedTool[]): Dialogue {
  let dialogue = START;
  for (let i = 0; i < messages.length; i += 1) {
    const item = messages[i];
    if (item?.role === 'user') {
      const texts = [item.text];
      for (let next = messages[i + 1]; next?.role === 'user'; next = messages[i + 1]) {
        texts.push(next.text);
        i += 1;
      }
      dialogue = hear(dialogue, texts.join('\n'), tools);
    } else if (item?.role === 'assistant') {
      const holds = (said: { en: string; vi: string }) =>
        item.text.includes(said.en) || item.text.includes(said.vi);
      if (item.text !== '') dialogue = { ...dialogue, offered: holds(OFFER), unsure: holds(UNSURE) };
    } else if (item?.role === 'tool') {
      dialogue = takeOutcome(dialogue, item.name, item.content);
    } else {
      dialogue = { ...dialogue, task: undefined, refused: undefined, offered: false };
    }
  }
  return dialogue;
}

function takeOutcome(dialogue: Dialogue, name: string, content: string): Dialogue {
  const { task } = dialogue;
  if (task?.tool.name !== name) return dialogue;
  const refused = parseOutcome(content)?.ok === false ? { ...task, called: false } : undefined;
  return { ...dialogue, task: undefined, refused };
}

function hear(before: Dialogue, text: string, tools: readonly HintedTool[]): Dialogue {
  // A call that never came back is not repeated by whatever is said next.
  const task = before.task?.called ? undefined : before.task;
  const message = readMessage(text, tools, task?.waitsFor ?? new Set());
  const known = new Map([...before.known, ...[...message.values].filter(([, values]) => values.length > 0)]);
  const dialogue = { ...before, task, known };
  const reaction = react(dialogue, message, tools);
  const question = reaction.do === 'search' ? reaction.question : before.question;
  return { ...dialogue, task: taskAfter(reaction, task), offered: false, question, reaction };
}

function taskAfter(reaction: Reaction, task: Task | undefined): Task | undefined {
  switch (reaction.do) {
    case 'call':
      return { ...reaction.task, called: true, confirming: false };
    case 'confirm':
      return { ...reaction.task, confirming: true, waitsFor: new Set() };
    case 'ask':
    case 'one-at-a-time':
      return reaction.task;
    case 'search':
    case 'identity':
    case 'greeting':
    case 'thanks':
    case 'empty':
      return task;
    default:
      return undefined;
  }
}

function react(dialogue: Dialogue, message: Reading, tools: readonly HintedTool[]): Reaction {
  const { task } = dialogue;
  const hasValues = [...message.values.values()].some(values => values.length > 0);
  if (message.words.count === 0 && !hasValues) return { do: 'empty' };
  if (fits(message, PERSON_RULES) || isOnly(message, PERSON_WORDS)) return { do: 'person' };
  if (fits(message, SAFETY_RULES)) return { do: 'safety' };
  if (fits(message, IDENTITY_RULES)) return { do: 'identity' };
  if (fits(message, COMPLAINT_RULES)) return { do: 'complaint' };
  if (dialogue.offered) {
    if (saysYes(message)) return { do: 'person' };
    if (isOnly(message, NO_WORDS)) return { do: 'ready' };
  }
  return (
    (task && goOn(dialogue, task, message, tools)) ??
    begin(dialogue, message, tools) ??
    chat(message) ?? { do: 'search', question: searchQuery(message, dialogue.question) }
  );
}

function chat(message: Reading): Reaction | undefined {
  const kind = smallTalkOf(message);
  return kind && { do: kind };
}

function goOn(
  dialogue: Dialogue,
  task: Task,
  message: Reading,
  tools: readonly HintedTool[],
): Reaction | undefined {
  if (isOnly(message, `${DROP_WORDS}|${NO_WORDS}`)) return { do: 'dropped' };
  if (task.confirming && saysYes(message)) return { do: 'call', task: { ...task, needsYes: false } };
  const values = slotValues(message, task.tool, task.waitsFor);
  const answersFreely = [...values.keys()].some(
    key => task.waitsFor.has(key) && /^(?:text|address):/.test(key),
  );
  const intent = bestIntent(message, tools);
  if (intent && intent !== task.tool && !answersFreely) return undefined;
  const gained = [...values].some(([key, found]) => task.values.get(key)?.join() !== found.join());
  if (gained) {
    return proceed({ ...task, values: new Map([...task.values, ...values]), misses: 0, confirming: false });
  }
  if (task.confirming && saysNo(message)) return { do: 'dropped' };
  if (longestIn(message, UNKNOWN_WORDS) > 0) return insteadOf(dialogue, task, tools);
  if (smallTalkOf(message)) return undefined;
  if (isQuestionLike(message)) return { do: 'search', question: searchQuery(message, dialogue.question) };
  return missed(task);
}

function missed(task: Task): Reaction {
  const misses = task.misses + 1;
  if (misses >= MAX_MISSES) return { do: 'stuck' };
  const again = { ...task, misses };
  return task.confirming ? { do: 'confirm', task: again } : { do: 'ask', task: again, help: true };
}

/** The customer does not know what was asked for: another tool may find it. */
function insteadOf(dialogue: Dialogue, task: Task, tools: readonly HintedTool[]): Reaction {
  for (const [name, hint] of Object.entries(task.tool.hints.slots)) {
    if (!task.waitsFor.has(slotKey(name, hint)) || hint.unknownTool === undefined) continue;
    const other = tools.find(tool => tool.name === hint.unknownTool);
    if (!other) continue;
    const instead = newTask(other, new Map(), dialogue.known, false);
    if (missing(instead).length === 0) return { do: 'call', task: instead };
  }
  return missed(task);
}

function begin(dialogue: Dialogue, message: Reading, tools: readonly HintedTool[]): Reaction | undefined {
  const intent = bestIntent(message, tools);
  if (intent) {
    const values = slotValues(message, intent, new Set());
    return proceed(newTask(intent, values, dialogue.known, message.isQuestion));
  }
  const { refused } = dialogue;
  if (refused) {
    const values = slotValues(message, refused.tool, new Set(refused.values.keys()));
    const corrected = [...values].some(([key, found]) => refused.values.get(key)?.join() !== found.join());
    if (corrected && !isQuestionLike(message)) {
      return proceed({ ...refused, values: new Map([...refused.values, ...values]) });
    }
  }
  if (message.words.count > 6 || isQuestionLike(message)) return undefined;
  const looked = tools.find(
    tool =>
      tool.effect === 'read' &&
      Object.entries(tool.hints.slots).some(
        ([name, hint]) => hint.kind === 'shape' && (message.values.get(slotKey(name, hint))?.length ?? 0) > 0,
      ),
  );
  return looked && proceed(newTask(looked, slotValues(message, looked, new Set()), dialogue.known, false));
}

function newTask(tool: HintedTool, values: Values, known: Values, isQuestion: boolean): Task {
  const all = new Map(values);
  let needsYes = isQuestion;
  for (const [name, hint] of Object.entries(tool.hints.slots)) {
    const key = slotKey(name, hint);
    const before = known.get(key);
    if (all.has(key) || !before) continue;
    all.set(key, before);
    if (hint.kind === 'shape') needsYes = true;
  }
  return { tool, values: all, needsYes, waitsFor: new Set(), confirming: false, misses: 0, called: false };
}

/** Keys of the required slots without a value. */
function missing(task: Task): readonly string[] {
  return Object.entries(task.tool.hints.slots)
    .filter(([name, hint]) => !hint.optional && !task.values.has(slotKey(name, hint)))
    .map(([name, hint]) => slotKey(name, hint));
}

function proceed(task: Task): Reaction {
  const several = [...task.values].filter(([, values]) => values.length > 1).map(([key]) => key);
  if (several.length > 0 && task.tool.effect !== 'read') {
    const values = new Map([...task.values].filter(([key]) => !several.includes(key)));
    return { do: 'one-at-a-time', task: { ...task, values, waitsFor: new Set(several) } };
  }
  const open = missing(task);
  if (open.length > 0) {
    // Identifiers are asked for together; what needs a sentence of its own, alone.
    const identifiers = open.filter(key => key === 'email' || key.startsWith('shape:'));
    const waitsFor = new Set(identifiers.length > 0 ? identifiers : open.slice(0, 1));
    return { do: 'ask', task: { ...task, waitsFor }, help: false };
  }
  if (task.needsYes && task.tool.hints.confirm) return { do: 'confirm', task };
  return { do: 'call', task };
}
