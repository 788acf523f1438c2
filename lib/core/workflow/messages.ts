/**
 * The words of a workflow run: commands that ask, events that happened, effects owed to the world.
 * Everything is JSON. Times are milliseconds since the epoch.
 */
import type { Definition } from './definition.ts';
import type { Json, JsonObject } from './jq/value.ts';
import type { Problem } from './problem.ts';

export interface CloudEvent {
  readonly specversion?: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time?: string;
  readonly subject?: string;
  readonly data?: Json;
  readonly [attribute: string]: Json | undefined;
}

/** What an operator lets a run do, and how far it may go. */
export interface RunLimits {
  /** Tasks and loop rounds that a run may start. */
  readonly maxSteps: number;
  /** Processes that `run` may start. Workflows are always allowed. */
  readonly allow: readonly ('container' | 'script' | 'shell')[];
}

export interface StartRun {
  readonly type: 'StartRun';
  readonly runId: string;
  readonly definition: Definition;
  /** Digest of the definition's text: the version that this run is pinned to. */
  readonly digest: string;
  readonly input: Json;
  readonly limits?: Partial<RunLimits>;
  readonly runtime?: { readonly name: string; readonly version: string; readonly metadata?: JsonObject };
  /** Secrets that exist for the tenant; unset: every declared one does. */
  readonly secretNames?: readonly string[];
  /** Unguessable text that marks where a secret belongs; needed when the document declares secrets. */
  readonly nonce?: string;
}

export type WorkflowCommand = { readonly now: number /** In [0, 1). */; readonly random?: number } & (
  | StartRun
  | { readonly type: 'EffectSucceeded'; readonly key: string; readonly output: Json }
  | { readonly type: 'EffectFailed'; readonly key: string; readonly error: Problem }
  | { readonly type: 'TimerFired'; readonly key: string }
  | {
      readonly type: 'EventReceived';
      readonly event: CloudEvent /** Keep it until a task listens. */;
      readonly retain?: boolean;
    }
  | { readonly type: 'Signal'; readonly id: string; readonly name: string; readonly data: Json }
  | { readonly type: 'Cancel'; readonly reason?: string }
  | { readonly type: 'Suspend' }
  | { readonly type: 'Resume' }
  | { readonly type: 'Advance' }
  | {
      readonly type: 'DecideCompensation';
      readonly key: string;
      readonly decision: 'retry' | 'skip' | 'accept';
      readonly by: string;
    }
);

/** Where a finished task leads: an index in its list, the list's end, or out of it. */
export type Next = number | 'done' | 'exit' | 'end';

export type ScopeRole = 'body' | 'before' | 'after' | 'catch' | 'each' | 'function' | 'compensation';

export type PendingRole =
  | 'call'
  | 'fetch'
  | 'emit'
  | 'wait'
  | 'listen'
  | 'timeout'
  | 'attempt'
  | 'retry'
  | 'run-timeout'
  | 'decision';

export type WorkflowEvent = { readonly at: number } & (
  | {
      readonly type: 'RunStarted';
      readonly runId: string;
      readonly definition: Definition;
      readonly digest: string;
      readonly input: Json;
      /** Input after `input.from`. */
      readonly value: Json;
      readonly limits: RunLimits;
      readonly runtime: JsonObject;
      readonly secrets: readonly string[];
      readonly nonce: string;
      readonly timeoutAt?: number;
      readonly fault?: Problem;
    }
  | {
      readonly type: 'TaskStarted';
      readonly id: string;
      readonly parent: string;
      readonly task: string;
      readonly name: string;
      /** Set when `input.from` made it differ from what the task was given. */
      readonly input?: Json;
      readonly branch?: number;
      readonly extensions?: { readonly before: readonly number[]; readonly after: readonly number[] };
      readonly timeoutAt?: number;
      readonly fault?: Problem;
    }
  | {
      readonly type: 'TaskSkipped';
      readonly parent: string;
      readonly task: string;
      readonly name: string;
      readonly next: Next;
      readonly branch?: number;
    }
  | {
      readonly type: 'ScopeEntered';
      readonly id: string;
      readonly role: ScopeRole;
      readonly list: string;
      readonly value: Json;
      readonly vars?: JsonObject;
      /** The pointer names one task, not a list. */
      readonly single?: string;
      /** The task's output, kept while extensions run after it. */
      readonly output?: Json;
      readonly flow?: Next;
      readonly attemptUntil?: number;
    }
  | { readonly type: 'LoopStarted'; readonly id: string; readonly items: readonly Json[] }
  | { readonly type: 'ForkOpened'; readonly id: string; readonly branches: number; readonly compete: boolean }
  | {
      readonly type: 'EffectRequested';
      readonly id: string;
      readonly role: PendingRole;
      readonly effect: Effect;
    }
  | { readonly type: 'EffectSettled'; readonly key: string; readonly output?: Json; readonly error?: Problem }
  | { readonly type: 'ResourceLoaded'; readonly id: string; readonly uri: string; readonly document: Json }
  | {
      readonly type: 'EventConsumed';
      readonly id: string;
      readonly eventKey: string;
      readonly item?: Json;
      readonly filter: number;
      readonly until?: number;
      readonly correlations?: JsonObject;
      readonly done: boolean;
      /** The task has something to do now. */
      readonly wake: boolean;
    }
  | { readonly type: 'EventRetained'; readonly event: CloudEvent }
  | {
      readonly type: 'ItemProcessed';
      readonly id: string;
      readonly output: Json;
      readonly context?: Json;
      readonly done: boolean;
    }
  | {
      readonly type: 'RetryScheduled';
      readonly id: string;
      readonly attempt: number;
      readonly dueAt: number;
      readonly error: Problem;
    }
  | {
      readonly type: 'TaskCompleted';
      readonly id: string;
      readonly task: string;
      readonly output: Json;
      readonly next: Next;
      readonly context?: Json;
      /** The task can be undone: `metadata.compensate`. */
      readonly compensable?: boolean;
    }
  | { readonly type: 'TaskFaulted'; readonly id: string; readonly task: string; readonly error: Problem }
  | {
      readonly type: 'CompensationStarted';
      readonly reason: 'fault' | 'cancel';
      readonly error?: Problem;
    }
  | { readonly type: 'StepCompensating'; readonly id: string; readonly frame: string }
  | {
      readonly type: 'StepCompensated';
      readonly id: string;
      readonly outcome: 'undone' | 'skipped' | 'accepted';
      readonly by?: string;
    }
  | { readonly type: 'CompensationParked'; readonly id: string; readonly error: Problem }
  | { readonly type: 'RunSuspended' }
  | { readonly type: 'RunResumed' }
  | { readonly type: 'RunCancelled' }
  | { readonly type: 'RunFaulted'; readonly error: Problem }
  | { readonly type: 'RunCompleted'; readonly output: Json }
);

/** How the caller of an endpoint proves who it is. Values may hold sealed secrets (`sealed.ts`). */
export interface Authentication {
  readonly scheme: 'basic' | 'bearer' | 'digest' | 'oauth2' | 'oidc';
  /** Name of the secret that holds all parameters. */
  readonly secret?: string;
  readonly parameters?: JsonObject;
}

interface Endpoint {
  readonly uri: string;
  readonly authentication?: Authentication;
}

type ResponseFormat = 'raw' | 'content' | 'response';

/** What a run owes the world. `key` is unique in the run and the same after a crash. */
export type Effect = { readonly key: string } & (
  | {
      readonly type: 'CallHttp';
      readonly method: string;
      readonly endpoint: Endpoint;
      readonly headers: JsonObject;
      readonly query: JsonObject;
      readonly body?: Json;
      readonly output: ResponseFormat;
      readonly redirect: boolean;
    }
  | {
      readonly type: 'CallOpenapi';
      readonly document: Endpoint;
      readonly operationId: string;
      readonly parameters: JsonObject;
      readonly authentication?: Authentication;
      readonly output: ResponseFormat;
      readonly redirect: boolean;
    }
  | { readonly type: 'CallFunction'; readonly name: string; readonly with: Json; readonly catalog?: string }
  | { readonly type: 'CallMcp' | 'CallA2a'; readonly with: Json }
  | { readonly type: 'FetchResource'; readonly endpoint: Endpoint }
  | { readonly type: 'Emit'; readonly event: CloudEvent }
  | { readonly type: 'StartTimer'; readonly dueAt: number }
  | {
      readonly type: 'Listen';
      /** Event types worth delivering; null: all of them. */
      readonly types: readonly string[] | null;
    }
  | {
      readonly type: 'RunWorkflow';
      readonly namespace: string;
      readonly name: string;
      readonly version: string;
      readonly input: Json;
      readonly await: boolean;
    }
  | {
      readonly type: 'RunProcess';
      readonly process: 'container' | 'script' | 'shell';
      readonly with: Json;
      readonly await: boolean;
    }
  | { readonly type: 'AskDecision'; readonly step: string; readonly task: string; readonly error: Problem }
  | { readonly type: 'Continue' }
);

/** What answers `CallHttp` and `CallOpenapi`. A status of any number is a success of the effect. */
export interface HttpAnswer {
  readonly request: {
    readonly method: string;
    readonly uri: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body: decoded when it is JSON, text when it is text, base64 otherwise; always base64 for `raw`. */
  readonly content: Json;
}
