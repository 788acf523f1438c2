/** How the fold changes frames: a few moves that every event is made of. */

import { atPointer, field } from './definition.ts';
import type { Json } from './jq/value.ts';
import type { WorkflowEvent } from './messages.ts';
import type { Frame, ListenState, Pending, RunState } from './state.ts';

/** Undefined takes a field away. */
export function patch(
  state: RunState,
  id: string,
  change: { [K in keyof Frame]?: Frame[K] | undefined },
): RunState {
  const frame = state.frames[id];
  if (!frame) return state;
  const next: Record<string, unknown> = {};
  for (const [key, value] of Object.entries({ ...frame, ...change }))
    if (value !== undefined) next[key] = value;
  return { ...state, frames: { ...state.frames, [id]: next as unknown as Frame } };
}

/** Lets the frame advance, after those that already can. */
export function wake(state: RunState, id: string): RunState {
  if (!state.frames[id]) return state;
  const others = state.ready.filter(each => each !== id);
  return { ...state, ready: [...others, id] };
}

export function childStarted(
  state: RunState,
  event: Extract<WorkflowEvent, { type: 'TaskStarted' }>,
): RunState {
  const parent = state.frames[event.parent];
  if (!parent) return state;
  const rawInput = event.branch === undefined ? (parent.scope?.value ?? null) : parent.input;
  const frame: Frame = {
    id: event.id,
    parent: event.parent,
    task: event.task,
    name: event.name,
    depth: parent.depth + 1,
    startedAt: event.at,
    rawInput,
    input: event.input === undefined ? rawInput : event.input,
    ...(event.extensions ? { extensions: event.extensions } : {}),
    ...(event.branch === undefined ? {} : { branch: event.branch }),
    ...(event.fault ? { fault: { error: event.fault, from: 'own' as const } } : {}),
  };
  let next: RunState = {
    ...state,
    steps: state.steps + 1,
    nextId: state.nextId + 1,
    frames: { ...state.frames, [event.id]: frame },
    ready: state.ready.filter(id => id !== event.parent),
  };
  if (event.timeoutAt !== undefined) {
    const key = `${event.id}.timeout`;
    const effect = { type: 'StartTimer', key, dueAt: event.timeoutAt } as const;
    next = { ...next, pending: { ...next.pending, [key]: { frame: event.id, role: 'timeout', effect } } };
  }
  if (event.branch !== undefined && parent.fork) {
    const fork = { ...parent.fork, started: parent.fork.started + 1 };
    next = patch(next, event.parent, { fork });
    if (fork.started < fork.branches) next = wake(next, event.parent);
  }
  return wake(next, event.id);
}

/**
 * Takes away everything under a frame (and the frame itself). A call under way of a task that can be undone is
 * remembered: should it still succeed, it must be undone too. `cut`: false for a task that ended by itself.
 */
export function drop(state: RunState, id: string, self = true, cut = true): RunState {
  const gone = new Set<string>();
  for (const each of Object.values(state.frames)) {
    let at: Frame | undefined = each;
    while (at && at.id !== id) at = at.parent === null ? undefined : state.frames[at.parent];
    if (at && (self || each.id !== id)) gone.add(each.id);
  }
  const draining: Record<string, RunState['saga']['draining'][string]> = { ...state.saga.draining };
  const pending: Record<string, Pending> = {};
  for (const [key, each] of Object.entries(state.pending)) {
    const frame = state.frames[each.frame];
    const own =
      !self &&
      each.frame === id &&
      ['call', 'emit', 'wait', 'listen', 'fetch', 'attempt'].includes(each.role);
    if (!gone.has(each.frame) && !own) {
      pending[key] = each;
      continue;
    }
    if (cut && frame && each.role === 'call' && compensation(state, frame.task) !== undefined)
      draining[key] = {
        step: { id: frame.id, task: frame.task, name: frame.name, input: frame.input },
        effect: each.effect,
      };
  }
  const frames = gone.size === 0 ? state.frames : without(state.frames, gone);
  return {
    ...state,
    frames,
    pending,
    ready: state.ready.filter(each => !gone.has(each)),
    saga: { ...state.saga, draining },
  };
}

/** `metadata.compensate` of the task at that pointer. */
export function compensation(state: RunState, task: string): Json | undefined {
  return field(definitionAt(state, task), 'metadata', 'compensate');
}

/** What a task's pointer names: in the document, or, after `@uri#`, in a loaded resource. */
export function definitionAt(state: RunState, pointer: string): Json | undefined {
  if (!pointer.startsWith('@')) return atPointer(state.definition, pointer);
  const hash = pointer.lastIndexOf('#');
  const resource = state.resources[pointer.slice(1, hash)];
  return resource === undefined ? undefined : atPointer(resource, pointer.slice(hash + 1));
}

export function listenAfter(listen: ListenState, output: Json, done: boolean): ListenState {
  const outputs = [...listen.outputs, output];
  // Events that came after the one that ended the listening are not processed.
  const items = done ? listen.items.slice(0, outputs.length) : listen.items;
  return { ...listen, outputs, items, done: listen.done || done };
}

function without(frames: RunState['frames'], gone: ReadonlySet<string>): RunState['frames'] {
  return Object.fromEntries(Object.entries(frames).filter(([id]) => !gone.has(id)));
}
