/** How steps and runs stand, and what colour says so. */
import type { Operations } from '@troupe/client';

export type Run = Operations['workflowGet']['result'];
export type Step = Run['steps'][number];
export type Phase = Run['phase'];

export interface StepState {
  readonly state: Step['state'];
  readonly retries: number;
  readonly compensation: Step['compensation'];
}

type Tone = 'plain' | 'good' | 'notice' | 'danger';

export const TONE_OF: Readonly<Record<Step['state'], Tone>> = {
  running: 'notice',
  waiting: 'notice',
  completed: 'good',
  skipped: 'plain',
  faulted: 'danger',
  cancelled: 'plain',
};

export const PHASE_TONE: Readonly<Record<Phase, Tone>> = {
  new: 'plain',
  running: 'notice',
  waiting: 'notice',
  suspended: 'notice',
  compensating: 'danger',
  cancelled: 'plain',
  faulted: 'danger',
  completed: 'good',
};

const ENDS: ReadonlySet<Phase> = new Set(['completed', 'faulted', 'cancelled']);

export function hasEnded(phase: Phase): boolean {
  return ENDS.has(phase);
}

/** How each task stands: by its newest step, since a task in a loop has one for each round. */
export function taskStates(steps: readonly Step[]): ReadonlyMap<string, StepState> {
  const states = new Map<string, StepState>();
  for (const { task, state, retries, compensation } of steps)
    states.set(task, { state, retries, compensation });
  return states;
}

export function lengthOf({ startedAt, endedAt }: Pick<Step, 'startedAt' | 'endedAt'>, now: number): number {
  return Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
}
