/** What is counted of the loops of agents, by reason: never by tenant or text. */
import { Counter, type Registry } from 'prom-client';
import type { LoopCounters } from './effects.ts';

export function createLoopCounters(registry: Registry): LoopCounters {
  const cuts = new Counter({
    name: 'troupe_loop_cut_total',
    help: 'Turns of agents that were brought to their end, by reason',
    labelNames: ['reason'],
    registers: [registry],
  });
  const progress = new Counter({
    name: 'troupe_progress_events_total',
    help: 'Steps of agents that showed something new',
    registers: [registry],
  });
  return { cut: reason => cuts.inc({ reason }), progress: () => progress.inc() };
}
