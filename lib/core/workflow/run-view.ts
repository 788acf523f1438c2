/** What a run's journal tells of its steps: a fold of its events for people to look at. */
import { kindOf } from './definition.ts';
import { definitionAt } from './frames.ts';
import { isObject, type Json } from './jq/value.ts';
import type { WorkflowEvent } from './messages.ts';
import type { Problem } from './problem.ts';
import { redact } from './sealed.ts';
import { finished, type RunState } from './state.ts';

export interface StepView {
  readonly id: string;
  readonly parent: string | null;
  readonly name: string;
  /** JSON pointer into the definition. */
  readonly task: string;
  readonly kind: string;
  readonly state: 'running' | 'waiting' | 'completed' | 'skipped' | 'faulted' | 'cancelled';
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly input: Json;
  readonly output: Json;
  readonly error: Problem | null;
  readonly retries: number;
  readonly retryAt: number | null;
  readonly compensation: 'available' | 'undoing' | 'undone' | 'skipped' | 'accepted' | 'parked' | null;
}

/** Most steps that are told: the newest. */
export const STEPS_SHOWN = 5_000;

/** Follows a run event by event; `steps` tells how it stands. */
export class RunView {
  readonly #steps = new Map<string, StepView>();

  /** `after` is the state that the event led to. */
  add(event: WorkflowEvent, before: RunState, after: RunState): void {
    const { at } = event;
    switch (event.type) {
      case 'TaskStarted':
        this.#begin(event.id, event.parent, event.task, event.name, at, after);
        break;
      case 'TaskSkipped':
        this.#begin(
          `${event.parent}/${event.task}/${before.seq}`,
          event.parent,
          event.task,
          event.name,
          at,
          after,
        );
        this.#change(`${event.parent}/${event.task}/${before.seq}`, { state: 'skipped', endedAt: at });
        break;
      case 'TaskCompleted':
        this.#change(event.id, {
          state: 'completed',
          endedAt: at,
          output: event.output,
          retryAt: null,
          ...(event.compensable ? { compensation: 'available' as const } : {}),
        });
        break;
      case 'TaskFaulted':
        this.#change(event.id, { state: 'faulted', endedAt: at, error: event.error, retryAt: null });
        break;
      case 'RetryScheduled': {
        const compensated = before.frames[event.id]?.compensates;
        const id = compensated === undefined ? event.id : before.saga.steps[compensated]?.id;
        const step = id === undefined ? undefined : this.#steps.get(id);
        if (step)
          this.#change(step.id, { retries: step.retries + 1, retryAt: event.dueAt, error: event.error });
        break;
      }
      case 'StepCompensating':
        this.#change(event.id, { compensation: 'undoing' });
        break;
      case 'StepCompensated':
        this.#change(event.id, { compensation: event.outcome, retryAt: null });
        break;
      case 'CompensationParked':
        this.#change(event.id, { compensation: 'parked', error: event.error, retryAt: null });
        break;
      default:
    }
    for (const id of Object.keys(before.frames)) {
      const step = after.frames[id] ? undefined : this.#steps.get(id);
      if (step && step.endedAt === null) this.#change(id, { state: 'cancelled', endedAt: at });
    }
  }

  steps(state: RunState): StepView[] {
    const waiting = new Set(
      finished(state)
        ? []
        : Object.values(state.pending).flatMap(({ frame, role }) =>
            role === 'timeout' || role === 'run-timeout' || role === 'attempt' || role === 'call'
              ? []
              : [frame],
          ),
    );
    return [...this.#steps.values()].slice(-STEPS_SHOWN).map(step => ({
      ...step,
      state: step.state === 'running' && waiting.has(step.id) ? 'waiting' : step.state,
      input: redact(step.input, state.nonce),
      output: redact(step.output, state.nonce),
    }));
  }

  #begin(id: string, parent: string, task: string, name: string, at: number, after: RunState): void {
    const definition = definitionAt(after, task);
    const frame = after.frames[id];
    this.#steps.set(id, {
      id,
      parent: parent === '' ? null : parent,
      name,
      task,
      kind: (isObject(definition) && kindOf(definition)) || 'do',
      state: 'running',
      startedAt: at,
      endedAt: null,
      input: frame?.input ?? null,
      output: null,
      error: null,
      retries: 0,
      retryAt: null,
      compensation: null,
    });
  }

  #change(id: string, change: Partial<StepView>): void {
    const step = this.#steps.get(id);
    if (step) this.#steps.set(id, { ...step, ...change });
  }
}

/** The state of a fork: as the run was right before that step, with nothing of the original to undo or to wait for. */
export function forkedState(before: RunState, runId: string): RunState {
  return {
    ...before,
    runId,
    phase: before.phase === 'suspended' ? 'running' : before.phase,
    saga: { steps: [], draining: {} },
    seen: [],
  };
}
