/**
 * A durable run of a workflow: the pure decider's state, and which of its long waits are written down elsewhere.
 *
 * Invariants:
 * 1. Time that has passed is told by the command; it never goes back (an unforeseen failure knows no time).
 * 2. A wait for a person, an event or a far-off time keeps no activation in memory: once it stands in the database,
 *    the run owes nothing and leaves memory.
 */
import type { Json } from '../../lib/core/workflow/jq/value.ts';
import type { Effect, WorkflowCommand, WorkflowEvent } from '../../lib/core/workflow/messages.ts';
import { initialState as initialRun, type RunState } from '../../lib/core/workflow/state.ts';

export interface WorkflowRunState {
  readonly run: RunState;
  /** Keys of waits that stand in the database: listeners, and questions to people. */
  readonly registered: readonly string[];
}

export type WorkflowRunCommand =
  | WorkflowCommand
  /** Time has come: every timer that is due fires. */
  | { readonly type: 'Wake'; readonly now: number }
  | { readonly type: 'Registered'; readonly key: string; readonly now: number }
  /** Begins as another run was at some point, with what that one had finished. */
  | { readonly type: 'Fork'; readonly state: RunState; readonly from: string; readonly now: number };

export type WorkflowRunEvent =
  | WorkflowEvent
  | { readonly type: 'WaitRegistered'; readonly key: string; readonly at: number }
  | { readonly type: 'RunForked'; readonly state: RunState; readonly from: string; readonly at: number };

/** What a person is asked: from `metadata.approval` of the task that listens. */
export interface Approval {
  readonly title: string;
  readonly assignee: string;
  /** Milliseconds until it goes to `escalateTo`. */
  readonly deadlineMs?: number;
  readonly escalateTo?: string;
}

/** How the secrets of the run are marked in its effects. */
interface Marked {
  readonly marks?: { readonly nonce: string; readonly names: readonly string[] };
}

export type WorkflowRunEffect = Marked &
  (
    | Exclude<Effect, { type: 'Listen' | 'AskDecision' }>
    | (Extract<Effect, { type: 'Listen' }> & {
        readonly task: string;
        readonly input: Json;
        /** Events since then are offered, so that none is lost between the run's begin and its listening. */
        readonly since: number;
        readonly workflow: string;
        readonly approval?: Approval;
      })
    | (Extract<Effect, { type: 'AskDecision' }> & { readonly workflow: string; readonly output: Json })
  );

export const initialState = (): WorkflowRunState => ({ run: initialRun(), registered: [] });
