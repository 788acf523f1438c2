/** Undoing finished steps in reverse (Garcia-Molina and Salem 1987), each retried, then left to a person. */
import { objectField, textField } from './definition.ts';
import { definitionAt } from './frames.ts';
import { isObject, type JsonObject } from './jq/value.ts';
import type { WorkflowEvent } from './messages.ts';
import { retryDelayMs } from './retry.ts';
import { type Frame, LIMITS, type RunState } from './state.ts';
import type { StepContext } from './step.ts';
import { evaluatorFor } from './surroundings.ts';

const DEFAULT_POLICY: JsonObject = {
  delay: { seconds: 1 },
  backoff: { exponential: {} },
  limit: { attempt: { count: LIMITS.compensationRetries } },
};

/** What a run that undoes its steps does next, when no frame can advance; nothing while it waits. */
export function nextCompensation(state: RunState, context: StepContext): WorkflowEvent[] {
  const { steps, draining, reason, error } = state.saga;
  if (state.phase !== 'compensating' || Object.keys(state.frames).length > 0) return [];
  // A call that was cut off may still succeed; and a person's decision holds up what came before it.
  if (Object.keys(draining).length > 0 || steps.some(step => step.outcome === 'parked')) return [];
  const next = steps.findLast(step => step.outcome === undefined);
  if (next) return [{ type: 'StepCompensating', id: next.id, frame: `c${state.nextId}`, at: context.now }];
  return reason === 'cancel' || !error
    ? [{ type: 'RunCancelled', at: context.now }]
    : [{ type: 'RunFaulted', error, at: context.now }];
}

/** The tasks that undo a step came to an end, or the pause before another try did. */
export function compensationResult(state: RunState, frame: Frame, context: StepContext): WorkflowEvent[] {
  const id = state.saga.steps[frame.compensates!]!.id;
  if (frame.result?.role === 'retry' && !frame.fault) return retryNow(state, frame, context);
  if (!frame.fault) return [{ type: 'StepCompensated', id, outcome: 'undone', at: context.now }];
  const { error } = frame.fault;
  const attempt = (frame.retry?.attempt ?? 0) + 1;
  const delay = retryDelayMs({
    policy: policyOf(state, frame),
    attempt,
    firstAt: frame.retry?.firstAt ?? frame.startedAt,
    now: context.now,
    random: context.random,
    input: frame.input,
    evaluator: evaluatorFor(state, frame, { vars: { error: { ...error } } }),
  });
  if (delay === null) return [{ type: 'CompensationParked', id, error, at: context.now }];
  return [
    { type: 'RetryScheduled', id: frame.id, attempt, dueAt: context.now + delay, error, at: context.now },
  ];
}

function retryNow(state: RunState, frame: Frame, context: StepContext): WorkflowEvent[] {
  return [compensationScope(state, frame, context)];
}

/** Enters the tasks that undo a step. They see its output as `.`, its input and output as `$input` and `$output`. */
export function compensationScope(state: RunState, frame: Frame, context: StepContext): WorkflowEvent {
  const definition = definitionAt(state, frame.task);
  const step = state.saga.steps[frame.compensates!]!;
  const list = isObject(definition) && Array.isArray(definition.do);
  return {
    type: 'ScopeEntered',
    id: frame.id,
    role: 'compensation',
    list: list ? `${frame.task}/do` : frame.task,
    value: step.output,
    vars: { input: step.input, output: step.output },
    ...(list ? {} : { single: frame.name }),
    at: context.now,
  };
}

function policyOf(state: RunState, frame: Frame): JsonObject {
  const definition = definitionAt(state, frame.task);
  const name = textField(definition, 'retry');
  const named = name === undefined ? undefined : definitionAt(state, `/use/retries/${name}`);
  return (isObject(named) ? named : objectField(definition, 'retry')) ?? DEFAULT_POLICY;
}
