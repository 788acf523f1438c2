/** The verbs about customers who are one person on several channels. */
import { randomBytes } from 'node:crypto';
import type { ActionSchema } from 'moleculer';
import * as contracts from '../../lib/contracts/channel-identities.contracts.ts';
import { linkCode } from '../../lib/core/channels/link.ts';
import type { Database, Transaction } from '../../lib/io/database.ts';
import * as sql from '../../lib/io/sql/channel-identities.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { action } from '../../lib/moleculer/action.ts';
import { CODE_MINUTES, hashOfCode } from './link-notices.ts';

const byPerson = (what: 'code' | 'unlink') => ({
  id: newId('message'),
  what,
  byCustomer: false,
  words: null,
});

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
      const expiresAt = await database.withTenant(tenantId, async tx => {
        const customer = await customerIn(tx, ctx.params.conversationId);
        await sql.keepConsent(tx, tenantId, customer, byPerson('code'));
        return await sql.putLinkCode(tx, tenantId, customer, hashOfCode(tenantId, code), CODE_MINUTES);
      });
      return { code, expiresAt: expiresAt.toISOString() };
    }),
    linked: action(contracts.listLinked, async ctx => {
      const [found, consents] = await database.withTenant(ctx.meta.tenantId!, async tx => {
        const customer = await customerIn(tx, ctx.params.conversationId);
        return [await sql.linkedWith(tx, customer), await sql.consentsOf(tx, customer)] as const;
      });
      return {
        consents: consents.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() })),
        personId: found[0]?.personId ?? null,
        identities: found.map(({ personId: _, linkedAt, conversationIds, ...rest }) => ({
          ...rest,
          conversationIds: [...conversationIds],
          linkedAt: linkedAt.toISOString(),
        })),
      };
    }),
    unlink: action(contracts.unlinkCustomer, ctx =>
      database.withTenant(ctx.meta.tenantId!, async tx => {
        const customer = await customerIn(tx, ctx.params.conversationId);
        await sql.keepConsent(tx, ctx.meta.tenantId!, customer, byPerson('unlink'));
        return { unlinked: await sql.unlinkIdentity(tx, customer) };
      }),
    ),
  };
}
