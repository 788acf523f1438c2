/** How the connected accounts do, and the note that somebody came with a signature that was not an account's. */
import { channelsHealth } from '../../lib/contracts/channel-health.contracts.ts';
import { accountHealth } from '../../lib/core/channels/health.ts';
import type { Database } from '../../lib/io/database.ts';
import * as sql from '../../lib/io/sql/channel-health.ts';
import { action } from '../../lib/moleculer/action.ts';

const ms = (at: Date | null) => at?.getTime() ?? null;
const told = (at: Date | null) => at?.toISOString() ?? null;

export function healthActions(database: Database) {
  return {
    health: action(channelsHealth, async ctx => {
      const rows = await database.withTenant(ctx.meta.tenantId!, tx => sql.healthRows(tx));
      return {
        accounts: rows.map(({ accountId, received, sent, refused, failed, failure, waiting, lost }) => ({
          accountId,
          health: accountHealth({
            receivedMs: ms(received),
            sentMs: ms(sent),
            refusedMs: ms(refused),
            failedMs: ms(failed),
          }),
          receivedAt: told(received),
          sentAt: told(sent),
          refusedAt: told(refused),
          failedAt: told(failed),
          failure,
          waiting,
          undelivered: lost,
        })),
      };
    }),
  };
}

/** Its owner would else see nothing at all of a secret that was pasted wrongly. */
export async function noteUnverified(
  database: Database,
  { tenantId, accountId }: { readonly tenantId: string; readonly accountId: string },
): Promise<void> {
  await database.withTenant(tenantId, tx =>
    sql.noteRefusal(tx, { tenantId, accountId, code: 'unauthenticated' }),
  );
}
