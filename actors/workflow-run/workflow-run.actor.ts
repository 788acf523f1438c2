/** The workflow run: one execution of a document, pinned to the version it began with, each step performed once. */
import { decide as decideRun } from '../../lib/core/workflow/decide.ts';
import { evolve as evolveRun } from '../../lib/core/workflow/evolve.ts';
import type { WorkflowCommand } from '../../lib/core/workflow/messages.ts';
import { problem } from '../../lib/core/workflow/problem.ts';
import { finished, type RunState } from '../../lib/core/workflow/state.ts';
import type { ActorType } from '../runtime/actor-type.ts';
import { react, wakeAt } from './react.ts';
import {
  initialState,
  type WorkflowRunCommand,
  type WorkflowRunEffect,
  type WorkflowRunEvent,
  type WorkflowRunState,
} from './state.ts';

function decide(command: WorkflowRunCommand, { run, registered }: WorkflowRunState): WorkflowRunEvent[] {
  const now = Math.max(command.now, run.now);
  switch (command.type) {
    case 'Wake':
      return fireDue(run, now);
    case 'Registered':
      return run.pending[command.key] && !registered.includes(command.key)
        ? [{ type: 'WaitRegistered', key: command.key, at: now }]
        : [];
    case 'Fork':
      return run.phase === 'new'
        ? [{ type: 'RunForked', state: command.state, from: command.from, at: now }]
        : [];
    default:
      return decideRun({ ...command, now } as WorkflowCommand, run);
  }
}

/** Timers in the order in which they were due; one may end what another waits for. */
function fireDue(run: RunState, now: number): WorkflowRunEvent[] {
  const due = Object.values(run.pending)
    .flatMap(({ effect }) => (effect.type === 'StartTimer' && effect.dueAt <= now ? [effect] : []))
    .sort((a, b) => a.dueAt - b.dueAt);
  const events: WorkflowRunEvent[] = [];
  let state = run;
  for (const { key } of due)
    for (const event of decideRun({ type: 'TimerFired', key, now }, state)) {
      events.push(event);
      state = evolveRun(state, event);
    }
  return events;
}

function evolve(state: WorkflowRunState, event: WorkflowRunEvent): WorkflowRunState {
  switch (event.type) {
    case 'WaitRegistered':
      return { ...state, registered: [...state.registered, event.key] };
    case 'RunForked':
      return { run: { ...event.state, now: event.at }, registered: [] };
    default: {
      const run = evolveRun(state.run, event);
      const gone = finished(run) || state.registered.some(key => !run.pending[key]);
      return { run, registered: gone ? state.registered.filter(key => run.pending[key]) : state.registered };
    }
  }
}

export const workflowRunActor: ActorType<
  WorkflowRunState,
  WorkflowRunCommand,
  WorkflowRunEvent,
  WorkflowRunEffect
> = {
  name: 'workflow-run',
  snapshotVersion: 1,
  snapshotEvery: 100,
  initialState,
  decide,
  evolve,
  react,
  wakeAt,
  wake: at => ({ type: 'Wake', now: at }),
  effectFailed: (effect, code) => ({
    type: 'EffectFailed',
    key: effect.key,
    error: problem('runtime', `The step could not be performed (${code})`),
    now: 0,
  }),
};
