/** One step of a run: what the oldest frame that can advance does next. */
import { kindOf, listTasks, type Named, objectField, type TaskDefinition } from './definition.ts';
import { evaluateCondition } from './expression.ts';
import { definitionAt } from './frames.ts';
import { isObject, type Json } from './jq/value.ts';
import type { Next, WorkflowEvent } from './messages.ts';
import { asJson, Fault, type Problem, problem } from './problem.ts';
import { compensationResult, compensationScope } from './saga.ts';
import { type Frame, ROOT_FRAME, type RunState } from './state.ts';
import { beginCall } from './step-call.ts';
import {
  beginFor,
  beginFork,
  beginListen,
  caught,
  nextBranch,
  nextItem,
  nextRound,
  startTry,
} from './step-compound.ts';
import { completeRun, failRun, finishScope } from './step-finish.ts';
import { resultOfEffect } from './step-results.ts';
import { beginEmit, beginRaise, beginRun, beginSet, beginSwitch, beginWait } from './step-simple.ts';
import { startTask } from './step-start.ts';
import { evaluatorFor } from './surroundings.ts';

/** What a step may use besides the state. */
export interface StepContext {
  readonly now: number;
  /** The next number in [0, 1). */
  readonly random: () => number;
}

export function step(state: RunState, frame: Frame, context: StepContext): WorkflowEvent[] {
  try {
    return advance(state, frame, context);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return fail(state, frame, located(error.problem, frame), context);
  }
}

function advance(state: RunState, frame: Frame, context: StepContext): WorkflowEvent[] {
  if (frame.fault) {
    const handled = handleFault(state, frame, context);
    return handled ?? fail(state, frame, located(frame.fault.error, frame), context);
  }
  if (state.steps >= state.limits.maxSteps) return tooManySteps(state, frame, context);
  if (frame.scope) return nextTask(state, frame, context);
  if (frame.result) return useResult(state, frame, context);
  if (frame.compensates !== undefined) return [compensationScope(state, frame, context)];
  const before = frame.extensions?.before[0];
  if (before !== undefined) return extensionScope(state, frame, before, 'before', context);
  return begin(state, frame, context);
}

/** Not for `try` to catch: the run ends, unless it is undoing things, where a person decides. */
function tooManySteps(state: RunState, frame: Frame, context: StepContext): WorkflowEvent[] {
  const error = problem('runtime', `the run took more than ${state.limits.maxSteps} steps`, {
    instance: frame.task || '/',
  });
  if (state.phase === 'compensating') throw new Fault(error);
  return failRun(state, error, context);
}

/** The next task of the list under way, or its end when it is empty. */
function nextTask(state: RunState, frame: Frame, context: StepContext): WorkflowEvent[] {
  const scope = frame.scope!;
  const tasks = scopeTasks(state, frame);
  const next = tasks[scope.i];
  if (!next) {
    const skipped = {
      type: 'TaskSkipped',
      parent: frame.id,
      task: scope.list,
      name: '',
      next: 'done',
    } as const;
    return [{ ...skipped, at: context.now }];
  }
  return startTask(state, frame, next, tasks, context);
}

export function scopeTasks(state: RunState, frame: Frame): readonly Named[] {
  const scope = frame.scope!;
  const found = definitionAt(state, scope.list);
  if (scope.single === undefined) return listTasks(found, scope.list);
  return isObject(found) ? [{ name: scope.single, task: found, at: scope.list }] : [];
}

function useResult(state: RunState, frame: Frame, context: StepContext): WorkflowEvent[] {
  const { role, value, flow } = frame.result!;
  if (frame.compensates !== undefined) return compensationResult(state, frame, context);
  if (frame.id === ROOT_FRAME) return completeRun(state, value, context);
  if (flow === 'end') return finishScope(state, frame, value, 'end', context);
  const task = taskOf(state, frame);
  switch (role) {
    case 'before':
      if (flow === 'exit') return finishScope(state, frame, value, null, context);
      return afterExtension(state, frame, context);
    case 'after':
      return finishScope(state, frame, frame.output?.value ?? null, frame.output?.flow ?? null, context);
    case 'each':
      return nextItem(state, frame, task, context);
    case 'body':
      if (frame.loop) return nextRound(state, frame, task, value, context);
      return finishScope(state, frame, value, null, context);
    case 'catch':
    case 'function':
    case 'compensation':
      return finishScope(state, frame, value, null, context);
    default:
      return resultOfEffect(state, frame, task, context);
  }
}

function afterExtension(state: RunState, frame: Frame, context: StepContext): WorkflowEvent[] {
  const next = frame.extensions?.before[0];
  return next === undefined
    ? begin(state, frame, context)
    : extensionScope(state, frame, next, 'before', context);
}

function begin(state: RunState, frame: Frame, context: StepContext): WorkflowEvent[] {
  const task = taskOf(state, frame);
  switch (kindOf(task)) {
    case 'do':
      return [enter(frame, `${frame.task}/do`, frame.input, context)];
    case 'set':
      return beginSet(state, frame, task, context);
    case 'switch':
      return beginSwitch(state, frame, task, context);
    case 'raise':
      return beginRaise(state, frame, task);
    case 'emit':
      return beginEmit(state, frame, task, context);
    case 'wait':
      return beginWait(state, frame, task, context);
    case 'run':
      return beginRun(state, frame, task, context);
    case 'call':
      return beginCall(state, frame, task, context);
    case 'for':
      return frame.loop
        ? nextRound(state, frame, task, frame.input, context)
        : beginFor(state, frame, task, context);
    case 'fork':
      return frame.fork ? nextBranch(state, frame, task, context) : beginFork(frame, task, context);
    case 'listen':
      return frame.listen ? nextItem(state, frame, task, context) : beginListen(frame, task, context);
    case 'try':
      return startTry(state, frame, task, context);
    default:
      throw new Fault(problem('configuration', 'the task is of no known kind'));
  }
}

export function enter(frame: Frame, list: string, value: Json, context: StepContext): WorkflowEvent {
  return { type: 'ScopeEntered', id: frame.id, role: 'body', list, value, at: context.now };
}

export function extensionScope(
  _state: RunState,
  frame: Frame,
  extension: number,
  role: 'before' | 'after',
  context: StepContext,
  output?: { value: Json; flow: Next },
): WorkflowEvent[] {
  const list = extensionList(_state, extension, role);
  return [
    {
      type: 'ScopeEntered',
      id: frame.id,
      role,
      list,
      value: output ? output.value : frame.input,
      ...(output ? { output: output.value, flow: output.flow } : {}),
      at: context.now,
    },
  ];
}

function extensionList(state: RunState, extension: number, role: 'before' | 'after'): string {
  const at = `/use/extensions/${extension}`;
  const entry = definitionAt(state, at);
  const name = isObject(entry) ? (Object.keys(entry)[0] ?? '') : '';
  return `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}/${role}`;
}

/** Null: nobody here handles it, so the task faults. */
function handleFault(state: RunState, frame: Frame, context: StepContext): WorkflowEvent[] | null {
  const fault = frame.fault!;
  if (frame.compensates !== undefined) return compensationResult(state, frame, context);
  if (frame.id === ROOT_FRAME) return failRun(state, located(fault.error, frame), context);
  const task = taskOf(state, frame);
  if (kindOf(task) !== 'try' || fault.from !== 'body') return null;
  return caught(state, frame, task, fault.error, context);
}

function fail(state: RunState, frame: Frame, error: Problem, context: StepContext): WorkflowEvent[] {
  if (frame.id === ROOT_FRAME) return failRun(state, error, context);
  if (frame.compensates !== undefined)
    return compensationResult(state, { ...frame, fault: { error, from: 'own' } }, context);
  return [{ type: 'TaskFaulted', id: frame.id, task: frame.task, error, at: context.now }];
}

function located(error: Problem, frame: Frame): Problem {
  return error.instance === undefined ? { ...error, instance: frame.task || '/' } : error;
}

export function taskOf(state: RunState, frame: Frame): TaskDefinition {
  const task = definitionAt(state, frame.task);
  if (!isObject(task)) throw new Fault(problem('configuration', `there is no task at ${frame.task}`));
  return task;
}

/** The extensions of `use.extensions` that apply to a task: a task inside an extension is never extended. */
export function extensionsFor(
  state: RunState,
  parent: Frame,
  frame: Frame,
  task: TaskDefinition,
): { before: number[]; after: number[] } | null {
  const all = definitionAt(state, '/use/extensions');
  if (!Array.isArray(all) || all.length === 0) return null;
  for (let at: Frame | undefined = parent; at; at = at.parent === null ? undefined : state.frames[at.parent])
    if (at.scope && (at.scope.role === 'before' || at.scope.role === 'after')) return null;
  const kind = kindOf(task);
  const found: { before: number[]; after: number[] } = { before: [], after: [] };
  for (const [i, entry] of all.entries()) {
    const extension = objectField(entry, isObject(entry) ? (Object.keys(entry)[0] ?? '') : '');
    const target = extension?.extend;
    const composite = target === 'composite' && (kind === 'do' || kind === 'fork');
    if (!extension || (target !== 'all' && target !== kind && !composite)) continue;
    if (
      typeof extension.when === 'string' &&
      !evaluateCondition(extension.when, frame.input, evaluatorFor(state, frame))
    )
      continue;
    if (Array.isArray(extension.before)) found.before.push(i);
    if (Array.isArray(extension.after)) found.after.push(i);
  }
  return found.before.length + found.after.length > 0 ? found : null;
}

export function errorVars(name: string, error: Problem): Record<string, Json> {
  return { [name]: asJson(error) };
}
