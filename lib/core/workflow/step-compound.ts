/** Tasks with tasks in them: for, fork, try, listen. */
import { field, listTasks, objectField, type TaskDefinition, textField } from './definition.ts';
import { evaluate, evaluateCondition, evaluateTemplate, transform } from './expression.ts';
import { definitionAt } from './frames.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';
import { listenedTypes } from './listen.ts';
import type { Effect, WorkflowEvent } from './messages.ts';
import { Fault, type Problem, problem } from './problem.ts';
import { retryDelayMs } from './retry.ts';
import { type Frame, LIMITS, type RunState } from './state.ts';
import { enter, errorVars, type StepContext } from './step.ts';
import { exportOf, finishScope } from './step-finish.ts';
import { request } from './step-simple.ts';
import { checkSchema, evaluatedDuration, startTask } from './step-start.ts';
import { evaluatorFor } from './surroundings.ts';

export function beginFor(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  context: StepContext,
): WorkflowEvent[] {
  const source = textField(task, 'for', 'in') ?? '.';
  const items = evaluate(source, frame.input, evaluatorFor(state, frame));
  if (items !== null && !Array.isArray(items))
    throw new Fault(problem('expression', '`for.in` is not an array'));
  if (items && items.length > LIMITS.loopItems)
    throw new Fault(problem('runtime', `a loop may have ${LIMITS.loopItems} items`));
  return [{ type: 'LoopStarted', id: frame.id, items: items ?? [], at: context.now }];
}

export function nextRound(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  value: Json,
  context: StepContext,
): WorkflowEvent[] {
  const { items, i } = frame.loop!;
  if (i >= items.length) return finishScope(state, frame, value, null, context);
  const config = objectField(task, 'for') ?? {};
  const vars = {
    [textField(config, 'each') ?? 'item']: items[i]!,
    [textField(config, 'at') ?? 'index']: i,
  };
  if (
    typeof task.while === 'string' &&
    !evaluateCondition(task.while, value, evaluatorFor(state, frame, { vars }))
  )
    return finishScope(state, frame, value, null, context);
  return [
    {
      type: 'ScopeEntered',
      id: frame.id,
      role: 'body',
      list: `${frame.task}/do`,
      value,
      vars,
      at: context.now,
    },
  ];
}

export function beginFork(frame: Frame, task: TaskDefinition, context: StepContext): WorkflowEvent[] {
  const branches = field(task, 'fork', 'branches');
  const count = Array.isArray(branches) ? branches.length : 0;
  if (count > LIMITS.branches)
    throw new Fault(problem('runtime', `a fork may have ${LIMITS.branches} branches`));
  const compete = field(task, 'fork', 'compete') === true;
  return [{ type: 'ForkOpened', id: frame.id, branches: count, compete, at: context.now }];
}

export function nextBranch(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  context: StepContext,
): WorkflowEvent[] {
  const fork = frame.fork!;
  const branches = listTasks(field(task, 'fork', 'branches'), `${frame.task}/fork/branches`);
  const next = branches[fork.started];
  if (next && !fork.end) return startTask(state, frame, next, branches, context, fork.started);
  const outputs = branches.map((_branch, i) => fork.outputs[i] ?? null);
  return finishScope(state, frame, outputs, null, context);
}

/** Enters the tasks to try, for the first time or again. */
export function startTry(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  context: StepContext,
): WorkflowEvent[] {
  const policy = retryPolicy(state, task);
  const limit = policy ? field(policy, 'limit', 'attempt', 'duration') : undefined;
  const entered = enter(frame, `${frame.task}/try`, frame.input, context);
  if (limit === undefined) return [entered];
  return [
    { ...entered, attemptUntil: context.now + evaluatedDuration(state, frame, limit) } as WorkflowEvent,
  ];
}

/** An error came out of the tasks to try. Null: it is not for this handler. */
export function caught(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  error: Problem,
  context: StepContext,
): WorkflowEvent[] | null {
  const handler = objectField(task, 'catch') ?? {};
  const name = textField(handler, 'as') ?? 'error';
  const vars = errorVars(name, error);
  const evaluator = evaluatorFor(state, frame, { vars });
  if (!matchesError(handler, error, value => evaluateTemplate(value, frame.input, evaluator))) return null;
  // Without a word about the variable, the condition speaks of the error itself.
  const subject = (condition: string) => (condition.includes(`$${name}`) ? frame.input : vars[name]!);
  const { when, exceptWhen } = handler;
  if (typeof when === 'string' && !evaluateCondition(when, subject(when), evaluator)) return null;
  if (typeof exceptWhen === 'string' && evaluateCondition(exceptWhen, subject(exceptWhen), evaluator))
    return null;
  const attempt = (frame.retry?.attempt ?? 0) + 1;
  const policy = retryPolicy(state, task);
  const delay = policy
    ? retryDelayMs({
        policy,
        attempt,
        firstAt: frame.retry?.firstAt ?? frame.startedAt,
        now: context.now,
        random: context.random,
        input: frame.input,
        evaluator,
      })
    : null;
  if (delay !== null)
    return [
      { type: 'RetryScheduled', id: frame.id, attempt, dueAt: context.now + delay, error, at: context.now },
    ];
  if (Array.isArray(handler.do))
    return [
      {
        type: 'ScopeEntered',
        id: frame.id,
        role: 'catch',
        list: `${frame.task}/catch/do`,
        value: frame.input,
        vars,
        at: context.now,
      },
    ];
  // Retries that came to nothing are no handling; without a policy the error is simply swallowed.
  return policy ? null : finishScope(state, frame, frame.input, null, context);
}

function retryPolicy(state: RunState, task: TaskDefinition): JsonObject | undefined {
  const given = field(task, 'catch', 'retry');
  const policy = typeof given === 'string' ? definitionAt(state, `/use/retries/${given}`) : given;
  if (given !== undefined && !isObject(policy))
    throw new Fault(problem('configuration', `there is no retry policy named "${String(given)}"`));
  return isObject(policy) ? policy : undefined;
}

function matchesError(handler: JsonObject, error: Problem, value: (given: Json) => Json): boolean {
  const filter = objectField(handler, 'errors', 'with') ?? {};
  return Object.entries(filter).every(([key, expected]) => {
    const actual = (error as unknown as JsonObject)[key === 'details' ? 'detail' : key];
    return actual === value(expected);
  });
}

export function beginListen(frame: Frame, task: TaskDefinition, context: StepContext): WorkflowEvent[] {
  const strategy = objectField(task, 'listen', 'to') ?? {};
  const effect: Effect = {
    type: 'Listen',
    key: `${frame.id}.listen`,
    types: listenedTypes(strategy),
  };
  return request(frame, 'listen', effect, context);
}

/** After events were consumed, or one was processed: the next to process, or the end. */
export function nextItem(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  context: StepContext,
): WorkflowEvent[] {
  const listen = frame.listen!;
  const each = objectField(task, 'foreach');
  const processed = listen.outputs.length;
  if (frame.result?.role === 'each')
    return [processedItem(state, frame, task, each ?? {}, frame.result.value, context)];
  if (each && processed < listen.items.length) {
    const item = listen.items[processed]!;
    const vars = { [textField(each, 'item') ?? 'item']: item, [textField(each, 'at') ?? 'index']: processed };
    if (!Array.isArray(each.do)) return [processedItem(state, frame, task, each, item, context)];
    const list = `${frame.task}/foreach/do`;
    return [{ type: 'ScopeEntered', id: frame.id, role: 'each', list, value: item, vars, at: context.now }];
  }
  if (!listen.done) throw new Error('a listening task was woken without reason');
  return finishScope(state, frame, [...(each ? listen.outputs : listen.items)], null, context);
}

function processedItem(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  each: JsonObject,
  value: Json,
  context: StepContext,
): WorkflowEvent {
  const at = frame.listen!.outputs.length;
  const vars = {
    [textField(each, 'item') ?? 'item']: frame.listen!.items[at]!,
    [textField(each, 'at') ?? 'index']: at,
  };
  const evaluator = evaluatorFor(state, frame, { vars, rawOutput: value });
  const output = objectField(each, 'output');
  const shaped = output?.as === undefined ? value : transform(output.as, value, evaluator);
  if (output) checkSchema(state, output, shaped, 'output', frame.task);
  const exported = exportOf(state, frame, objectField(each, 'export'), shaped, value, vars);
  const until = field(task, 'listen', 'to', 'until');
  const after = exported === undefined ? state : { ...state, context: exported };
  const outputs = [...frame.listen!.outputs, shaped];
  const done =
    typeof until === 'string' && evaluateCondition(until, outputs, evaluatorFor(after, frame, { vars }));
  return {
    type: 'ItemProcessed',
    id: frame.id,
    output: shaped,
    ...(exported === undefined ? {} : { context: exported }),
    done,
    at: context.now,
  };
}
