/** What runs ask of people, and their answers. An approval's answer is kept with the event that tells the run of it. */
import type { ParamsOf, ResultOf } from '../../lib/contracts/contract.ts';
import type {
  askAboutStep,
  decideTask,
  listTasks as tasksContract,
} from '../../lib/contracts/orchestrator.contracts.ts';
import { decideCompensation } from '../../lib/contracts/workflow.contracts.ts';
import type { Database, Transaction } from '../../lib/io/database.ts';
import {
  closeTask,
  type HumanTask,
  listTasks,
  lockTask,
  type Question,
} from '../../lib/io/sql/human-tasks.ts';
import { insertEventFor } from '../../lib/io/sql/workflow-events.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import type { Call } from '../../lib/moleculer/action.ts';
import { persistentCall } from '../../lib/moleculer/persistent-call.ts';

type Params = ParamsOf<typeof decideTask>;

/** Type of the event by which a run hears of an approval; its data has `decision`, `comment`, `by`, `task`. */
export const APPROVAL_DECIDED = 'com.troupe.approval.decided';
const PERSIST_MS = 8_000;
const FITTING = { approval: ['approved', 'rejected'], compensation: ['retry', 'skip', 'accept'] } as const;

/** The question about a step that could not be undone. */
export function aboutStep({ details, ...asked }: ParamsOf<typeof askAboutStep>): Question {
  return {
    ...asked,
    id: newId('humanTask'),
    kind: 'compensation',
    details: JSON.stringify(details),
    assignee: 'operators',
    escalateTo: null,
    deadlineMs: null,
  };
}

/** A question as it is told to the people. */
export function told(task: HumanTask): ResultOf<typeof tasksContract>['tasks'][number] {
  const { key: _, escalateTo: _to, details, deadlineAt, createdAt, ...rest } = task;
  return {
    ...rest,
    details: JSON.parse(details) as unknown,
    deadlineAt: deadlineAt === null ? null : new Date(deadlineAt).toISOString(),
    createdAt: new Date(createdAt).toISOString(),
  };
}

export async function decide(
  ctx: Call<Params>,
  database: Database,
  caller: string,
  clock: Clock,
): Promise<ResultOf<typeof decideTask>> {
  const { runId, decision, comment = null, by = caller } = ctx.params;
  const tenantId = ctx.meta.tenantId!;
  const task = await database.withTenant(tenantId, async tx => {
    const found = await open(tx, ctx.params);
    if (found.kind === 'approval') {
      const { id, task: pointer } = found;
      const data = { decision, comment, by, taskId: id, task: nameOf(pointer) };
      const event = {
        specversion: '1.0',
        id,
        source: 'human-task',
        type: APPROVAL_DECIDED,
        subject: runId,
        data,
      };
      const row = { key: `human-task ${id}`, type: APPROVAL_DECIDED, event: JSON.stringify(event) };
      await insertEventFor(tx, tenantId, row, runId);
      await closeTask(tx, id, { state: 'decided', decision, comment, by });
    }
    return found;
  });
  if (task.kind === 'compensation') {
    const params = { runId, key: task.key, decision: decision as 'retry' | 'skip' | 'accept', by };
    const options = { meta: { tenantId } };
    await persistentCall(ctx, decideCompensation, params, options, clock, PERSIST_MS);
    await database.withTenant(tenantId, tx =>
      closeTask(tx, task.id, { state: 'decided', decision, comment, by }),
    );
  }
  return { taskId: task.id, state: 'decided', decision };
}

/** The open question that the answer is for. Throws `not-found` and `conflict`. */
async function open(tx: Transaction, { runId, taskId, decision }: Params): Promise<HumanTask> {
  let id = taskId;
  if (id === undefined) {
    const asked = await listTasks(tx, { state: 'open', assignee: undefined, runId, limit: 2 });
    if (asked.length > 1)
      throw new TroupeError('conflict', 'The run asks more than one question: say which by taskId');
    id = asked[0]?.id;
  }
  const task = id === undefined ? undefined : await lockTask(tx, id);
  if (!task || task.runId !== runId) throw new TroupeError('not-found', 'The run asks nothing of that kind');
  if (task.state !== 'open') throw new TroupeError('conflict', `That question is ${task.state}`);
  const fitting: readonly string[] = FITTING[task.kind];
  if (!fitting.includes(decision))
    throw new TroupeError('conflict', `That question is answered with ${fitting.join(', ')}`);
  return task;
}

function nameOf(pointer: string): string {
  return pointer
    .slice(pointer.lastIndexOf('/') + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}
