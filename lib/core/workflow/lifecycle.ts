/** Lifecycle CloudEvents of the DSL, read off a run's own events. Ids are the same each time they are derived. */

import { textField } from './definition.ts';
import type { Json, JsonObject } from './jq/value.ts';
import type { CloudEvent, WorkflowEvent } from './messages.ts';
import { asJson } from './problem.ts';
import { redact } from './sealed.ts';
import type { RunState } from './state.ts';

const PREFIX = 'io.serverlessworkflow';

/**
 * The CloudEvents that one event of the journal stands for. `before` and `after` are the states around it: what a
 * fault or a race cuts off is seen by comparing them.
 */
export function lifecycleEvents(event: WorkflowEvent, before: RunState, after: RunState): CloudEvent[] {
  const made: [type: string, data: JsonObject][] = [];
  const name = qualifiedName(after);
  const at = new Date(event.at).toISOString();
  const task = (type: string, pointer: string, more: JsonObject) =>
    made.push([`task.${type}.v1`, { workflow: name, task: pointer, ...more }]);
  switch (event.type) {
    case 'RunStarted':
      made.push(['workflow.started.v1', { name, definition: reference(after), startedAt: at }]);
      break;
    case 'RunSuspended':
    case 'RunResumed': {
      const verb = event.type === 'RunSuspended' ? 'suspended' : 'resumed';
      made.push([`workflow.${verb}.v1`, { name, [`${verb}At`]: at }]);
      for (const frame of Object.values(after.frames))
        if (frame.task) task(verb, frame.task, { [`${verb}At`]: at });
      break;
    }
    case 'TaskStarted':
      task('created', event.task, { createdAt: at });
      task('started', event.task, { startedAt: at });
      break;
    case 'EffectRequested':
      if (event.role === 'listen') made.push(['workflow.correlation-started.v1', { name, startedAt: at }]);
      break;
    case 'EventConsumed':
      if (event.done)
        made.push([
          'workflow.correlation-completed.v1',
          { name, completedAt: at, correlationKeys: after.frames[event.id]?.listen?.correlations ?? {} },
        ]);
      break;
    case 'RetryScheduled':
      task('retried', before.frames[event.id]?.task ?? '', { retriedAt: at });
      break;
    case 'TaskCompleted':
      task('completed', event.task, { completedAt: at, output: event.output });
      break;
    case 'TaskFaulted':
      task('faulted', event.task, { faultedAt: at, error: asJson(event.error) });
      break;
    case 'RunCompleted':
      made.push(['workflow.completed.v1', { name, completedAt: at, output: event.output }]);
      break;
    case 'RunFaulted':
      made.push(['workflow.faulted.v1', { name, faultedAt: at, error: asJson(event.error) }]);
      break;
    case 'RunCancelled':
      made.push(['workflow.cancelled.v1', { name, cancelledAt: at }]);
      break;
    default:
  }
  const own = 'id' in event && event.type !== 'EventConsumed' ? event.id : '';
  for (const frame of Object.values(before.frames))
    if (frame.task && frame.id !== own && after.frames[frame.id] === undefined)
      task('cancelled', frame.task, { cancelledAt: at });
  const status = after.phase !== before.phase ? after.phase : null;
  if (status) made.push(['workflow.status-changed.v1', { name, updatedAt: at, status }]);
  return made.map(([type, data], i) => ({
    specversion: '1.0',
    id: `${after.runId}/${after.seq}/${i}`,
    source: `/workflows/${reference(after).namespace}/${reference(after).name}`,
    type: `${PREFIX}.${type}`,
    subject: after.runId,
    time: at,
    datacontenttype: 'application/json',
    data: redact(data, after.nonce) as Json,
  }));
}

/** `<name>-<run>.<namespace>`, as the reference has it. */
export function qualifiedName(state: RunState): string {
  const { name, namespace } = reference(state);
  return `${name}-${state.runId}.${namespace}`;
}

function reference({ definition }: RunState): { name: string; namespace: string; version: string } {
  const part = (key: string) => textField(definition, 'document', key) ?? '';
  return { name: part('name'), namespace: part('namespace'), version: part('version') };
}
