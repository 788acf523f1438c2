/** Starts a task: `if`, input schema, `input.from`, timeout, extensions. */
import { type Named, objectField, type TaskDefinition } from './definition.ts';
import { durationMs } from './duration.ts';
import { evaluateCondition, evaluateTemplate, transform } from './expression.ts';
import { definitionAt } from './frames.ts';
import { isObject, type Json, type JsonObject } from './jq/value.ts';
import { mismatch } from './json-schema.ts';
import type { Next, WorkflowEvent } from './messages.ts';
import { Fault, type Problem, problem } from './problem.ts';
import { type Frame, LIMITS, type RunState } from './state.ts';
import { extensionsFor, type StepContext } from './step.ts';
import { evaluatorFor } from './surroundings.ts';

export function startTask(
  state: RunState,
  parent: Frame,
  named: Named,
  siblings: readonly Named[],
  context: StepContext,
  branch?: number,
): WorkflowEvent[] {
  const rawInput = branch === undefined ? (parent.scope?.value ?? null) : parent.input;
  const id = `t${state.nextId}`;
  const draft: Frame = {
    id,
    parent: parent.id,
    task: named.at,
    name: named.name,
    depth: parent.depth + 1,
    startedAt: context.now,
    rawInput,
    input: rawInput,
  };
  const place = {
    task: named.at,
    name: named.name,
    at: context.now,
    ...(branch === undefined ? {} : { branch }),
  };
  const begun = { type: 'TaskStarted', id, parent: parent.id, ...place } as const;
  try {
    if (draft.depth > LIMITS.depth)
      throw new Fault(problem('runtime', `tasks nest deeper than ${LIMITS.depth}`));
    if (
      typeof named.task.if === 'string' &&
      !evaluateCondition(named.task.if, rawInput, evaluatorFor(state, draft))
    )
      return [
        {
          type: 'TaskSkipped',
          parent: parent.id,
          ...place,
          // A task that is not run leads nowhere: the next in order follows.
          next: nextAfter(named.task, named, siblings, branch, 'continue'),
        },
      ];
    const input = taskInput(state, draft, named.task);
    const frame = { ...draft, input };
    const extensions = extensionsFor(state, parent, frame, named.task);
    const timeout = timeoutMs(state, frame, named.task.timeout);
    return [
      {
        ...begun,
        ...(input === rawInput ? {} : { input }),
        ...(extensions ? { extensions } : {}),
        ...(timeout === null ? {} : { timeoutAt: context.now + timeout }),
      },
    ];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [{ ...begun, fault: { ...error.problem, instance: error.problem.instance ?? named.at } }];
  }
}

function taskInput(state: RunState, frame: Frame, task: TaskDefinition): Json {
  const config = objectField(task, 'input');
  if (!config) return frame.rawInput;
  checkSchema(state, config, frame.rawInput, 'input', frame.task);
  if (config.from === undefined) return frame.rawInput;
  return transform(config.from, frame.rawInput, evaluatorFor(state, frame));
}

/** Faults when the value is not as `schema` of an input, output or export says. */
export function checkSchema(
  state: RunState,
  config: JsonObject,
  value: Json,
  what: string,
  instance: string,
): void {
  const schema = objectField(config, 'schema');
  if (!schema) return;
  const document = schema.document ?? resource(state, schema, instance);
  if (!isObject(document) && typeof document !== 'boolean') return;
  let wrong: string | null;
  try {
    wrong = mismatch(document, value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new Fault(problem('configuration', `the ${what} schema is not valid: ${reason}`, { instance }));
  }
  if (wrong !== null)
    throw new Fault(problem('validation', `the ${what} is not as its schema says: ${wrong}`, { instance }));
}

function resource(state: RunState, schema: JsonObject, instance: string): Json | undefined {
  const endpoint = objectField(schema, 'resource')?.endpoint;
  const uri = isObject(endpoint) ? endpoint.uri : endpoint;
  const loaded = typeof uri === 'string' ? state.resources[uri] : undefined;
  if (loaded === undefined)
    throw new Fault(
      problem('configuration', 'a schema outside the document must be loaded before the run starts', {
        instance,
      }),
    );
  return loaded;
}

/** Milliseconds of a timeout given in place or by name; null when there is none. */
export function timeoutMs(state: RunState, frame: Frame, given: Json | undefined): number | null {
  if (given === undefined) return null;
  const config = typeof given === 'string' ? definitionAt(state, `/use/timeouts/${escaped(given)}`) : given;
  if (!isObject(config))
    throw new Fault(problem('configuration', `there is no timeout named "${String(given)}"`));
  return evaluatedDuration(state, frame, config.after);
}

/** A duration that may be an expression. */
export function evaluatedDuration(state: RunState, frame: Frame, given: Json | undefined): number {
  const value = given === undefined ? null : evaluateTemplate(given, frame.input, evaluatorFor(state, frame));
  const ms = durationMs(value);
  if (ms === null) throw new Fault(problem('configuration', `${JSON.stringify(value)} is not a duration`));
  return ms;
}

/** Where a task leads by its `then`, or another directive in its place. */
export function nextAfter(
  task: TaskDefinition,
  named: { readonly name: string; readonly at: string },
  siblings: readonly Named[],
  branch?: number,
  directive: Json | undefined = task.then,
): Next {
  if (branch !== undefined) return directive === 'end' ? 'end' : 'done';
  const at = siblings.findIndex(each => each.at === named.at);
  if (directive === 'exit' || directive === 'end') return directive;
  if (directive === undefined || directive === 'continue') return at + 1 < siblings.length ? at + 1 : 'done';
  const target = siblings.findIndex(each => each.name === directive);
  if (target < 0) throw unknownTarget(directive, named.at);
  return target;
}

function unknownTarget(directive: Json, instance: string): Fault {
  const fault: Problem = problem(
    'configuration',
    `there is no task named ${JSON.stringify(directive)} in this list`,
    {
      instance,
    },
  );
  return new Fault(fault);
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
