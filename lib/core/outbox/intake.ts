/**
 * Which delivered rows are new, and which must be read from the journal first. A consumer counts an actor's rows one
 * after the other: whatever the stream repeats, reorders or loses, the gap shows.
 */
import type { JournalMessage } from '../../contracts/events.ts';

export interface Gap {
  readonly actor: string;
  /** First and last sequence number to read, both included. */
  readonly from: number;
  readonly to: number;
}

export interface Intake {
  /** Rows to process now, each actor's in order. */
  readonly rows: readonly JournalMessage[];
  readonly gaps: readonly Gap[];
}

/** `processed`: the last row counted of each actor. All rows are of one tenant. */
export function takeIn(processed: ReadonlyMap<string, number>, delivered: readonly JournalMessage[]): Intake {
  const byActor = Map.groupBy(delivered, row => row.actor);
  const rows: JournalMessage[] = [];
  const gaps: Gap[] = [];
  for (const [actor, given] of byActor) {
    const done = processed.get(actor) ?? 0;
    const fresh = new Map(given.filter(row => row.seq > done).map(row => [row.seq, row]));
    const inOrder = [...fresh.values()].sort((a, b) => a.seq - b.seq);
    const last = inOrder.at(-1);
    if (!last) continue;
    if (last.seq === done + inOrder.length && inOrder.every(row => row.events !== null))
      rows.push(...inOrder);
    else gaps.push({ actor, from: done + 1, to: last.seq });
  }
  return { rows, gaps };
}
