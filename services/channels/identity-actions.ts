/** The verbs about customers who are one person on several channels. */
import { createHash, randomBytes } from 'node:crypto';
import type { ActionSchema } from 'moleculer';
import * as contracts from '../../lib/contracts/channel-identities.contracts.ts';
import { linkCode } from '../../lib/core/channels/link.ts';
import type { Database, Transaction } from '../../lib/io/database.ts';
import * as sql from '../../lib/io/sql/channel-identities.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { action } from '../../lib/moleculer/action.ts';

const CODE_MINUTES = 10;
export const hashOfCode = (tenantId: string, code: string) =>
  createHash('sha256').update(`${tenantId} ${code}`).digest();

export function identityActions(database: Database): Record<string, ActionSchema> {
  const customerIn = async (tx: Transaction, conversationId: string) => {
    const found = await sql.identityOfConversation(tx, conversationId);
    if (!found) throw new TroupeError('not-found', 'There is no such conversation of a channel');
    return found;
  };
  return {
    createLinkCode: action(contracts.createLinkCode, async ctx => {
      const tenantId = ctx.meta.tenantId!;
      const code = linkCode(randomBytes(16));
      const expiresAt = await database.withTenant(tenantId, async tx =>
        sql.putLinkCode(
          tx,
          tenantId,
          await customerIn(tx, ctx.params.conversationId),
          hashOfCode(tenantId, code),
          CODE_MINUTES,
        ),
      );
      return { code, expiresAt: expiresAt.toISOString() };
    }),
    linked: action(contracts.listLinked, async ctx => {
      const found = await database.withTenant(ctx.meta.tenantId!, async tx =>
        sql.linkedWith(tx, await customerIn(tx, ctx.params.conversationId)),
      );
      return {
        personId: found[0]?.personId ?? null,
        identities: found.map(({ personId: _, linkedAt, conversationIds, ...rest }) => ({
          ...rest,
          conversationIds: [...conversationIds],
          linkedAt: linkedAt.toISOString(),
        })),
      };
    }),
    unlink: action(contracts.unlinkCustomer, async ctx => ({
      unlinked: await database.withTenant(ctx.meta.tenantId!, async tx =>
        sql.unlinkIdentity(tx, await customerIn(tx, ctx.params.conversationId)),
      ),
    })),
  };
}
