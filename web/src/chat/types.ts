/** What the page knows and what the platform tells it. The words of the platform come from its contracts. */
import type { AnswerMessage, Attachment, Citation, ToolStep, Usage } from '../../../lib/contracts/chat.ts';

export type { AnswerMessage, Attachment, Citation, ToolStep, Usage };

export interface SessionWords {
  readonly title: string;
  readonly greeting: string;
  readonly suggestions: readonly string[];
}

export interface Session extends SessionWords {
  /** The same in other languages, by their tags. */
  readonly translations?: Readonly<Record<string, SessionWords>>;
  /** Whether files may be attached. */
  readonly uploads?: boolean;
}

export type ConversationStatus = 'open' | 'with-person' | 'paused';

/** A message as `GET /chat/conversations/:id` gives it. */
export interface StoredMessage {
  readonly id: string;
  readonly role: 'user' | 'assistant' | 'person';
  readonly text: string;
  readonly turn: number;
  readonly citations: readonly Citation[];
  readonly toolCalls: readonly ToolStep[];
  readonly partial?: boolean | undefined;
  readonly attachments?: readonly Attachment[] | undefined;
  readonly quickReplies?: readonly string[] | undefined;
}

export interface ConversationView {
  readonly id: string;
  readonly status: ConversationStatus;
  readonly wantsPerson: string | null;
  readonly answering: boolean;
  readonly seq: number;
  readonly more: boolean;
  readonly messages: readonly StoredMessage[];
}

/** One event of an answer; the same over the POST and over the conversation's event stream. */
export type ChatEvent =
  | {
      readonly type: 'accepted';
      readonly conversationId: string;
      readonly turn: number;
      readonly messageId: string;
    }
  | { readonly type: 'delta'; readonly text: string; readonly offset: number }
  | { readonly type: 'tool'; readonly name: string; readonly status: ToolStep['status'] }
  | {
      readonly type: 'message';
      readonly conversationId: string;
      readonly turn: number;
      readonly message: AnswerMessage;
      readonly usage: Usage | null;
    }
  /** What has changed in the conversation; a field that is absent has not. */
  | {
      readonly type: 'status';
      readonly conversationId: string;
      readonly status: ConversationStatus | null;
      /** The turn whose answer is begun. */
      readonly turn: number | null;
      readonly wantsPerson: string | null | undefined;
    }
  /** A turn was broken off; `cancel` and `takeover` are its end, after the others it begins anew. */
  | { readonly type: 'interrupted'; readonly turn: number; readonly partial: string; readonly final: boolean }
  | {
      readonly type: 'error';
      readonly problem: Problem;
      /** It stands in the journal: the same message will never give anything else. */
      readonly lasting: boolean;
    };

/** RFC 9457, as far as the page needs it. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly status: number;
  /** Seconds. */
  readonly retryAfter: number | null;
}

export interface UserEntry {
  readonly kind: 'user';
  readonly id: string;
  readonly text: string;
  readonly attachments?: readonly Attachment[];
  /** `sent`: the platform has it on disk. */
  readonly state: 'sending' | 'sent' | 'failed';
}

export type Thumb = 'up' | 'down';
/** `failed`: the customer's thumb did not reach the platform. */
export type Rating = Thumb | 'failed';

export interface AnswerEntry {
  readonly kind: 'assistant' | 'person';
  readonly id: string;
  readonly turn: number;
  readonly text: string;
  readonly citations: readonly Citation[];
  readonly toolCalls: readonly ToolStep[];
  /** The answer was broken off. */
  readonly partial: boolean;
  readonly usage: Usage | null;
  readonly quickReplies?: readonly string[];
}

export type Entry = UserEntry | AnswerEntry;

/** The message that has no answer yet: enough to send it again, byte for byte. */
export interface Outbox {
  readonly messageId: string;
  readonly text: string;
  readonly attachments?: readonly Attachment[];
  /** What the first request said; null in the first message of a conversation, also when it is repeated. */
  readonly conversationId: string | null;
  /** The platform's name for the message, once it has accepted it. */
  readonly acceptedAs: string | null;
  readonly failure: Failure | null;
}

export interface Failure {
  readonly code: string;
  readonly title: string;
}

/** The answer that is being written. */
export interface LiveAnswer {
  readonly turn: number;
  /** Position in the answer where `text` begins: above 0 when its beginning was not seen. */
  readonly start: number;
  readonly text: string;
  readonly tools: readonly ToolStep[];
}

export interface ChatState {
  readonly ready: boolean;
  readonly conversationId: string | null;
  readonly entries: readonly Entry[];
  readonly outbox: Outbox | null;
  readonly live: LiveAnswer | null;
  readonly stopping: boolean;
  readonly connection: 'ok' | 'lost';
  readonly status: ConversationStatus;
  readonly wantsPerson: string | null;
  /** Journal position up to which the history is known. */
  readonly seq: number;
  /** Kept by answer, because the history does not tell it. */
  readonly usage: Readonly<Record<string, Usage>>;
  readonly ratings: Readonly<Record<string, Rating>>;
}
