/** How a schedule that broke an invariant is told to a person. */
import type { Outcome } from './world.ts';

const LAST_LINES = 40;

export function reportOf(
  { seed, violation, historyHash, steps, history }: Outcome,
  lines = LAST_LINES,
): string {
  return [
    `seed ${seed}: ${violation ?? 'all invariants held'} (${steps} steps, history ${historyHash})`,
    `replay: SEED=${seed} make simulate`,
    ...history.slice(-lines),
  ].join('\n');
}
