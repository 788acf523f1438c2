/** What a run owes beyond what stands in the database already, and when it wants to be woken. */
import { objectField, textField } from '../../lib/core/workflow/definition.ts';
import { durationMs } from '../../lib/core/workflow/duration.ts';
import { evaluateTemplate } from '../../lib/core/workflow/expression.ts';
import { definitionAt } from '../../lib/core/workflow/frames.ts';
import type { Effect } from '../../lib/core/workflow/messages.ts';
import { Fault } from '../../lib/core/workflow/problem.ts';
import { react as owedBy } from '../../lib/core/workflow/react.ts';
import { finished, type RunState } from '../../lib/core/workflow/state.ts';
import { evaluatorFor } from '../../lib/core/workflow/surroundings.ts';
import type { Approval, WorkflowRunEffect, WorkflowRunState } from './state.ts';

/** Timers nearer than this run in memory: a reminder would be late by more than it saves. */
export const SHORT_TIMER_MS = 5_000;

export function react(state: WorkflowRunState): readonly WorkflowRunEffect[] {
  const { run, registered } = state;
  const owed: WorkflowRunEffect[] = [];
  for (const effect of owedBy(run)) {
    if (effect.type === 'StartTimer') {
      if (run.phase !== 'suspended' && effect.dueAt - run.now <= SHORT_TIMER_MS) owed.push(effect);
    } else if (effect.type === 'Listen') {
      if (!registered.includes(effect.key)) owed.push(listening(run, effect));
    } else if (effect.type === 'AskDecision') {
      if (!registered.includes(effect.key)) owed.push(asking(run, effect));
    } else if (run.secrets.length > 0)
      owed.push({ ...effect, marks: { nonce: run.nonce, names: run.secrets } });
    else owed.push(effect);
  }
  return owed;
}

/** The nearest of the timers that run no more in memory. A suspended run sleeps until it is resumed. */
export function wakeAt({ run }: WorkflowRunState): number | undefined {
  if (finished(run) || run.phase === 'suspended') return undefined;
  let nearest: number | undefined;
  for (const { effect } of Object.values(run.pending))
    if (effect.type === 'StartTimer' && (nearest === undefined || effect.dueAt < nearest))
      nearest = effect.dueAt;
  return nearest !== undefined && nearest - run.now > SHORT_TIMER_MS ? nearest : undefined;
}

function listening(run: RunState, effect: Extract<Effect, { type: 'Listen' }>): WorkflowRunEffect {
  const frame = run.frames[run.pending[effect.key]!.frame]!;
  const approval = approvalOf(run, effect.key);
  return {
    ...effect,
    task: frame.task,
    input: frame.input,
    since: run.startedAt,
    workflow: nameOf(run),
    ...(approval ? { approval } : {}),
  };
}

function asking(run: RunState, effect: Extract<Effect, { type: 'AskDecision' }>): WorkflowRunEffect {
  const step = run.saga.steps.find(each => each.id === effect.step);
  return { ...effect, workflow: nameOf(run), output: step?.output ?? null };
}

function nameOf(run: RunState): string {
  return textField(run.definition, 'document', 'name') ?? '';
}

/** Texts may hold expressions; one that fails stands as it is written, so that the question is asked all the same. */
function approvalOf(run: RunState, key: string): Approval | undefined {
  const frame = run.frames[run.pending[key]!.frame]!;
  const asked = objectField(definitionAt(run, frame.task), 'metadata', 'approval');
  if (!asked) return undefined;
  const text = (name: string, fallback: string): string => {
    const written = textField(asked, name);
    if (written === undefined) return fallback;
    try {
      const value = evaluateTemplate(written, frame.input, evaluatorFor(run, frame));
      return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 500);
    } catch (error) {
      if (error instanceof Fault) return written.slice(0, 500);
      throw error;
    }
  };
  const deadlineMs = durationMs(asked.deadline);
  return {
    title: text('title', frame.name),
    assignee: text('assignee', 'anyone'),
    ...(deadlineMs === null ? {} : { deadlineMs }),
    ...(asked.escalateTo === undefined ? {} : { escalateTo: text('escalateTo', '') }),
  };
}
