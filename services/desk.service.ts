/** Owns what people who answer customers keep at their desk, and the words by which they find a conversation again. */
import type { ServiceSchema } from 'moleculer';
import * as contracts from '../lib/contracts/desk.contracts.ts';
import { requireMatch } from '../lib/core/http/entity-tag.ts';
import { conversationTermsProjection, type SaidTerms } from '../lib/core/outbox/conversation-terms.ts';
import type { Keeper } from '../lib/io/consumer.ts';
import type { Database } from '../lib/io/database.ts';
import * as sql from '../lib/io/sql/desk.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { action } from '../lib/moleculer/action.ts';
import type { Following } from '../lib/moleculer/following.ts';
import { actorOf } from '../mixins/audit.middleware.ts';

export const conversationTermsKeeper: Keeper<SaidTerms> = {
  projection: conversationTermsProjection,
  write: sql.addTerms,
  clear: sql.clearTerms,
};

const MOST_REPLIES = 500;
const DEFAULT_POLICY: sql.DeskPolicy = { firstReplyMinutes: 10, nextReplyMinutes: 5 };

export function deskService(database: Database, following: Following): ServiceSchema {
  return {
    name: 'desk',
    ...following,
    actions: {
      replies: action(contracts.listReplies, async ({ meta }) => ({
        replies: await database.withTenant(meta.tenantId!, sql.listReplyRows),
      })),

      putReply: action(contracts.putReply, async ctx => {
        const { replyId, shortcut, text, ifVersion } = ctx.params;
        const tenantId = ctx.meta.tenantId!;
        const version = await database.withTenant(tenantId, async tx => {
          await sql.lockReplies(tx, tenantId);
          const all = await sql.listReplyRows(tx);
          const before = all.find(each => each.replyId === replyId)?.version ?? 0;
          if (ifVersion !== undefined && ifVersion !== before)
            throw new TroupeError('conflict', 'Somebody else has changed this reply meanwhile');
          if (all.some(each => each.shortcut === shortcut && each.replyId !== replyId))
            throw new TroupeError('conflict', `Another reply has the shortcut "${shortcut}"`);
          if (before === 0 && all.length >= MOST_REPLIES)
            throw new TroupeError('quota-exhausted', `A tenant keeps at most ${MOST_REPLIES} replies`);
          const row = { tenantId, replyId, shortcut, text, version: before + 1, by: actorOf(ctx) };
          await sql.upsertReply(tx, row);
          return row.version;
        });
        return { replyId, version };
      }),

      deleteReply: action(contracts.deleteReply, async ({ params, meta }) => {
        const deleted = await database.withTenant(meta.tenantId!, tx =>
          sql.deleteReplyRow(tx, params.replyId),
        );
        if (!deleted) throw new TroupeError('not-found', 'No reply of that id');
        return { deleted };
      }),

      policy: action(
        contracts.getDeskPolicy,
        async ({ meta }) => (await database.withTenant(meta.tenantId!, sql.findPolicy)) ?? DEFAULT_POLICY,
      ),

      putPolicy: action(contracts.putDeskPolicy, async ({ params, meta }) => {
        const { firstReplyMinutes, nextReplyMinutes } = params;
        const policy = { firstReplyMinutes, nextReplyMinutes };
        await database.withTenant(meta.tenantId!, async tx => {
          await sql.lockReplies(tx, meta.tenantId!);
          requireMatch(meta.precondition, (await sql.findPolicy(tx)) ?? DEFAULT_POLICY);
          await sql.upsertPolicy(tx, meta.tenantId!, policy);
        });
        return policy;
      }),
    },
  };
}
