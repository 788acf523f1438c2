/** Folds one event into the state. Total: an event that does not fit changes nothing but the counters. */

import { completed, deliver, faulted } from './evolve-flow.ts';
import { compensating, outcome, requestDecision, undone } from './evolve-saga.ts';
import { childStarted, drop, listenAfter, patch, wake } from './frames.ts';
import type { WorkflowEvent } from './messages.ts';
import { problem } from './problem.ts';
import { type Frame, finished, LIMITS, type Pending, ROOT_FRAME, type RunState } from './state.ts';

type Of<T extends WorkflowEvent['type']> = Extract<WorkflowEvent, { type: T }>;

export function evolve(state: RunState, event: WorkflowEvent): RunState {
  const counted = { ...state, seq: state.seq + 1, now: event.at };
  if (finished(state) || (state.phase === 'new' && event.type !== 'RunStarted')) return counted;
  return apply(counted, event);
}

function apply(state: RunState, event: WorkflowEvent): RunState {
  switch (event.type) {
    case 'RunStarted':
      return started(state, event);
    case 'TaskStarted':
      return childStarted(state, event);
    case 'TaskSkipped':
      return skipped(state, event);
    case 'ScopeEntered':
      return entered(state, event);
    case 'LoopStarted':
      return wake(patch(state, event.id, { loop: { items: event.items, i: 0 } }), event.id);
    case 'ForkOpened':
      return wake(
        patch(state, event.id, {
          fork: {
            branches: event.branches,
            compete: event.compete,
            started: 0,
            open: event.branches,
            outputs: {},
            end: false,
          },
        }),
        event.id,
      );
    case 'EffectRequested':
      return requested(state, event);
    case 'EffectSettled':
      return settled(state, event);
    case 'ResourceLoaded':
      return wake({ ...state, resources: { ...state.resources, [event.uri]: event.document } }, event.id);
    case 'EventRetained':
      return { ...state, retained: [...state.retained, event.event].slice(-LIMITS.retainedEvents) };
    case 'EventConsumed':
      return consumed(state, event);
    case 'ItemProcessed':
      return processed(state, event);
    case 'RetryScheduled':
      return retrying(state, event);
    case 'TaskCompleted':
      return completed(state, event);
    case 'TaskFaulted':
      return faulted(state, event);
    case 'CompensationStarted': {
      const cut = drop(state, ROOT_FRAME);
      return {
        ...cut,
        phase: 'compensating',
        steps: 0,
        pending: {},
        saga: { ...cut.saga, reason: event.reason, ...(event.error ? { error: event.error } : {}) },
      };
    }
    case 'StepCompensating':
      return compensating(state, event);
    case 'StepCompensated':
      return outcome(undone(state, event.id), event.id, event.outcome);
    case 'CompensationParked':
      return outcome(requestDecision(undone(state, event.id), event), event.id, 'parked');
    case 'RunSuspended':
      return { ...state, phase: 'suspended' };
    case 'RunResumed':
      return { ...state, phase: state.saga.reason ? 'compensating' : 'running' };
    case 'RunCancelled':
      return end(state, 'cancelled');
    case 'RunFaulted':
      return { ...end(state, 'faulted'), error: event.error };
    case 'RunCompleted':
      return { ...end(state, 'completed'), output: event.output };
  }
}

function started(state: RunState, event: Of<'RunStarted'>): RunState {
  const root: Frame = {
    id: ROOT_FRAME,
    parent: null,
    task: '',
    name: '',
    depth: 0,
    startedAt: event.at,
    rawInput: event.input,
    input: event.value,
    ...(event.fault ? { fault: { error: event.fault, from: 'own' as const } } : {}),
    scope: { role: 'body', list: '/do', i: 0, value: event.value },
  };
  const value = event.value;
  const begun: RunState = {
    ...state,
    phase: 'running',
    runId: event.runId,
    digest: event.digest,
    definition: event.definition,
    startedAt: event.at,
    input: event.input,
    context: typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {},
    limits: event.limits,
    runtime: event.runtime,
    secrets: event.secrets,
    nonce: event.nonce,
    frames: { [ROOT_FRAME]: root },
    ready: [ROOT_FRAME],
  };
  return event.timeoutAt === undefined ? begun : timer(begun, ROOT_FRAME, 'run-timeout', event.timeoutAt);
}

/** The input of a task that is not run goes on as its output. */
function skipped(state: RunState, event: Of<'TaskSkipped'>): RunState {
  const parent = state.frames[event.parent];
  if (!parent?.fork || event.branch === undefined)
    return deliver(state, event.parent, undefined, parent?.scope?.value ?? null, event.next);
  const fork = { ...parent.fork, started: parent.fork.started + 1 };
  const begun = patch({ ...state, ready: state.ready.filter(id => id !== parent.id) }, parent.id, { fork });
  return deliver(begun, parent.id, event.branch, parent.input, event.next);
}

/** Owes a timer under `<frame>.<role>`, with the number of the round where there can be several. */
export function timer(
  state: RunState,
  frame: string,
  role: Pending['role'],
  dueAt: number,
  round?: number,
): RunState {
  const key = round === undefined ? `${frame}.${role}` : `${frame}.${role}.${round}`;
  return {
    ...state,
    pending: { ...state.pending, [key]: { frame, role, effect: { type: 'StartTimer', key, dueAt } } },
  };
}

function entered(state: RunState, event: Of<'ScopeEntered'>): RunState {
  const frame = state.frames[event.id];
  if (!frame) return state;
  const extensions = frame.extensions;
  const role = event.role;
  const next = patch({ ...state, steps: state.steps + 1 }, event.id, {
    scope: {
      role,
      list: event.list,
      i: 0,
      value: event.value,
      ...(event.single === undefined ? {} : { single: event.single }),
      ...(event.vars ? { vars: event.vars } : {}),
    },
    result: undefined,
    fault: undefined,
    ...(event.output === undefined ? {} : { output: { value: event.output, flow: event.flow ?? 'done' } }),
    ...(extensions && (role === 'before' || role === 'after')
      ? { extensions: { ...extensions, [role]: extensions[role].slice(1) } }
      : {}),
    ...(frame.loop && role === 'body' ? { loop: { ...frame.loop, i: frame.loop.i + 1 } } : {}),
  });
  const timed =
    event.attemptUntil === undefined
      ? next
      : timer(next, event.id, 'attempt', event.attemptUntil, (frame.retry?.attempt ?? 0) + 1);
  return wake(timed, event.id);
}

function requested(state: RunState, event: Of<'EffectRequested'>): RunState {
  const pending = { frame: event.id, role: event.role, effect: event.effect };
  const next = {
    ...state,
    ready: state.ready.filter(id => id !== event.id),
    pending: { ...state.pending, [event.effect.key]: pending },
  };
  if (event.role !== 'listen') return next;
  const fresh = { items: [], matched: [], untilMatched: [], correlations: {}, outputs: [], done: false };
  return patch(next, event.id, { listen: fresh });
}

function settled(state: RunState, event: Of<'EffectSettled'>): RunState {
  const known = state.pending[event.key];
  if (!known) return drained(state, event);
  const { [event.key]: _gone, ...pending } = state.pending;
  const rest = { ...state, pending };
  const { frame: id, role } = known;
  if (role === 'decision') return rest;
  if (!state.frames[id]) return rest;
  if (role === 'timeout' || role === 'run-timeout' || role === 'attempt') {
    const frame = state.frames[id];
    const error = problem('timeout', `took longer than allowed`, { instance: frame.task || '/' });
    const bare = patch(drop(rest, id, false), id, {
      scope: undefined,
      result: undefined,
      fork: undefined,
      fault: { error, from: role === 'attempt' ? 'body' : 'own' },
    });
    return wake(bare, id);
  }
  if (event.error) return wake(patch(rest, id, { fault: { error: event.error, from: 'own' } }), id);
  const result = { role, value: event.output ?? null, flow: 'done' as const };
  return wake(patch(rest, id, { result }), id);
}

/** A call that was cut off has answered: its step joins those to undo. */
function drained(state: RunState, event: Of<'EffectSettled'>): RunState {
  const { [event.key]: cut, ...draining } = state.saga.draining;
  if (!cut) return state;
  const done = { ...cut.step, output: event.output ?? null };
  const steps = event.error ? state.saga.steps : [...state.saga.steps, done];
  return { ...state, saga: { ...state.saga, draining, steps } };
}

function consumed(state: RunState, event: Of<'EventConsumed'>): RunState {
  const frame = state.frames[event.id];
  if (!frame?.listen) return state;
  const { listen } = frame;
  const next = patch(state, event.id, {
    listen: {
      ...listen,
      items: event.item === undefined ? listen.items : [...listen.items, event.item],
      matched: event.filter < 0 ? listen.matched : [...listen.matched, event.filter],
      untilMatched: event.until === undefined ? listen.untilMatched : [...listen.untilMatched, event.until],
      correlations: { ...listen.correlations, ...event.correlations },
      done: listen.done || event.done,
    },
  });
  const seen = next.seen.includes(event.eventKey)
    ? next.seen
    : [...next.seen, event.eventKey].slice(-LIMITS.rememberedEvents);
  const retained = next.retained.filter(each => `${each.source} ${each.id}` !== event.eventKey);
  const woken = { ...next, seen, retained };
  return event.wake && !frame.scope && !frame.result ? wake(woken, event.id) : woken;
}

function processed(state: RunState, event: Of<'ItemProcessed'>): RunState {
  const frame = state.frames[event.id];
  if (!frame?.listen) return state;
  const listen = listenAfter(frame.listen, event.output, event.done);
  const next = patch(state, event.id, { result: undefined, listen });
  const more = listen.done || listen.outputs.length < listen.items.length;
  const waiting = { ...next, ready: next.ready.filter(id => id !== event.id) };
  return more
    ? wake(event.context === undefined ? waiting : { ...waiting, context: event.context }, event.id)
    : event.context === undefined
      ? waiting
      : { ...waiting, context: event.context };
}

function retrying(state: RunState, event: Of<'RetryScheduled'>): RunState {
  const frame = state.frames[event.id];
  if (!frame) return state;
  const next = patch(drop(state, event.id, false), event.id, {
    fault: undefined,
    scope: undefined,
    result: undefined,
    retry: { attempt: event.attempt, firstAt: frame.retry?.firstAt ?? frame.startedAt },
  });
  return timer(
    { ...next, ready: next.ready.filter(id => id !== event.id) },
    event.id,
    'retry',
    event.dueAt,
    event.attempt,
  );
}

function end(state: RunState, phase: 'cancelled' | 'faulted' | 'completed'): RunState {
  return { ...state, phase, frames: {}, ready: [], pending: {}, retained: [] };
}
