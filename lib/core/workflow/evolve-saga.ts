/** Folds the undoing of steps. */
import { drop, wake } from './frames.ts';
import type { WorkflowEvent } from './messages.ts';
import type { Frame, RunState } from './state.ts';

type Of<T extends WorkflowEvent['type']> = Extract<WorkflowEvent, { type: T }>;

export function compensating(state: RunState, event: Of<'StepCompensating'>): RunState {
  const at = state.saga.steps.findIndex(step => step.id === event.id);
  const step = state.saga.steps[at];
  if (!step) return state;
  const id = event.frame;
  const frame: Frame = {
    id,
    parent: null,
    task: `${step.task}/metadata/compensate`,
    name: `${step.name}.compensate`,
    depth: 0,
    startedAt: event.at,
    rawInput: step.output,
    input: step.output,
    compensates: at,
  };
  return wake({ ...state, nextId: state.nextId + 1, frames: { ...state.frames, [id]: frame } }, id);
}

export function outcome(
  state: RunState,
  id: string,
  result: 'undone' | 'skipped' | 'accepted' | 'parked',
): RunState {
  const steps = state.saga.steps.map(step => (step.id === id ? { ...step, outcome: result } : step));
  return { ...state, saga: { ...state.saga, steps } };
}

export function requestDecision(state: RunState, event: Of<'CompensationParked'>): RunState {
  const key = `c${state.nextId}.decision`;
  const step = state.saga.steps.find(each => each.id === event.id);
  const effect = {
    type: 'AskDecision',
    key,
    step: step?.name ?? '',
    task: step?.task ?? '',
    error: event.error,
  } as const;
  return {
    ...state,
    pending: { ...state.pending, [key]: { frame: event.id, role: 'decision', effect } },
  };
}

/** Takes away the tasks that were undoing a step. */
export function undone(state: RunState, id: string): RunState {
  const frame = Object.values(state.frames).find(
    each => each.compensates !== undefined && state.saga.steps[each.compensates]?.id === id,
  );
  return frame ? drop(state, frame.id) : state;
}
