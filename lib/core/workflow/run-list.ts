/** One line for each run, and its lifecycle as others may hear of it: read off the journal. */
import type { Projection } from '../outbox/projection.ts';
import { timeOf } from '../outbox/projection.ts';
import { textField } from './definition.ts';
import type { Json } from './jq/value.ts';

export type ListedPhase =
  | 'new'
  | 'running'
  | 'waiting'
  | 'suspended'
  | 'compensating'
  | 'cancelled'
  | 'faulted'
  | 'completed';

export interface RunChange {
  readonly runId: string;
  /** Empty where these events do not tell. */
  readonly workflow: string;
  readonly version: string;
  readonly namespace: string;
  readonly phase: ListedPhase | '';
  /** Steps begun in these events. */
  readonly steps: number;
  readonly error: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly seq: number;
  readonly notices: readonly Notice[];
}

/** A lifecycle event of a run (DSL reference, "Workflow Lifecycle Events") before it is named. */
export interface Notice {
  /** Such as `io.serverlessworkflow.workflow.faulted.v1`. */
  readonly type: string;
  /** Position in the journal: the same each time it is read. */
  readonly place: string;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const PREFIX = 'workflow-run/';
const ERROR_CHARS = 500;

export const runListProjection: Projection<RunChange> = {
  name: 'workflow-runs',
  fold(changes, occurred) {
    if (!occurred.actor.startsWith(PREFIX)) return;
    const runId = occurred.actor.slice(PREFIX.length);
    const at = timeOf(occurred);
    const before: RunChange = changes.get(runId) ?? {
      runId,
      workflow: '',
      version: '',
      namespace: '',
      phase: '',
      steps: 0,
      error: null,
      startedAt: at,
      endedAt: null,
      seq: occurred.seq,
      notices: [],
    };
    const { event } = occurred;
    const change = changeOf(event, at);
    const notice = noticeOf(event, at, `${occurred.seq}.${occurred.index}`);
    changes.set(runId, {
      ...before,
      ...change,
      notices: notice ? [...before.notices, notice] : before.notices,
      steps: before.steps + (event.type === 'TaskStarted' ? 1 : 0),
      seq: Math.max(before.seq, occurred.seq),
    });
  },
};

function changeOf(event: Readonly<Record<string, unknown>>, at: number): Partial<RunChange> {
  const errorOf = (error: unknown) => {
    const { detail, title, type } = (error ?? {}) as { detail?: string; title?: string; type?: string };
    return String(detail ?? title ?? type ?? 'unknown').slice(0, ERROR_CHARS);
  };
  switch (event.type) {
    case 'RunStarted':
      return { ...named(event.definition as Json), phase: 'running', startedAt: at };
    case 'RunForked':
      return { ...named((event.state as { definition: Json }).definition), phase: 'running', startedAt: at };
    case 'RunSuspended':
      return { phase: 'suspended' };
    case 'RunResumed':
      return { phase: 'running' };
    case 'CompensationStarted':
      return { phase: 'compensating' };
    case 'RunCancelled':
      return { phase: 'cancelled', endedAt: at };
    case 'RunFaulted':
      return { phase: 'faulted', endedAt: at, error: errorOf(event.error) };
    case 'RunCompleted':
      return { phase: 'completed', endedAt: at };
    default:
      return {};
  }
}

const NOTICES: Readonly<Record<string, readonly [type: string, time: string]>> = {
  RunStarted: ['started', 'startedAt'],
  RunSuspended: ['suspended', 'suspendedAt'],
  RunResumed: ['resumed', 'resumedAt'],
  RunCancelled: ['cancelled', 'cancelledAt'],
  RunFaulted: ['faulted', 'faultedAt'],
  RunCompleted: ['completed', 'completedAt'],
};

function noticeOf(event: Readonly<Record<string, unknown>>, at: number, place: string): Notice | undefined {
  const found = NOTICES[String(event.type)];
  if (!found) return undefined;
  const data = {
    [found[1]]: new Date(at).toISOString(),
    ...(event.type === 'RunFaulted' ? { error: event.error } : {}),
    ...(event.type === 'RunCompleted' ? { output: event.output } : {}),
  };
  return { type: `io.serverlessworkflow.workflow.${found[0]}.v1`, place, at, data };
}

function named(definition: Json): Pick<RunChange, 'workflow' | 'version' | 'namespace'> {
  return {
    namespace: textField(definition, 'document', 'namespace') ?? '',
    workflow: textField(definition, 'document', 'name') ?? '',
    version: textField(definition, 'document', 'version') ?? '',
  };
}
