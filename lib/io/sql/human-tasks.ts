/** What people are asked. Everything that takes a transaction runs inside `withTenant`. */
import type { Database, Transaction } from '../database.ts';

export interface HumanTask {
  readonly id: string;
  readonly runId: string;
  readonly key: string;
  readonly kind: 'approval' | 'compensation';
  readonly workflow: string;
  readonly task: string;
  readonly title: string;
  readonly details: string;
  readonly assignee: string;
  readonly escalateTo: string | null;
  readonly escalated: boolean;
  readonly deadlineAt: number | null;
  readonly state: 'open' | 'decided' | 'withdrawn';
  readonly decision: string | null;
  readonly comment: string | null;
  readonly decidedBy: string | null;
  readonly createdAt: number;
}

export type Question = Pick<
  HumanTask,
  'id' | 'runId' | 'key' | 'kind' | 'workflow' | 'task' | 'title' | 'details' | 'assignee' | 'escalateTo'
> & { readonly deadlineMs: number | null };

/** Asks once: the same wait of the same run is the same question. Gives its id. */
export async function insertTask(tx: Transaction, tenantId: string, question: Question): Promise<string> {
  const [row] = await tx.query<{ id: string }>(
    `insert into human_task as t (tenant_id, task_id, run_id, wait_key, kind, workflow, task, title, details, assignee,
       escalate_to, deadline_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp() + $12::float8 * interval '1 millisecond')
     on conflict (tenant_id, run_id, wait_key) do update set title = t.title returning task_id as id`,
    [
      tenantId,
      question.id,
      question.runId,
      question.key,
      question.kind,
      question.workflow,
      question.task,
      question.title,
      question.details,
      question.assignee,
      question.escalateTo,
      question.deadlineMs,
    ],
  );
  return row!.id;
}

const TASK = `task_id as id, run_id as "runId", wait_key as key, kind, workflow, task, title, details, assignee,
  escalate_to as "escalateTo", escalated_at is not null as escalated,
  (extract(epoch from deadline_at) * 1000)::float8 as "deadlineAt", state, decision, comment, decided_by as "decidedBy",
  (extract(epoch from created_at) * 1000)::float8 as "createdAt"`;

export async function listTasks(
  tx: Transaction,
  given: { state: string; assignee: string | undefined; runId: string | undefined; limit: number },
): Promise<HumanTask[]> {
  return await tx.query<HumanTask>(
    `select ${TASK} from human_task where state = $1 and ($2::text is null or assignee = $2)
       and ($3::text is null or run_id = $3) order by created_at, task_id limit $4`,
    [given.state, given.assignee ?? null, given.runId ?? null, given.limit],
  );
}

/** The task with a lock on its row. */
export async function lockTask(tx: Transaction, id: string): Promise<HumanTask | undefined> {
  const [row] = await tx.query<HumanTask>(`select ${TASK} from human_task where task_id = $1 for update`, [
    id,
  ]);
  return row;
}

export async function closeTask(
  tx: Transaction,
  id: string,
  given: {
    state: 'decided' | 'withdrawn';
    decision: string | null;
    comment: string | null;
    by: string | null;
  },
): Promise<void> {
  await tx.query(
    `update human_task set state = $2, decision = $3, comment = $4, decided_by = $5, decided_at = clock_timestamp()
     where task_id = $1`,
    [id, given.state, given.decision, given.comment, given.by],
  );
}

/** Questions whose deadline has passed go to whoever is named for that. Gives how many. */
export async function escalateDue(database: Database): Promise<number> {
  const rows = await database.statement<object>(
    'troupe_relay',
    'human_task_escalate',
    `update human_task set assignee = escalate_to, escalated_at = clock_timestamp()
     where state = 'open' and escalated_at is null and escalate_to is not null and deadline_at <= clock_timestamp()
     returning task_id`,
    [],
  );
  return rows.length;
}
