/** How long after a kill the work of the dead node went on: from the journal's own times. */
import type { Fault } from './faults.ts';
import type { Records } from './records.ts';

export interface Recovery {
  readonly node: string;
  readonly at: number;
  /** Actors whose last row before the kill was the dead node's and unfinished. */
  readonly actors: number;
  readonly firstMs: number;
  readonly allMs: number;
  /** Nothing else was wrong from a while before the kill until all went on. */
  readonly clean: boolean;
  /** What else was wrong meanwhile. */
  readonly besides: readonly string[];
}

/** A node or server that has just come back is not yet well. */
const MARGIN_MS = 1_000;

export function recoveryTimes({ journal, leases }: Records, faults: readonly Fault[]): Recovery[] {
  return faults
    .filter(fault => fault.kind === 'kill')
    .flatMap(fault => {
      const at = fault.begun;
      const epoch = leases.findLast(lease => lease.nodeId === fault.target && lease.at < at)?.epoch;
      const waits: number[] = [];
      for (const rows of journal.values()) {
        const next = rows.findIndex(row => row.at >= at && row.epoch !== epoch);
        const last = rows[next < 0 ? rows.length - 1 : next - 1];
        if (next > 0 && last?.epoch === epoch && last?.unfinished) waits.push(rows[next]!.at - at);
      }
      if (waits.length === 0) return [];
      const allMs = Math.max(...waits);
      const others = faults.filter(
        other => other !== fault && other.begun < at + allMs && other.ended > at - MARGIN_MS,
      );
      return [
        {
          node: fault.target,
          at,
          actors: waits.length,
          firstMs: Math.min(...waits),
          allMs,
          clean: others.length === 0,
          besides: others.map(other => `${other.kind} ${other.target}`),
        },
      ];
    });
}

/** The value that so much of the list does not exceed (nearest rank); null of an empty one. */
export function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
