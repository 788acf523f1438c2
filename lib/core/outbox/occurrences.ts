/** From a row of the journal to the events in it. */
import type { JournalMessage } from '../../contracts/events.ts';
import { TroupeError } from '../../kernel/errors.ts';
import type { Occurred } from './projection.ts';

/** A row whose events cannot be read stands for one bad event. */
export interface Unreadable {
  readonly tenantId: string;
  readonly actor: string;
  readonly seq: number;
  readonly index: number;
  readonly failure: TroupeError;
}

/** The events of a row, each by itself, in order; what cannot be read stands for itself too. */
export function occurrences(row: JournalMessage): (Occurred | Unreadable)[] {
  const { tenantId, actor, seq } = row;
  const unreadable = (index: number, cause?: unknown): Unreadable => ({
    tenantId,
    actor,
    seq,
    index,
    failure: new TroupeError('journal-corrupt', `Row ${seq} of ${actor} cannot be read`, { cause }),
  });
  let events: unknown;
  try {
    events = JSON.parse(row.events ?? '');
  } catch (error) {
    return [unreadable(0, error)];
  }
  if (!Array.isArray(events)) return [unreadable(0)];
  return events.map((event: unknown, index) =>
    typeof event === 'object' && event !== null
      ? { tenantId, actor, seq, index, committedAt: row.at, event: event as Occurred['event'] }
      : unreadable(index),
  );
}
