/** The durable timers of actors on the database port. They are written with the journal: see `journal_append_timed`. */
import type { ReminderStore } from '../../contracts/reminders.ts';
import type { Database } from '../database.ts';

/** First time until a reminder that was taken and not consumed comes again, and the longest such time. */
const AGAIN_MS = 1_000;
const AGAIN_CAP_MS = 60_000;

export function openReminders(database: Database): ReminderStore {
  return {
    async takeDue(limit) {
      const rows = await database.statement<{ tenant_id: string; actor: string }>(
        'troupe_relay',
        'reminder_take',
        `update reminder r set attempts = r.attempts + 1, try_at = clock_timestamp()
           + least($3::float8, $2::float8 * 2 ^ least(r.attempts, 16)) * (0.5 + random() / 2) * interval '1 millisecond'
         from (select tenant_id, actor from reminder where try_at <= clock_timestamp()
               order by try_at limit $1 for update skip locked) d
         where r.tenant_id = d.tenant_id and r.actor = d.actor returning r.tenant_id, r.actor`,
        [limit, AGAIN_MS, AGAIN_CAP_MS],
      );
      return rows.map(row => ({ tenantId: row.tenant_id, actor: row.actor }));
    },
  };
}
