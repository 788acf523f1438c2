/** What a conversation does with a command: events, or a refusal. */
import type { ModelReply } from '../../lib/contracts/chat.ts';
import { cutReason } from '../../lib/core/agents/loop-guard.ts';
import { textForModel } from '../../lib/core/messages/attachment.ts';
import { offeredBy } from '../../lib/core/messages/quick-replies.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import type { PartialWork } from '../runtime/actor-type.ts';
import { decideAtDesk } from './desk.ts';
import { addUsage, cutAfter, handedTo } from './progress.ts';
import { lastRoute, routeGoneOnFrom, routeOf } from './rating.ts';
import { replyOfPerson, said } from './say.ts';
import {
  type ConversationCommand,
  type ConversationEvent,
  type ConversationState,
  LIMITS,
  type WaitingMessage,
  windowKey,
} from './state.ts';
import { startUndo, takeUndo } from './undo.ts';

type Of<T extends ConversationCommand['type']> = Extract<ConversationCommand, { type: T }>;
type Events = ConversationEvent[];

export function decide(command: ConversationCommand, state: ConversationState, partial: PartialWork): Events {
  switch (command.type) {
    case 'ReceiveMessage':
      return receive(command, state, partial);
    case 'CloseWindow':
      return state.window && windowKey(state.window) === command.key
        ? begin(state, state.waiting, command.at)
        : [];
    case 'NoticeTyping':
      return noticeTyping(command, state);
    case 'ReportModelReply':
      return takeReply(command, state);
    case 'ReportModelFailure':
      return failTurn(command.key, command.code, command.at, state);
    case 'ReportToolResult':
      return takeToolResult(command, state, 'running');
    case 'SettleTool':
      return takeToolResult(command, state, 'parked');
    case 'ParkTool':
      return parkTool(command, state);
    case 'ReportUndo':
      return takeUndo(command, state);
    case 'CancelTurn':
      return cancel(command, state, partial);
    case 'TakeOver':
      return takeOver(command, state, partial);
    case 'HandBack':
      return handBack(command, state);
    case 'SendPersonReply':
      return replyOfPerson(command, state);
    case 'Notify':
      return [said('Notified', command)];
    case 'AddNote':
    case 'Whisper':
    case 'Assign':
    case 'RateTurn':
    case 'JudgeTurn':
      return decideAtDesk(command, state);
    case 'Pause':
      return pause(command, state, partial);
    case 'Resume':
      if (state.status !== 'paused') return [];
      return [
        { type: 'Resumed', by: command.by, at: command.at },
        ...(state.turn ? [] : begin(state, state.waiting, command.at)),
      ];
    case 'Seed':
      if (state.turns > 0 || state.waiting.length > 0)
        throw new TroupeError('conflict', 'Only a new conversation can begin as a fork');
      return [{ type: 'Forked', from: command.from, state: command.state, at: command.at }];
  }
}

function receive(command: Of<'ReceiveMessage'>, state: ConversationState, partial: PartialWork): Events {
  const { type: _, ...given } = command;
  const { messageId, text, at, interruption, attachments } = given;
  if (state.waiting.length >= LIMITS.waiting)
    throw new TroupeError('mailbox-full', `${state.waiting.length} messages wait in this conversation`, {
      retryAfter: 2,
    });
  const received: ConversationEvent = { type: 'MessageReceived', ...given };
  const message = {
    messageId,
    text: textForModel(text, attachments),
    ...(attachments ? { attachments } : {}),
  };
  if (state.status !== 'open') return [received];

  const { turn } = state;
  if (turn) {
    // Tools may have touched the world: a turn is broken off only while the model thinks.
    const many = turn.messages.length + state.waiting.length >= LIMITS.waiting;
    if (interruption.policy !== 'interrupt' || turn.asking === null || many) return [received];
    const next = state.turns + 1;
    const messageIds = [...turn.messages, ...state.waiting, message].map(m => m.messageId);
    return [
      received,
      ...interrupt(state, partial, 'message', at),
      { type: 'TurnStarted', turn: next, messageIds, at },
    ];
  }
  if (interruption.policy !== 'queue' && interruption.mergeWindowMs > 0) {
    const until = at + interruption.mergeWindowMs;
    if (state.window)
      return [received, { type: 'WindowProlonged', until: Math.min(until, state.window.latest) }];
    return [
      received,
      { type: 'WindowOpened', until, latest: at + interruption.mergeWindowMs * LIMITS.windowFactor },
    ];
  }
  return [received, ...begin(state, [...state.waiting, message], at)];
}

/** What the model was about to say is given up; tools at work finish, and their turn goes on after the pause. */
function pause({ by, at }: Of<'Pause'>, state: ConversationState, partial: PartialWork): Events {
  if (state.status === 'paused') return [];
  if (state.status === 'with-person')
    throw new TroupeError('conflict', 'A person has this conversation; there is nothing to pause');
  const thinking = state.turn !== null && state.turn.asking !== null;
  return [...(thinking ? interrupt(state, partial, 'pause', at) : []), { type: 'Paused', by, at }];
}

function noticeTyping({ at }: Of<'NoticeTyping'>, { window, interruption }: ConversationState): Events {
  if (!window) return [];
  const until = Math.min(at + interruption.mergeWindowMs, window.latest);
  return until > window.until ? [{ type: 'WindowProlonged', until }] : [];
}

/** Begins the next turn over the messages that wait: all of them, or one at a time under `queue`. */
function begin(state: ConversationState, waiting: readonly WaitingMessage[], at: number): Events {
  if (waiting.length === 0) return [];
  const taken = state.interruption.policy === 'queue' ? waiting.slice(0, 1) : waiting;
  const messageIds = taken.map(m => m.messageId);
  return [{ type: 'TurnStarted', turn: state.turns + 1, messageIds, at, ...routeGoneOnFrom(state) }];
}

function takeReply(command: Of<'ReportModelReply'>, state: ConversationState): Events {
  const { turn } = state;
  if (!turn || turn.asking !== command.key) return [];
  const { reply, at, pin } = command;
  const hidden = reply.hidden ? { hidden: reply.hidden } : {};
  const pinned: Events =
    pin && (pin.name !== state.pin?.name || pin.version !== state.pin.version)
      ? [{ type: 'AgentPinned', pin, at }]
      : [];
  if (reply.toolCalls.length > 0) {
    // It was offered no tools any more and has not come to an answer.
    if (turn.cut)
      return endTurn(
        state,
        {
          type: 'TurnFailed',
          turn: turn.number,
          code: turn.cut.reason === 'steps' ? 'steps-exhausted' : 'loop-cut',
          at,
        },
        at,
        cutReason(turn.cut),
      );
    const toolCalls = reply.toolCalls.slice(0, LIMITS.callsPerReply);
    return [
      ...pinned,
      {
        type: 'ModelAnswered',
        turn: turn.number,
        text: reply.text,
        toolCalls,
        effects: command.effects,
        usage: reply.usage,
        ...hidden,
        at,
      },
    ];
  }
  const { text, quickReplies } = offeredBy(reply.text);
  const message = {
    id: command.messageId,
    role: 'assistant' as const,
    text,
    citations: reply.citations,
    toolCalls: turn.calls.map(({ name, status }) => ({ name, status })),
    ...(quickReplies.length > 0 ? { quickReplies } : {}),
    ...(command.attachments?.length ? { attachments: command.attachments } : {}),
  };
  return [
    ...pinned,
    ...endTurn(
      state,
      {
        type: 'TurnCompleted',
        turn: turn.number,
        message,
        usage: addUsage(turn.usage, reply.usage),
        ...hidden,
        ...routeOf(reply),
        at,
      },
      at,
      reply.escalate ?? (turn.cut ? cutReason(turn.cut) : undefined),
      reply,
    ),
  ];
}

function failTurn(key: string, code: string, at: number, state: ConversationState): Events {
  if (state.turn?.asking !== key) return [];
  return endTurn(
    state,
    { type: 'TurnFailed', turn: state.turn.number, code, at },
    at,
    `The model failed (${code})`,
  );
}

function takeToolResult(
  command: Of<'ReportToolResult'> | Of<'SettleTool'>,
  state: ConversationState,
  expected: 'running' | 'parked',
): Events {
  const call = state.turn?.calls.find(c => c.key === command.key && c.status === expected);
  if (!call) return [];
  const { key, content, failed, at } = command;
  const turn = state.turn!;
  const cut = cutAfter(state, turn, command, at);
  const to = handedTo(state, call, failed);
  return [
    { type: 'ToolReturned', key, callId: call.callId, name: call.name, content, failed, at },
    ...(to ? [{ type: 'HandedOff' as const, from: state.pin!.name, to, at }] : []),
    ...(cut ? [{ type: 'LoopCut' as const, turn: turn.number, step: turn.step, cut, at }] : []),
  ];
}

function parkTool({ key, at }: Of<'ParkTool'>, state: ConversationState): Events {
  const call = state.turn?.calls.find(c => c.key === key && c.status === 'running');
  if (!call) return [];
  return [
    { type: 'ToolParked', key, name: call.name, at },
    { type: 'PersonWanted', reason: `It is not known whether "${call.name}" took effect before a crash`, at },
  ];
}

function cancel({ at }: Of<'CancelTurn'>, state: ConversationState, partial: PartialWork): Events {
  if (!state.turn) return [];
  return [
    ...interrupt(state, partial, 'cancel', at),
    ...startUndo(state, at),
    ...(state.status === 'paused' ? [] : begin(state, state.waiting, at)),
  ];
}

function takeOver({ by, at }: Of<'TakeOver'>, state: ConversationState, partial: PartialWork): Events {
  if (state.status === 'with-person' && state.assignee === by) return [];
  if (state.status === 'with-person')
    throw new TroupeError('conflict', 'Another person has this conversation; they hand it back first');
  return [...interrupt(state, partial, 'takeover', at), { type: 'TakenOver', by, at, ...lastRoute(state) }];
}

function handBack({ by, at }: Of<'HandBack'>, state: ConversationState): Events {
  if (state.status !== 'with-person')
    throw new TroupeError('conflict', 'No person has taken this conversation over');
  return [{ type: 'HandedBack', by, at }, ...begin(state, state.waiting, at)];
}

function interrupt(
  state: ConversationState,
  partial: PartialWork,
  cause: Extract<ConversationEvent, { type: 'TurnInterrupted' }>['cause'],
  at: number,
): Events {
  const { turn } = state;
  if (!turn) return [];
  const said = turn.asking === null ? '' : partial(turn.asking);
  return [{ type: 'TurnInterrupted', turn: turn.number, partial: said, cause, at }];
}

function endTurn(
  state: ConversationState,
  last: ConversationEvent,
  at: number,
  reason: string | undefined,
  served?: ModelReply,
): Events {
  const events = [last];
  if (reason) events.push({ type: 'PersonWanted', reason, at, ...routeOf(served) });
  return state.status === 'paused' ? events : [...events, ...begin(state, state.waiting, at)];
}
