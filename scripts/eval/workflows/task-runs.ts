/** Which tasks ran, in what order, and how each ended: read from a run's journal. */
import type { Json } from '../../../lib/core/workflow/jq/value.ts';
import type { WorkflowEvent } from '../../../lib/core/workflow/messages.ts';
import type { Problem } from '../../../lib/core/workflow/problem.ts';

export interface TaskRun {
  readonly id: string;
  readonly name: string;
  readonly task: string;
  readonly order: number;
  phase: 'running' | 'completed' | 'faulted' | 'cancelled';
  output?: Json;
  error?: Problem;
}

export function taskRuns(journal: readonly WorkflowEvent[]): TaskRun[] {
  const runs: TaskRun[] = [];
  const byId = new Map<string, TaskRun>();
  for (const event of journal) {
    if (event.type === 'TaskStarted') {
      const run: TaskRun = {
        id: event.id,
        name: event.name,
        task: event.task,
        order: runs.length,
        phase: 'running',
      };
      runs.push(run);
      byId.set(event.id, run);
    }
    if (event.type === 'TaskCompleted')
      Object.assign(byId.get(event.id) ?? {}, { phase: 'completed', output: event.output });
    if (event.type === 'TaskFaulted')
      Object.assign(byId.get(event.id) ?? {}, { phase: 'faulted', error: event.error });
  }
  // A task that never ended while the run did was cut off.
  const ended = journal.some(event => ['RunCompleted', 'RunFaulted', 'RunCancelled'].includes(event.type));
  for (const run of runs) if (run.phase === 'running' && ended) run.phase = 'cancelled';
  return runs;
}
