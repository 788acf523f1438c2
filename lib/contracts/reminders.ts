/** The port to the durable timers of actors. `lib/io/sql/reminders.ts` is the real one. */
import type { ActorKey } from './journal.ts';

export interface ReminderStore {
  /**
   * Takes reminders whose time has come, the longest overdue first; nobody else takes them for a while. Each stays
   * until its actor has committed that it no longer wants to be woken then, and comes again, later each time.
   */
  takeDue(limit: number): Promise<readonly ActorKey[]>;
}
