/** A run as its journal tells it: folded row by row. */
import { type Address, actorName } from '../../actors/runtime/actor-type.ts';
import type { WorkflowRunEvent, WorkflowRunState } from '../../actors/workflow-run/state.ts';
import { workflowRunActor } from '../../actors/workflow-run/workflow-run.actor.ts';
import type { ResultOf } from '../../lib/contracts/contract.ts';
import type { JournalStore } from '../../lib/contracts/journal.ts';
import type { getRun } from '../../lib/contracts/workflow.contracts.ts';
import { textField } from '../../lib/core/workflow/definition.ts';
import { graphOf } from '../../lib/core/workflow/graph.ts';
import type { WorkflowEvent } from '../../lib/core/workflow/messages.ts';
import { RunView } from '../../lib/core/workflow/run-view.ts';
import { redact } from '../../lib/core/workflow/sealed.ts';
import { finished, type RunState } from '../../lib/core/workflow/state.ts';

/** Rows read at once. */
const PAGE = 500;

export interface Told {
  readonly seq: number;
  readonly event: WorkflowRunEvent;
  readonly before: RunState;
  readonly after: RunState;
}

/** Tells each event with the states around it; stops when `tell` says so. */
export async function followRun(
  store: JournalStore,
  address: Address,
  tell: (told: Told) => boolean | undefined,
): Promise<WorkflowRunState> {
  const key = { tenantId: address.tenantId, actor: actorName(address) };
  let state = workflowRunActor.initialState();
  for (let from = 1; ; from += PAGE) {
    const rows = await store.history(key, from, PAGE);
    for (const row of rows)
      for (const event of JSON.parse(row.events) as WorkflowRunEvent[]) {
        const before = state.run;
        const next = workflowRunActor.evolve(state, event, { seq: row.seq, index: 0 });
        if (tell({ seq: row.seq, event, before, after: next.run })) return state;
        state = next;
      }
    if (rows.length < PAGE) return state;
  }
}

export function isRunEvent(event: WorkflowRunEvent): event is WorkflowEvent {
  return event.type !== 'WaitRegistered' && event.type !== 'RunForked';
}

const time = (at: number) => new Date(at).toISOString();

export async function readRun(store: JournalStore, address: Address): Promise<ResultOf<typeof getRun>> {
  const view = new RunView();
  let seq = 0;
  let endedAt: number | null = null;
  let from: string | null = null;
  const { run } = await followRun(store, address, told => {
    seq = told.seq;
    if (told.event.type === 'RunForked') from = told.event.from;
    if (isRunEvent(told.event)) view.add(told.event, told.before, told.after);
    if (finished(told.after)) endedAt ??= told.event.at;
    return undefined;
  });
  const clean = <T>(value: T) => redact(value as never, run.nonce) as T;
  return {
    id: address.key,
    workflow: textField(run.definition, 'document', 'name') ?? '',
    version: textField(run.definition, 'document', 'version') ?? '',
    digest: run.digest,
    phase: run.phase,
    startedAt: time(run.startedAt),
    endedAt: endedAt === null ? null : time(endedAt),
    input: clean(run.input),
    context: clean(run.context),
    output: clean(run.output ?? null),
    error: run.error ? clean({ ...run.error }) : null,
    seq,
    stepsTaken: run.steps,
    definition: run.definition,
    graph: graphOf(run.definition),
    waitingFor: finished(run)
      ? []
      : Object.entries(run.pending).map(([key, { frame, role, effect }]) => ({
          key,
          step: frame,
          kind: role,
          until: effect.type === 'StartTimer' ? time(effect.dueAt) : null,
          eventTypes: effect.type === 'Listen' ? effect.types : null,
        })),
    steps: view.steps(run).map(step => ({
      ...step,
      startedAt: time(step.startedAt),
      endedAt: step.endedAt === null ? null : time(step.endedAt),
      retryAt: step.retryAt === null ? null : time(step.retryAt),
      error: step.error ? { ...step.error } : null,
    })),
    forkedFrom: from,
  };
}
