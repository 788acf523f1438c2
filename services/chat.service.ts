/** Owns the list of a tenant's conversations, which follows their events and holds no word of what was said; which words were said is the desk's to keep. */
import type { ServiceSchema } from 'moleculer';
import { listConversations, markRead } from '../lib/contracts/operations.contracts.ts';
import { type ConversationChange, conversationListProjection } from '../lib/core/outbox/conversation-list.ts';
import { soughtTerms } from '../lib/core/outbox/conversation-terms.ts';
import type { Keeper } from '../lib/io/consumer.ts';
import type { Database } from '../lib/io/database.ts';
import {
  clearConversations,
  type ListPlace,
  mergeConversations,
  listConversations as selectConversations,
} from '../lib/io/sql/projections.ts';
import { putReadMark } from '../lib/io/sql/read-marks.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { action } from '../lib/moleculer/action.ts';
import type { Following } from '../lib/moleculer/following.ts';

export const conversationListKeeper: Keeper<ConversationChange> = {
  projection: conversationListProjection,
  write: mergeConversations,
  clear: clearConversations,
};

const DEFAULT_LIMIT = 50;

export function chatService(database: Database, following: Following): ServiceSchema {
  return {
    name: 'chat',
    ...following,
    actions: {
      list: action(listConversations, async ctx => {
        const { cursor, status, waiting, assignee, query = '', limit = DEFAULT_LIMIT } = ctx.params;
        const found = await database.withTenant(ctx.meta.tenantId!, tx =>
          selectConversations(tx, {
            after: cursor === undefined ? undefined : placeOf(cursor),
            status,
            waiting,
            assignee,
            terms: soughtTerms(query),
            limit: limit + 1,
          }),
        );
        const page = found.slice(0, limit);
        const last = page.at(-1);
        return {
          conversations: page.map(row => ({
            ...row,
            waitingSince: timeOf(row.waitingSince),
            unansweredSince: timeOf(row.unansweredSince),
            lastMessageAt: new Date(row.lastMessageAt).toISOString(),
          })),
          next: last && found.length > limit ? `${last.lastMessageAt}.${last.id}` : null,
        };
      }),
      markRead: action(markRead, async ctx => {
        const tenantId = ctx.meta.tenantId!;
        return await database.withTenant(tenantId, tx => putReadMark(tx, tenantId, ctx.params));
      }),
    },
  };
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function placeOf(cursor: string): ListPlace {
  const dot = cursor.indexOf('.');
  const at = Number(cursor.slice(0, dot));
  if (dot < 1 || !Number.isSafeInteger(at))
    throw new TroupeError('validation-failed', 'That is no cursor of this list');
  return { at, id: cursor.slice(dot + 1) };
}
