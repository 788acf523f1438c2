// Protects: every committed row reaches every consumer, on JetStream and in one process alike.
import { openLocalEvents } from '../../lib/io/local-events.ts';
import { openOutbox } from '../../lib/io/sql/outbox.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { pgliteInMemory, postgresAsPlainUser } from '../suites/databases.ts';
import { eventsSuite } from '../suites/events.ts';
import { openRelayed } from '../suites/relayed.ts';

for (const [name, open] of [
  ['in one process on PGlite', pgliteInMemory],
  ['in one process on PostgreSQL', postgresAsPlainUser],
] as const)
  eventsSuite(name, open, async (database, holder) => {
    const events = openLocalEvents({
      store: openOutbox(database),
      holder,
      clock: systemClock,
      log: silentLog,
      ttlMs: 500,
    });
    return { events, close: () => events.close() };
  });

eventsSuite('JetStream, filled from PostgreSQL', postgresAsPlainUser, openRelayed);
