/** Tasks without tasks in them: set, switch, raise, emit, wait, run. */
import { field, objectField, type TaskDefinition, textField } from './definition.ts';
import { evaluateCondition, evaluateTemplate } from './expression.ts';
import { definitionAt } from './frames.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';
import type { CloudEvent, Effect, PendingRole, WorkflowEvent } from './messages.ts';
import { Fault, type Problem, problem } from './problem.ts';
import { redact } from './sealed.ts';
import type { Frame, RunState } from './state.ts';
import type { StepContext } from './step.ts';
import { finishScope } from './step-finish.ts';
import { evaluatedDuration } from './step-start.ts';
import { evaluatorFor } from './surroundings.ts';

/** An effect's key: the task's own id, which no other task of the run ever has. */
export function request(
  frame: Frame,
  role: PendingRole,
  effect: Effect,
  context: StepContext,
): WorkflowEvent[] {
  return [{ type: 'EffectRequested', id: frame.id, role, effect, at: context.now }];
}

export function beginSet(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  context: StepContext,
): WorkflowEvent[] {
  return finishScope(
    state,
    frame,
    evaluateTemplate(task.set!, frame.input, evaluatorFor(state, frame)),
    null,
    context,
  );
}

export function beginSwitch(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  context: StepContext,
): WorkflowEvent[] {
  const evaluator = evaluatorFor(state, frame);
  const cases = (Array.isArray(task.switch) ? task.switch : []).flatMap(entry =>
    Object.values(entry as JsonObject),
  );
  const matched =
    cases.find(
      each =>
        typeof field(each, 'when') === 'string' &&
        evaluateCondition(textField(each, 'when')!, frame.input, evaluator),
    ) ?? cases.find(each => field(each, 'when') === undefined);
  return finishScope(
    state,
    frame,
    frame.input,
    matched ? (textField(matched, 'then') ?? 'continue') : null,
    context,
  );
}

export function beginRaise(state: RunState, frame: Frame, task: TaskDefinition): WorkflowEvent[] {
  const given = field(task, 'raise', 'error');
  const definition = typeof given === 'string' ? definitionAt(state, `/use/errors/${given}`) : given;
  if (!isObject(definition))
    throw new Fault(problem('configuration', `there is no error named "${String(given)}"`));
  const error = evaluateTemplate(definition, frame.input, evaluatorFor(state, frame)) as JsonObject;
  const raised: Problem = {
    type: String(error.type),
    status: Number(error.status),
    ...(error.title === undefined ? {} : { title: String(error.title) }),
    ...(error.detail === undefined ? {} : { detail: String(error.detail) }),
    instance: typeof error.instance === 'string' ? error.instance : frame.task,
  };
  throw new Fault(raised);
}

export function beginEmit(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  context: StepContext,
): WorkflowEvent[] {
  const template = objectField(task, 'emit', 'event', 'with') ?? {};
  const given = redact(
    evaluateTemplate(template, frame.input, evaluatorFor(state, frame)),
    state.nonce,
  ) as JsonObject;
  const key = `${frame.id}.emit`;
  const event = {
    specversion: '1.0',
    // The same after a crash, so that receivers can drop a second delivery.
    id: `${state.runId}/${frame.id}`,
    time: new Date(state.now).toISOString(),
    source: '',
    type: '',
    ...given,
  } as CloudEvent;
  if (typeof event.source !== 'string' || typeof event.type !== 'string')
    throw new Fault(problem('expression', 'the source and type of an event must be text'));
  return request(frame, 'emit', { type: 'Emit', key, event }, context);
}

export function beginWait(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  context: StepContext,
): WorkflowEvent[] {
  const dueAt = context.now + evaluatedDuration(state, frame, task.wait);
  return request(frame, 'wait', { type: 'StartTimer', key: `${frame.id}.wait`, dueAt }, context);
}

export function beginRun(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  context: StepContext,
): WorkflowEvent[] {
  const run = objectField(task, 'run') ?? {};
  const wait = run.await !== false;
  const evaluator = evaluatorFor(state, frame);
  const key = `${frame.id}.call`;
  const workflow = objectField(run, 'workflow');
  if (workflow) {
    const given = evaluateTemplate(workflow, frame.input, evaluator) as JsonObject;
    const effect: Effect = {
      type: 'RunWorkflow',
      key,
      namespace: String(given.namespace),
      name: String(given.name),
      version: String(given.version ?? 'latest'),
      // Another run has secrets of its own; ours would stand open in its journal.
      input: redact(given.input ?? {}, state.nonce),
      await: wait,
    };
    return request(frame, 'call', effect, context);
  }
  const process = (['container', 'script', 'shell'] as const).find(each => run[each] !== undefined);
  if (!process) throw new Fault(problem('configuration', 'the run task names nothing to run'));
  if (!state.limits.allow.includes(process))
    throw new Fault(problem('authorization', `the operator does not allow workflows to run a ${process}`));
  const given: Json = evaluateTemplate(run[process]!, frame.input, evaluator);
  return request(frame, 'call', { type: 'RunProcess', key, process, with: given, await: wait }, context);
}
