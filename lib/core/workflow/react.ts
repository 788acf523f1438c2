/**
 * What a state owes the world. A function of the state alone: after each commit the runtime starts what is new and
 * drops what is owed no longer, and after a crash it starts everything, by the same keys.
 */
import type { Effect } from './messages.ts';
import { finished, type RunState } from './state.ts';

export function react(state: RunState): readonly Effect[] {
  if (finished(state)) return [];
  const owed = [...Object.values(state.pending), ...Object.values(state.saga.draining)].map(
    each => each.effect,
  );
  if (state.phase === 'suspended') return owed;
  return canAdvance(state) ? [...owed, { type: 'Continue', key: `continue.${state.seq}` }] : owed;
}

/** The key of an effect anywhere in the world. */
export function idempotencyKey(state: RunState, effect: Effect): string {
  return `${state.runId}/${effect.key}`;
}

/** Whether frames wait only for their turn: the runtime answers `Continue` with `Advance`. */
function canAdvance(state: RunState): boolean {
  if (state.ready.length > 0) return true;
  if (state.phase !== 'compensating' || Object.keys(state.frames).length > 0) return false;
  return (
    Object.keys(state.saga.draining).length === 0 && !state.saga.steps.some(each => each.outcome === 'parked')
  );
}
