/** What a conversation is: its commands, its events, its state. */
import type {
  AgentPin,
  AnswerMessage,
  Attachment,
  ChatItem,
  EffectClass,
  Interruption,
  ModelReply,
  ServedRoute,
  ToolCall,
  Usage,
} from '../../lib/contracts/chat.ts';
import { type Cut, DEFAULT_LIMITS, type Progress, type Spent } from '../../lib/core/agents/loop-guard.ts';
import type { Effect } from '../runtime/actor-type.ts';

/** Said to the customer by a person, or unasked. */
interface Said {
  readonly messageId: string;
  readonly text: string;
  readonly attachments?: readonly Attachment[];
  readonly by: string;
  readonly at: number;
}

export type ConversationCommand =
  | {
      type: 'ReceiveMessage';
      messageId: string;
      text: string;
      attachments?: readonly Attachment[];
      at: number;
      agent: string | null;
      interruption: Interruption;
    }
  | {
      type: 'ReportModelReply';
      key: string;
      reply: ModelReply;
      effects: Readonly<Record<string, EffectClass>>;
      messageId: string;
      /** The version of the agent that answered. */
      pin?: AgentPin;
      /** Files that the answer names. */
      attachments?: readonly Attachment[];
      at: number;
    }
  | { type: 'ReportModelFailure'; key: string; code: string; at: number }
  | { type: 'ReportToolResult'; key: string; content: string; failed: boolean; at: number }
  | { type: 'ParkTool'; key: string; at: number }
  | { type: 'SettleTool'; key: string; content: string; failed: boolean; by: string; at: number }
  | { type: 'ReportUndo'; key: string; outcome: UndoOutcome; at: number }
  | { type: 'CloseWindow'; key: string; at: number }
  | { type: 'NoticeTyping'; at: number }
  | { type: 'CancelTurn'; by: string; at: number }
  | { type: 'TakeOver'; by: string; at: number }
  | { type: 'HandBack'; by: string; at: number }
  | (Said & { type: 'SendPersonReply' })
  | (Said & { type: 'Notify' })
  | { type: 'AddNote'; noteId: string; text: string; by: string; at: number }
  | { type: 'Whisper'; text: string; by: string; at: number }
  | { type: 'Assign'; to: string | null; expected?: string | null; by: string; at: number }
  | { type: 'RateTurn'; turn: number; rating: TurnRating; at: number }
  | { type: 'JudgeTurn'; turn: number; quality: number; by: string; at: number }
  | { type: 'Pause'; by: string; at: number }
  | { type: 'Resume'; by: string; at: number }
  | { type: 'Seed'; state: ConversationState; from: string; at: number };

export type ConversationEvent =
  | {
      type: 'MessageReceived';
      messageId: string;
      text: string;
      attachments?: readonly Attachment[];
      at: number;
      agent: string | null;
      interruption: Interruption;
    }
  | { type: 'WindowOpened'; until: number; latest: number }
  | { type: 'WindowProlonged'; until: number }
  /** `route`: what served the turn before, after which its customer goes on without a person. */
  | { type: 'TurnStarted'; turn: number; messageIds: readonly string[]; at: number; route?: ServedRoute }
  | {
      type: 'ModelAnswered';
      turn: number;
      text: string;
      toolCalls: readonly ToolCall[];
      effects: Readonly<Record<string, EffectClass>>;
      usage: Usage;
      hidden?: ModelReply['hidden'];
      at: number;
    }
  | {
      type: 'ToolReturned';
      key: string;
      callId: string;
      name: string;
      content: string;
      failed: boolean;
      at: number;
    }
  | { type: 'ToolParked'; key: string; name: string; at: number }
  | { type: 'AgentPinned'; pin: AgentPin; at: number }
  | { type: 'HandedOff'; from: string; to: string; at: number }
  | { type: 'LoopCut'; turn: number; step: number; cut: Cut; at: number }
  | {
      type: 'TurnCompleted';
      turn: number;
      message: AnswerMessage;
      usage: Usage;
      hidden?: ModelReply['hidden'];
      route?: ServedRoute;
      at: number;
    }
  | { type: 'TurnFailed'; turn: number; code: string; at: number }
  | {
      type: 'TurnInterrupted';
      turn: number;
      partial: string;
      cause: 'message' | 'cancel' | 'takeover' | 'pause';
      at: number;
    }
  | { type: 'UndoStarted'; turn: number; calls: readonly UndoneCall[]; at: number }
  | { type: 'CallUndone'; key: string; name: string; outcome: UndoOutcome; at: number }
  /** `route`: what served the turn that called for a person. */
  | { type: 'PersonWanted'; reason: string; at: number; route?: ServedRoute }
  | { type: 'TakenOver'; by: string; at: number; route?: ServedRoute }
  | { type: 'TurnRated'; turn: number; rating: TurnRating; at: number; route?: ServedRoute }
  | { type: 'TurnJudged'; turn: number; quality: number; by: string; at: number; route?: ServedRoute }
  | { type: 'HandedBack'; by: string; at: number }
  | (Said & { type: 'PersonReplied'; quickReplies?: readonly string[] })
  /** Said unasked, by a workflow or a system of the tenant. */
  | (Said & { type: 'Notified'; quickReplies?: readonly string[] })
  /** For colleagues alone: neither the customer nor the agent hears of it. */
  | { type: 'Noted'; noteId: string; text: string; by: string; at: number }
  /** For the agent alone: the customer does not hear of it. */
  | { type: 'Whispered'; text: string; by: string; at: number }
  | { type: 'Assigned'; to: string | null; by: string; at: number }
  | { type: 'Paused'; by: string; at: number }
  | { type: 'Resumed'; by: string; at: number }
  | { type: 'Forked'; from: string; state: ConversationState; at: number };

export type TurnRating = 'up' | 'down';

/** `nothing`: the tool declares no undoing, or it is certain that it had not acted. */
export type UndoOutcome = 'undone' | 'nothing' | 'failed';

/** A tool call of a cancelled turn. */
export interface UndoneCall {
  readonly key: string;
  readonly name: string;
  readonly arguments: string;
  readonly effect: EffectClass;
  /** Its result; null when it is not known. */
  readonly content: string | null;
}

export interface WaitingMessage {
  readonly messageId: string;
  /** As the model is shown it. */
  readonly text: string;
  readonly attachments?: readonly Attachment[];
}

export interface RunningCall {
  readonly key: string;
  readonly callId: string;
  readonly name: string;
  readonly arguments: string;
  readonly effect: EffectClass;
  readonly status: 'running' | 'done' | 'failed' | 'parked';
  /** The step that asked for it; absent in what was written before steps were told apart. */
  readonly step?: number;
  /** Digest of its result, once there is one. */
  readonly result?: string;
}

export interface Turn {
  readonly number: number;
  readonly messages: readonly WaitingMessage[];
  /** Model calls made so far in this turn. */
  readonly step: number;
  /** Key of the model call under way; null while tools work. */
  readonly asking: string | null;
  readonly calls: readonly RunningCall[];
  readonly usage: Usage | null;
  /** Milliseconds since the epoch. */
  readonly startedAt?: number;
  readonly progress?: Progress;
  /** Why its next model call is the last, without tools; absent while it may go on. */
  readonly cut?: Cut;
}

/** How a turn ended, kept for callers that ask again with the same message id. */
export interface TurnOutcome {
  readonly turn: number;
  readonly messageIds: readonly string[];
  readonly message: AnswerMessage | null;
  readonly usage: Usage | null;
  readonly failure: string | null;
  readonly route?: ServedRoute;
  /** What the customer thinks of it. */
  readonly rating?: TurnRating;
}

export interface ConversationState {
  readonly agent: string | null;
  readonly interruption: Interruption;
  readonly status: 'open' | 'with-person' | 'paused';
  /** Why the agent wants a person; null when it does not. */
  readonly wantsPerson: string | null;
  /** Whose it is: whoever has taken it over, or was asked to. */
  readonly assignee: string | null;
  /** Goes up whenever a person takes or gives back: a late answer of the agent is told by it. */
  readonly ownerEpoch: number;
  readonly turns: number;
  readonly waiting: readonly WaitingMessage[];
  readonly window: { readonly key: string; readonly until: number; readonly latest: number } | null;
  readonly turn: Turn | null;
  /** What a model is shown: the newest items, bounded. */
  readonly context: readonly ChatItem[];
  readonly outcomes: readonly TurnOutcome[];
  /** What all of its ended turns used. */
  readonly spent?: Spent;
  /** The version of its agent that it keeps to. */
  readonly pin?: AgentPin;
  /** Tool calls of cancelled turns that are still to be undone, in this order. */
  readonly undoing?: readonly UndoneCall[];
}

export type ConversationEffect =
  | (Effect & {
      readonly type: 'AskModel';
      readonly turn: number;
      readonly step: number;
      readonly agent: string | null;
      readonly context: readonly ChatItem[];
      /** No tools are offered any more, and why. */
      readonly cut?: Cut;
      /** The agent's version, once the conversation keeps to one. */
      readonly version?: number;
      /** The step before showed something new. */
      readonly fresh: boolean;
    })
  | (Effect & {
      readonly type: 'CallTool';
      readonly turn: number;
      readonly callId: string;
      readonly name: string;
      readonly arguments: string;
      readonly effect: EffectClass;
      /** Whose call it is, once the conversation keeps to an agent. */
      readonly pin?: AgentPin;
    })
  | (Effect & { readonly type: 'UndoTool'; readonly call: UndoneCall })
  | (Effect & { readonly type: 'AwaitWindow'; readonly until: number });

export const LIMITS = {
  /** Messages that may wait for a turn. */
  waiting: 50,
  /** Model calls in one turn. */
  steps: DEFAULT_LIMITS.maxSteps,
  /** Tool calls that one model reply may ask for. */
  callsPerReply: 8,
  /** Items and characters of what a model is shown. */
  contextItems: 60,
  contextCharacters: 60_000,
  /** Turns whose outcome is kept in memory. */
  outcomes: 12,
  /** A merge window is never prolonged beyond this many times its length. */
  windowFactor: 4,
} as const;

export const initialState: ConversationState = {
  agent: null,
  interruption: { policy: 'queue', mergeWindowMs: 0 },
  status: 'open',
  wantsPerson: null,
  assignee: null,
  ownerEpoch: 0,
  turns: 0,
  waiting: [],
  window: null,
  turn: null,
  context: [],
  outcomes: [],
};

/** Added to a call's key: the key of its undoing. */
export const UNDO_SUFFIX = '~undo';

/** A window that is prolonged is another effect: its timer begins anew. */
export function windowKey(window: { readonly key: string; readonly until: number }): string {
  return `${window.key}@${window.until}`;
}
