/** Ends a task, a run, or a run that failed: output, export, extensions after, compensation. */
import { field, objectField } from './definition.ts';
import { transform } from './expression.ts';
import type { Json } from './jq/value.ts';
import type { Next, WorkflowEvent } from './messages.ts';
import { asJson, Fault, type Problem, problem } from './problem.ts';
import { redact } from './sealed.ts';
import { type Frame, LIMITS, ROOT_FRAME, type RunState } from './state.ts';
import { extensionScope, type StepContext, scopeTasks, taskOf } from './step.ts';
import { checkSchema, nextAfter } from './step-start.ts';
import { evaluatorFor, fits } from './surroundings.ts';

/** `flow`: where to, when it is not the task's own `then`; a text names a task or directive. */
export function finishScope(
  state: RunState,
  frame: Frame,
  rawOutput: Json,
  flow: Next | string | null,
  context: StepContext,
): WorkflowEvent[] {
  const task = taskOf(state, frame);
  const next = resolveNext(state, frame, flow);
  const after = frame.extensions?.after[0];
  if (after !== undefined)
    return extensionScope(state, frame, after, 'after', context, { value: rawOutput, flow: next });
  const evaluator = evaluatorFor(state, frame, { rawOutput });
  const output = objectField(task, 'output');
  const value = output?.as === undefined ? rawOutput : transform(output.as, rawOutput, evaluator);
  if (output) checkSchema(state, output, value, 'output', frame.task);
  if (!fits(value))
    throw new Fault(problem('runtime', `the output is larger than ${LIMITS.valueChars} characters of JSON`));
  const exported = exportOf(state, frame, objectField(task, 'export'), value, rawOutput);
  return [
    {
      type: 'TaskCompleted',
      id: frame.id,
      task: frame.task,
      output: value,
      next,
      ...(exported === undefined ? {} : { context: exported }),
      ...(field(task, 'metadata', 'compensate') === undefined ? {} : { compensable: true }),
      at: context.now,
    },
  ];
}

export function exportOf(
  state: RunState,
  frame: Frame,
  config: ReturnType<typeof objectField>,
  output: Json,
  rawOutput: Json,
  vars: Readonly<Record<string, Json>> = {},
): Json | undefined {
  if (config?.as === undefined) return undefined;
  const value = transform(config.as, output, evaluatorFor(state, frame, { output, rawOutput, vars }));
  checkSchema(state, config, value, 'context', frame.task);
  if (!fits(value))
    throw new Fault(problem('runtime', `the context is larger than ${LIMITS.valueChars} characters of JSON`));
  return value;
}

function resolveNext(state: RunState, frame: Frame, flow: Next | string | null): Next {
  if (typeof flow === 'number' || flow === 'done' || flow === 'end') return flow;
  const parent = frame.parent === null ? undefined : state.frames[frame.parent];
  const siblings = parent?.scope ? scopeTasks(state, parent) : [];
  const task = taskOf(state, frame);
  return nextAfter(task, { name: frame.name, at: frame.task }, siblings, frame.branch, flow ?? task.then);
}

export function completeRun(state: RunState, rawOutput: Json, context: StepContext): WorkflowEvent[] {
  const root = state.frames[ROOT_FRAME]!;
  const output = objectField(state.definition, 'output');
  const value =
    output?.as === undefined ? rawOutput : transform(output.as, rawOutput, evaluatorFor(state, root));
  if (output) checkSchema(state, output, value, 'output', '/');
  if (!fits(value))
    throw new Fault(problem('runtime', `the output is larger than ${LIMITS.valueChars} characters`));
  return [{ type: 'RunCompleted', output: redact(value, state.nonce), at: context.now }];
}

/** The run faults, or first undoes what can be undone. */
export function failRun(state: RunState, error: Problem, context: StepContext): WorkflowEvent[] {
  const clean = redact(asJson(error), state.nonce) as unknown as Problem;
  if (state.phase === 'compensating') return [{ type: 'RunFaulted', error: clean, at: context.now }];
  return [{ type: 'CompensationStarted', reason: 'fault', error: clean, at: context.now }];
}
