/** Folds the ends of tasks: what a parent gets of a child that completed or faulted. */
import { drop, patch, wake } from './frames.ts';
import type { Json } from './jq/value.ts';
import type { Next, WorkflowEvent } from './messages.ts';
import type { Frame, RunState } from './state.ts';

type Of<T extends WorkflowEvent['type']> = Extract<WorkflowEvent, { type: T }>;

export function completed(state: RunState, event: Of<'TaskCompleted'>): RunState {
  const frame = state.frames[event.id];
  if (!frame) return state;
  const next = event.context === undefined ? state : { ...state, context: event.context };
  const step = { id: frame.id, task: frame.task, name: frame.name, input: frame.input, output: event.output };
  const saga = event.compensable ? { ...next.saga, steps: [...next.saga.steps, step] } : next.saga;
  const without = drop({ ...next, saga }, event.id, true, false);
  return frame.parent === null
    ? without
    : deliver(without, frame.parent, frame.branch, event.output, event.next);
}

/** Gives a child's output to its parent and moves the parent on. */
export function deliver(
  state: RunState,
  parentId: string,
  branch: number | undefined,
  value: Json,
  next: Next,
): RunState {
  const parent = state.frames[parentId];
  if (!parent) return state;
  if (parent.fork && branch !== undefined) return delivered(state, parent, branch, value, next);
  if (!parent.scope) return state;
  const { role } = parent.scope;
  if (typeof next === 'number')
    return wake(patch(state, parentId, { scope: { ...parent.scope, i: next, value } }), parentId);
  const result = { role, value, flow: next };
  return wake(
    dropPending(patch(state, parentId, { scope: undefined, result }), `${parentId}.attempt`),
    parentId,
  );
}

function delivered(state: RunState, parent: Frame, branch: number, value: Json, next: Next): RunState {
  const fork = parent.fork!;
  const open = fork.open - 1;
  const outputs = { ...fork.outputs, [branch]: value };
  if (!fork.compete && next !== 'end') {
    const joined = patch(state, parent.id, { fork: { ...fork, open, outputs } });
    return open > 0 && fork.started < fork.branches
      ? wake(joined, parent.id)
      : open > 0
        ? joined
        : wake(joined, parent.id);
  }
  const result = {
    role: 'body' as const,
    value,
    flow: next === 'end' ? ('end' as const) : ('done' as const),
  };
  return wake(
    patch(drop(state, parent.id, false), parent.id, { fork: { ...fork, open, outputs, end: true }, result }),
    parent.id,
  );
}

export function faulted(state: RunState, event: Of<'TaskFaulted'>): RunState {
  const frame = state.frames[event.id];
  if (!frame) return state;
  const without = drop(state, event.id);
  const parent = frame.parent === null ? undefined : without.frames[frame.parent];
  if (!parent) return without;
  if (parent.fork && frame.branch !== undefined) {
    const open = parent.fork.open - 1;
    if (parent.fork.compete && open > 0) return patch(without, parent.id, { fork: { ...parent.fork, open } });
    const cut = patch(drop(without, parent.id, false), parent.id, {
      fork: { ...parent.fork, open, end: true },
      fault: { error: event.error, from: 'body' },
    });
    return wake(cut, parent.id);
  }
  const from = parent.scope?.role ?? 'own';
  const next = patch(without, parent.id, { scope: undefined, fault: { error: event.error, from } });
  return wake(dropPending(next, `${parent.id}.attempt`), parent.id);
}

export function dropPending(state: RunState, key: string): RunState {
  if (!Object.keys(state.pending).some(each => each === key || each.startsWith(`${key}.`))) return state;
  const kept = Object.entries(state.pending).filter(([each]) => each !== key && !each.startsWith(`${key}.`));
  return { ...state, pending: Object.fromEntries(kept) };
}
