/** The verbs about files that customers sent and about what became of answers. */
import type { ActionSchema } from 'moleculer';
import * as contracts from '../../lib/contracts/channel-media.contracts.ts';
import type { Database } from '../../lib/io/database.ts';
import * as media from '../../lib/io/sql/channel-media.ts';
import { deliveriesOf } from '../../lib/io/sql/channel-outbox.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { action } from '../../lib/moleculer/action.ts';

const MOST_LISTED = 500;

export function mediaActions(database: Database): Record<string, ActionSchema> {
  return {
    media: action(contracts.listMedia, async ctx => {
      const found = await database.withTenant(ctx.meta.tenantId!, tx =>
        media.mediaOfConversation(tx, ctx.params.conversationId, MOST_LISTED),
      );
      return { media: found.map(each => ({ ...each, receivedAt: each.receivedAt.toISOString() })) };
    }),
    readMedia: action(contracts.readMedia, async ctx => {
      const { mediaId, offset = 0 } = ctx.params;
      const found = await database.withTenant(ctx.meta.tenantId!, tx =>
        media.partOfMedia(tx, mediaId, offset, contracts.MEDIA_PART_BYTES),
      );
      if (!found) throw new TroupeError('not-found', 'There is no such file, or it is not here yet');
      const { part, ...about } = found;
      const next = offset + contracts.MEDIA_PART_BYTES;
      // PostgreSQL breaks base64 into lines (RFC 2045).
      return { ...about, base64: part.replaceAll('\n', ''), next: next < found.sizeBytes ? next : null };
    }),
    deliveries: action(contracts.listDeliveries, async ctx => ({
      deliveries: [
        ...(await database.withTenant(ctx.meta.tenantId!, tx =>
          deliveriesOf(tx, ctx.params.conversationId, MOST_LISTED),
        )),
      ],
    })),
  };
}
