/** How an event changes a conversation. Total: whatever stands in a journal can be applied. */
import type { AnswerMessage, ChatItem } from '../../lib/contracts/chat.ts';
import { NO_PROGRESS, NOTHING_SPENT } from '../../lib/core/agents/loop-guard.ts';
import { textForModel } from '../../lib/core/messages/attachment.ts';
import type { Position } from '../runtime/actor-type.ts';
import { added, addUsage, spentOf, withResult } from './progress.ts';
import {
  type ConversationEvent,
  type ConversationState,
  LIMITS,
  type TurnOutcome,
  type WaitingMessage,
} from './state.ts';
import { withoutUndone } from './undo.ts';

export function evolve(
  state: ConversationState,
  event: ConversationEvent,
  position: Position,
): ConversationState {
  const key = `${position.seq}.${position.index}`;
  switch (event.type) {
    case 'MessageReceived':
      return messageReceived(state, event);
    case 'WindowOpened':
      return { ...state, window: { key, until: event.until, latest: event.latest } };
    case 'WindowProlonged':
      return state.window ? { ...state, window: { ...state.window, until: event.until } } : state;
    case 'TurnStarted':
      return startTurn(state, event, key);
    case 'ModelAnswered':
      return modelAnswered(state, event, key);
    case 'ToolReturned':
      return toolReturned(state, event, key);
    case 'ToolParked':
      return {
        ...state,
        turn: state.turn && {
          ...state.turn,
          calls: state.turn.calls.map(c => (c.key === event.key ? { ...c, status: 'parked' as const } : c)),
        },
      };
    case 'AgentPinned':
      return { ...state, pin: event.pin };
    case 'HandedOff': {
      const { pin: _left, ...rest } = state;
      return { ...rest, agent: event.to };
    }
    case 'LoopCut':
      return { ...state, turn: state.turn && { ...state.turn, cut: event.cut } };
    case 'TurnCompleted':
      return endTurn(
        { ...state, context: append(state.context, { role: 'assistant', text: saidBy(event.message) }) },
        {
          turn: event.turn,
          messageIds: [],
          message: event.message,
          usage: event.usage,
          failure: null,
          ...(event.route ? { route: event.route } : {}),
        },
      );
    case 'TurnFailed':
      return endTurn(state, {
        turn: event.turn,
        messageIds: [],
        message: null,
        usage: state.turn?.usage ?? null,
        failure: event.code,
      });
    case 'TurnInterrupted':
      return turnInterrupted(state, event);
    case 'TurnRated':
      return {
        ...state,
        outcomes: state.outcomes.map(outcome =>
          outcome.turn === event.turn ? { ...outcome, rating: event.rating } : outcome,
        ),
      };
    case 'UndoStarted':
      return { ...state, undoing: [...event.calls, ...(state.undoing ?? [])] };
    case 'CallUndone':
      return withoutUndone(state, event.key);
    case 'PersonWanted':
      return { ...state, wantsPerson: event.reason };
    case 'TakenOver':
      return {
        ...state,
        status: 'with-person',
        assignee: event.by,
        ownerEpoch: state.ownerEpoch + 1,
        window: null,
        waiting: [],
        context: state.waiting.reduce((c, m) => append(c, asItem(m)), state.context),
      };
    case 'HandedBack':
      return {
        ...state,
        status: 'open',
        assignee: null,
        wantsPerson: null,
        ownerEpoch: state.ownerEpoch + 1,
      };
    case 'PersonReplied':
      return { ...state, context: append(state.context, { role: 'person', text: saidBy(event) }) };
    case 'Notified':
      return { ...state, context: append(state.context, { role: 'assistant', text: saidBy(event) }) };
    case 'Whispered':
      return { ...state, context: append(state.context, { role: 'whisper', text: event.text }) };
    case 'Assigned':
      return { ...state, assignee: event.to };
    case 'Paused':
      return { ...state, status: 'paused', window: null };
    case 'Resumed':
      return { ...state, status: 'open' };
    case 'Forked': {
      const { undoing: _its, ...rest } = event.state;
      return { ...rest, turn: null, window: null };
    }
    default:
      return state;
  }
}

const BROKEN_OFF = JSON.stringify({ ok: false, code: 'cancelled', message: 'Nobody waited for the result' });
/** Characters that stay of a tool's result when a single exchange is too long. */
const SHORT_RESULT = 1_000;

type Of<T extends ConversationEvent['type']> = Extract<ConversationEvent, { type: T }>;

const saidBy = ({ text, attachments }: Pick<AnswerMessage, 'text' | 'attachments'>) =>
  textForModel(text, attachments);

const asItem = ({ text, attachments }: WaitingMessage): ChatItem => ({
  role: 'user',
  text,
  ...(attachments ? { attachments } : {}),
});

function messageReceived(state: ConversationState, event: Of<'MessageReceived'>): ConversationState {
  const { messageId, interruption } = event;
  const { attachments } = event;
  const text = textForModel(event.text, attachments);
  const message = { messageId, text, ...(attachments ? { attachments } : {}) };
  const agent = event.agent ?? state.agent;
  if (state.status !== 'with-person')
    return { ...state, agent, interruption, waiting: [...state.waiting, message] };
  // With a person at work nothing is queued for the model, but it will want to know what was said.
  return {
    ...state,
    agent,
    interruption,
    waiting: [],
    context: append(state.context, asItem(message)),
  };
}

function startTurn(state: ConversationState, event: Of<'TurnStarted'>, key: string): ConversationState {
  const taken = state.waiting.filter(m => event.messageIds.includes(m.messageId));
  const waiting = state.waiting.filter(m => !event.messageIds.includes(m.messageId));
  const context = taken.reduce((items, m) => append(items, asItem(m)), state.context);
  return {
    ...state,
    waiting,
    context,
    window: null,
    turns: event.turn,
    turn: {
      number: event.turn,
      messages: taken,
      step: 1,
      asking: key,
      calls: [],
      usage: null,
      startedAt: event.at,
      progress: NO_PROGRESS,
    },
  };
}

function modelAnswered(state: ConversationState, event: Of<'ModelAnswered'>, key: string): ConversationState {
  const { turn } = state;
  if (!turn) return state;
  const calls = event.toolCalls.map((call, index) => ({
    key: `${key}.${index}`,
    callId: call.id,
    name: call.name,
    arguments: call.arguments,
    effect: event.effects[call.name] ?? ('once' as const),
    status: 'running' as const,
    step: turn.step,
  }));
  return {
    ...state,
    context: append(state.context, { role: 'assistant', text: event.text, toolCalls: event.toolCalls }),
    turn: {
      ...turn,
      asking: null,
      calls: [...turn.calls, ...calls],
      usage: addUsage(turn.usage, event.usage),
    },
  };
}

function toolReturned(state: ConversationState, event: Of<'ToolReturned'>, key: string): ConversationState {
  const { turn } = state;
  if (!turn) return state;
  const { over, ...after } = withResult(turn, event);
  return {
    ...state,
    context: append(state.context, {
      role: 'tool',
      callId: event.callId,
      name: event.name,
      content: event.content,
    }),
    turn: { ...after, ...(over ? { asking: key } : {}) },
  };
}

/** A broken-off turn gives its messages back to the queue when the next turn is to answer them too. */
function turnInterrupted(state: ConversationState, event: Of<'TurnInterrupted'>): ConversationState {
  const { turn } = state;
  if (!turn) return state;
  if (event.cause === 'message' || event.cause === 'pause') {
    const context = withoutLast(state.context, turn.messages);
    const spent = added(state.spent ?? NOTHING_SPENT, spentOf(turn.usage));
    return { ...state, turn: null, context, waiting: [...turn.messages, ...state.waiting], spent };
  }
  // A call never stands without its result: the model is told that nobody waited for it.
  const settled = turn.calls
    .filter(call => call.status === 'running' || call.status === 'parked')
    .reduce(
      (items, call) =>
        append(items, { role: 'tool', callId: call.callId, name: call.name, content: BROKEN_OFF }),
      state.context,
    );
  const context = event.partial ? append(settled, { role: 'assistant', text: event.partial }) : settled;
  const failure = event.cause === 'cancel' ? 'cancelled' : 'taken-over';
  return endTurn(
    { ...state, context },
    { turn: event.turn, messageIds: [], message: null, usage: turn.usage, failure },
  );
}

/** The context without the newest item of each of these messages. */
function withoutLast(
  context: readonly ChatItem[],
  messages: readonly { readonly text: string }[],
): readonly ChatItem[] {
  const items = context.slice();
  for (const { text } of messages) {
    const at = items.findLastIndex(item => item.role === 'user' && item.text === text);
    if (at >= 0) items.splice(at, 1);
  }
  return items;
}

function endTurn(state: ConversationState, outcome: TurnOutcome): ConversationState {
  const messageIds = state.turn?.messages.map(m => m.messageId) ?? [];
  return {
    ...state,
    turn: null,
    outcomes: [...state.outcomes.slice(1 - LIMITS.outcomes), { ...outcome, messageIds }],
    spent: added(state.spent ?? NOTHING_SPENT, spentOf(outcome.usage)),
  };
}

/** Appends, then drops whole exchanges from the front until the bounds hold: a tool's answer never stands without its call. */
function append(context: readonly ChatItem[], item: ChatItem): readonly ChatItem[] {
  const items = context.slice();
  items.push(item);
  if (items.length <= LIMITS.contextItems && charactersOf(items) <= LIMITS.contextCharacters) return items;
  let left = items;
  while (left.length > LIMITS.contextItems || charactersOf(left) > LIMITS.contextCharacters) {
    const next = left.findIndex(({ role }, index) => index > 0 && (role === 'user' || role === 'person'));
    if (next < 0) return shorten(left);
    left = left.slice(next);
  }
  return left;
}

/** One exchange that is too long by itself: the results of its tools are cut, the oldest first. */
function shorten(items: readonly ChatItem[]): readonly ChatItem[] {
  let excess = charactersOf(items) - LIMITS.contextCharacters;
  return items.map(item => {
    if (excess <= 0 || item.role !== 'tool' || item.content.length <= SHORT_RESULT) return item;
    excess -= item.content.length - SHORT_RESULT;
    return { ...item, content: item.content.slice(0, SHORT_RESULT) };
  });
}

function charactersOf(items: readonly ChatItem[]): number {
  let characters = 0;
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!;
    characters += item.role === 'tool' ? item.content.length : item.text.length;
  }
  return characters;
}
