/** A run's state: the fold of its events. JSON, so that a snapshot is a copy. */
import type { Definition } from './definition.ts';
import type { Json, JsonObject } from './jq/value.ts';
import type { CloudEvent, Effect, Next, PendingRole, RunLimits, ScopeRole } from './messages.ts';
import type { Problem } from './problem.ts';

export const LIMITS = {
  /** Default of `RunLimits.maxSteps`. */
  maxSteps: 10_000,
  /** Steps that one command may advance; the rest follows by a `Continue` effect. */
  stepsPerCommand: 500,
  /** Retries when a policy names no limit. */
  retries: 100,
  /** Longest pause between retries. */
  retryDelayMs: 24 * 3_600_000,
  /** Characters of JSON of any one value that is kept. */
  valueChars: 1_000_000,
  /** Items of a loop. */
  loopItems: 10_000,
  branches: 100,
  /** Events that one `listen` consumes. */
  consumedEvents: 10_000,
  /** Events kept for a task that does not listen yet. */
  retainedEvents: 100,
  /** Keys of consumed events remembered against a second delivery. */
  rememberedEvents: 256,
  /** Tasks nested in each other. */
  depth: 100,
  /** Retries of a compensation that names no policy. */
  compensationRetries: 3,
} as const;

export type RunPhase =
  | 'new'
  | 'running'
  | 'waiting'
  | 'suspended'
  | 'compensating'
  | 'cancelled'
  | 'faulted'
  | 'completed';

/** Tasks of a list being run one after another, inside a frame. */
export interface Scope {
  readonly role: ScopeRole;
  readonly list: string;
  readonly single?: string;
  readonly i: number;
  /** What the next task is given. */
  readonly value: Json;
  readonly vars?: JsonObject;
}

export interface ListenState {
  readonly items: readonly Json[];
  readonly matched: readonly number[];
  readonly untilMatched: readonly number[];
  readonly correlations: JsonObject;
  /** Items that `foreach` has processed, and what it made of them. */
  readonly outputs: readonly Json[];
  readonly done: boolean;
}

/** A task under way. */
export interface Frame {
  readonly id: string;
  readonly parent: string | null;
  /** Pointer of its definition; `''` is the workflow itself. */
  readonly task: string;
  readonly name: string;
  readonly depth: number;
  readonly startedAt: number;
  readonly rawInput: Json;
  readonly input: Json;
  readonly scope?: Scope;
  /** What its list or its effect brought, not looked at yet. */
  readonly result?: {
    readonly role: ScopeRole | PendingRole;
    readonly value: Json;
    readonly flow: 'done' | 'exit' | 'end';
  };
  /** An error not handled yet, and whether it comes from the task itself or from a list in it. */
  readonly fault?: { readonly error: Problem; readonly from: ScopeRole | 'own' };
  /** Extensions that are still to run before and after it. */
  readonly extensions?: { readonly before: readonly number[]; readonly after: readonly number[] };
  readonly output?: { readonly value: Json; readonly flow: Next };
  readonly loop?: { readonly items: readonly Json[]; readonly i: number };
  readonly fork?: {
    readonly branches: number;
    readonly compete: boolean;
    readonly started: number;
    readonly open: number;
    readonly outputs: Readonly<Record<string, Json>>;
    readonly end: boolean;
  };
  readonly branch?: number;
  readonly listen?: ListenState;
  readonly retry?: { readonly attempt: number; readonly firstAt: number };
  /** Index of the saga's step that this frame undoes. */
  readonly compensates?: number;
}

export interface Pending {
  readonly frame: string;
  readonly role: PendingRole;
  readonly effect: Effect;
}

/** A finished step that can be undone. */
export interface SagaStep {
  readonly id: string;
  readonly task: string;
  readonly name: string;
  readonly input: Json;
  readonly output: Json;
  readonly outcome?: 'undone' | 'skipped' | 'accepted' | 'parked';
}

export interface RunState {
  readonly phase: RunPhase;
  readonly runId: string;
  readonly digest: string;
  readonly definition: Definition;
  readonly startedAt: number;
  readonly now: number;
  readonly input: Json;
  readonly context: Json;
  readonly limits: RunLimits;
  readonly runtime: JsonObject;
  readonly secrets: readonly string[];
  readonly nonce: string;
  /** Events folded so far. */
  readonly seq: number;
  readonly steps: number;
  readonly nextId: number;
  readonly frames: Readonly<Record<string, Frame>>;
  /** Frames that can advance, oldest first. */
  readonly ready: readonly string[];
  readonly pending: Readonly<Record<string, Pending>>;
  readonly resources: Readonly<Record<string, Json>>;
  readonly retained: readonly CloudEvent[];
  readonly seen: readonly string[];
  readonly saga: {
    readonly steps: readonly SagaStep[];
    /** Calls that were under way when their task was cut off: if they succeed, they join the steps. */
    readonly draining: Readonly<
      Record<string, { readonly step: Omit<SagaStep, 'output'>; readonly effect: Effect }>
    >;
    readonly reason?: 'fault' | 'cancel';
    readonly error?: Problem;
  };
  readonly output?: Json;
  readonly error?: Problem;
}

export const ROOT_FRAME = 't0';

export function initialState(): RunState {
  return {
    phase: 'new',
    runId: '',
    digest: '',
    definition: {},
    startedAt: 0,
    now: 0,
    input: null,
    context: {},
    limits: { maxSteps: LIMITS.maxSteps, allow: [] },
    runtime: {},
    secrets: [],
    nonce: '',
    seq: 0,
    steps: 0,
    nextId: 1,
    frames: {},
    ready: [],
    pending: {},
    resources: {},
    retained: [],
    seen: [],
    saga: { steps: [], draining: {} },
  };
}

export function finished(state: RunState): boolean {
  return state.phase === 'completed' || state.phase === 'faulted' || state.phase === 'cancelled';
}
