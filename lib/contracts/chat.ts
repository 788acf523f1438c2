/** The words that conversations, models and the web app share. Safe for the browser. */

export interface Citation {
  readonly documentId: string;
  readonly title: string;
  /** The passage that carries the answer, as it stands in the document. */
  readonly quote: string;
  /** Where it stands in the document's text, characters. */
  readonly start?: number;
  readonly end?: number;
}

/** A file that belongs to a message; its bytes are asked for by its id. */
export interface Attachment {
  readonly id: string;
  readonly name: string;
  /** Media type, told by the bytes. */
  readonly type: string;
  readonly bytes: number;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, as models give it. */
  readonly arguments: string;
}

/** A picture as a model is given it. */
export interface ShownImage {
  readonly name: string;
  readonly type: string;
  readonly base64: string;
}

/** One entry of what a model is shown. */
export type ChatItem =
  | {
      readonly role: 'user';
      readonly text: string;
      /** Files that came with it. What a model is shown of them is read when it is asked. */
      readonly attachments?: readonly Attachment[];
      /** Pictures, on the way to a model that reads such. */
      readonly images?: readonly ShownImage[];
    }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'person'; readonly text: string }
  /** What a colleague tells the agent; the customer does not hear it. */
  | { readonly role: 'whisper'; readonly text: string }
  | { readonly role: 'tool'; readonly callId: string; readonly name: string; readonly content: string };

export interface Usage {
  readonly tier: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicroUsd: number;
}

/** The routing decision that an answer came by, and what that answer cost and took. */
export interface ServedRoute {
  readonly decisionId: string;
  readonly costMicroUsd: number;
  readonly latencyMs: number;
}

export interface ModelReply {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly citations: readonly Citation[];
  readonly usage: Usage;
  /** Why a person should look at this conversation. */
  readonly escalate?: string;
  /** Values that the model was not shown, by their kinds; never the values. */
  readonly hidden?: Readonly<Record<string, number>>;
  /** Where a router chose among tiers. */
  readonly route?: ServedRoute;
  /** A budget ended it before the model did. */
  readonly cutOff?: true;
}

export interface ToolStep {
  readonly name: string;
  readonly status: 'running' | 'done' | 'failed' | 'parked';
}

/** An answer as clients see it. */
export interface AnswerMessage {
  readonly id: string;
  readonly role: 'assistant' | 'person';
  readonly text: string;
  readonly citations: readonly Citation[];
  readonly toolCalls: readonly ToolStep[];
  /** What the customer may answer by pressing it. */
  readonly quickReplies?: readonly string[];
  readonly attachments?: readonly Attachment[];
}

export type InterruptionPolicy = 'queue' | 'merge' | 'interrupt';

/** How a conversation treats messages that come while one is being answered. */
export interface Interruption {
  readonly policy: InterruptionPolicy;
  /** Time that a conversation waits for more before it answers; 0 is not at all. Milliseconds. */
  readonly mergeWindowMs: number;
}

/** What a tool says of being repeated: a look-up, safe with our key, or never. */
export type EffectClass = 'read' | 'idempotent' | 'once';

/** What an agent may use before it is stopped. */
export interface AgentLimits {
  /** Times that the same steps may come again before the agent is stopped; 2 where it is not said. */
  readonly maxRepeats?: number;
  /** Model calls in one turn. */
  readonly maxSteps: number;
  /** Wall clock of one turn, milliseconds. */
  readonly maxTurnMs: number;
  /** Tokens, in and out, of one turn and of the whole conversation. */
  readonly maxTurnTokens: number;
  readonly maxConversationTokens: number;
  /** Millionths of a US dollar. */
  readonly maxTurnCostMicroUsd: number;
  readonly maxConversationCostMicroUsd: number;
}

/** The agent that a conversation began with, as it then was: a newer version is for newer conversations. */
export interface AgentPin {
  readonly name: string;
  readonly version: number;
  readonly limits: AgentLimits;
  /** Agents that it may hand over to. */
  readonly handOffs: readonly string[];
}
