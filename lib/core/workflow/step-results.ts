/** What a task makes of what its effect brought. */
import { objectField, type TaskDefinition, textField } from './definition.ts';
import { isObject, type Json } from './jq/value.ts';
import type { HttpAnswer, WorkflowEvent } from './messages.ts';
import { Fault, problem, reasonPhrase } from './problem.ts';
import type { Frame, RunState } from './state.ts';
import type { StepContext } from './step.ts';
import { startTry } from './step-compound.ts';
import { finishScope } from './step-finish.ts';

export function resultOfEffect(
  state: RunState,
  frame: Frame,
  task: TaskDefinition,
  context: StepContext,
): WorkflowEvent[] {
  const { role, value } = frame.result!;
  if (role === 'retry') return startTry(state, frame, task, context);
  if (role === 'wait') return finishScope(state, frame, frame.input, null, context);
  if (role === 'emit') return finishScope(state, frame, value, null, context);
  if (role === 'fetch') return resourceLoaded(frame, value, context);
  if (task.run !== undefined)
    return finishScope(state, frame, processOutput(frame, task, value), null, context);
  if (task.call === 'http' || task.call === 'openapi')
    return finishScope(state, frame, httpOutput(task, value), null, context);
  return finishScope(state, frame, value, null, context);
}

function resourceLoaded(frame: Frame, value: Json, context: StepContext): WorkflowEvent[] {
  const loaded = value as { uri?: Json; document?: Json };
  if (!isObject(value) || typeof loaded.uri !== 'string' || !isObject(loaded.document))
    throw new Fault(problem('communication', 'the resource is no document'));
  return [
    { type: 'ResourceLoaded', id: frame.id, uri: loaded.uri, document: loaded.document, at: context.now },
  ];
}

function httpOutput(task: TaskDefinition, value: Json): Json {
  const answer = value as unknown as HttpAnswer;
  const status = answer.statusCode;
  const redirect = objectField(task, 'with')?.redirect === true;
  if (typeof status !== 'number')
    throw new Fault(problem('communication', 'the call brought no HTTP response'));
  if (status < 200 || status > (redirect ? 399 : 299))
    throw new Fault(
      problem(
        'communication',
        `${answer.request.method.toUpperCase()} ${answer.request.uri} answered ${status}`,
        {
          status,
          title: reasonPhrase(status),
        },
      ),
    );
  return textField(task, 'with', 'output') === 'response' ? value : answer.content;
}

function processOutput(frame: Frame, task: TaskDefinition, value: Json): Json {
  const run = objectField(task, 'run') ?? {};
  if (run.await === false) return frame.input;
  if (run.workflow !== undefined) return run.return === 'none' ? null : value;
  if (!isObject(value)) throw new Fault(problem('runtime', 'the process gave no result'));
  switch (run.return ?? 'stdout') {
    case 'all':
      return value;
    case 'none':
      return null;
    case 'code':
      return value.code ?? null;
    case 'stderr':
      return value.stderr ?? '';
    default:
      return value.stdout ?? '';
  }
}
