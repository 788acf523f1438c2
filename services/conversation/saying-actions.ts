/** What is said to a customer by a person, and what is said unasked; with files that were given before. */
import { createHash } from 'node:crypto';
import type { ConversationCommand } from '../../actors/conversation/state.ts';
import * as contracts from '../../lib/contracts/saying.contracts.ts';
import type { Database } from '../../lib/io/database.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';
import { idOfDigest, newId } from '../../lib/kernel/ids.ts';
import { action, type Call } from '../../lib/moleculer/action.ts';
import { filesOf } from './files.ts';

const idOfKey = (key: string) => idOfDigest('message', createHash('sha256').update(key).digest());

interface Saying {
  readonly conversationId: string;
  readonly text: string;
  readonly attachments?: readonly string[];
  readonly by?: string;
}
type Standing = { id: string; status: 'open' | 'with-person' | 'paused'; seq: number };
type Command = (
  ctx: Call<Saying>,
  build: (at: number) => ConversationCommand,
  commandId: string | null,
) => Promise<Standing>;

export function sayingActions(database: Database, command: Command, by: (ctx: Call<Saying>) => string) {
  async function say(
    ctx: Call<Saying>,
    type: 'SendPersonReply' | 'Notify',
    messageId: string = newId('message'),
  ): Promise<Standing> {
    const { conversationId, text, attachments: ids = [] } = ctx.params;
    if (text.trim() === '' && ids.length === 0)
      throw new TroupeError('validation-failed', 'Give a text, a file, or both');
    const { tenantId, userId, keyId } = ctx.meta;
    const attachments = await filesOf(database, tenantId!, ids, userId ?? keyId ?? '', conversationId);
    const files = attachments.length > 0 ? { attachments } : {};
    return await command(ctx, at => ({ type, messageId, text, ...files, by: by(ctx), at }), messageId);
  }
  return {
    reply: action(contracts.replyAsPerson, ctx => say(ctx, 'SendPersonReply', ctx.params.messageId)),
    notify: action(contracts.notifyCustomer, ctx => {
      const { messageId, idempotencyKey } = ctx.params;
      return say(ctx, 'Notify', messageId ?? (idempotencyKey && idOfKey(idempotencyKey)));
    }),
  };
}
