/** What customers are told about linked chats: by the ledger alone, so that no model and no journal knows their codes. */
import { createHash, randomBytes } from 'node:crypto';
import { linkCode, toldCode } from '../../lib/core/channels/link.ts';
import type { Transaction } from '../../lib/io/database.ts';
import * as sql from '../../lib/io/sql/channel-identities.ts';
import { planParts } from '../../lib/io/sql/channel-outbox.ts';
import { threadsOf } from '../../lib/io/sql/channels.ts';
import { partsOf } from './answer-keeper.ts';

export const CODE_MINUTES = 10;
export const hashOfCode = (tenantId: string, code: string) =>
  createHash('sha256').update(`${tenantId} ${code}`).digest();

/** Planned once under its id: neither a repeated message nor a crash tells it twice. False when it was told already. */
export async function tell(
  tx: Transaction,
  tenantId: string,
  notice: {
    readonly id: string;
    readonly conversationId: string;
    readonly text: string;
    readonly at: number;
  },
): Promise<boolean> {
  const [thread] = await threadsOf(tx, [notice.conversationId]);
  if (!thread) return false;
  const { id, conversationId, text, at } = notice;
  const answer = { messageId: id, conversationId, text, files: [], byPerson: false, at };
  return await planParts(tx, tenantId, partsOf(thread, answer));
}

/** A code for the customer who asked for one, in their language. */
export async function tellCode(
  tx: Transaction,
  tenantId: string,
  here: sql.ChannelIdentity,
  asked: {
    readonly id: string;
    readonly conversationId: string;
    readonly language: 'en' | 'vi';
    readonly words: string;
    readonly at: number;
  },
): Promise<void> {
  const { id, conversationId, language, words, at } = asked;
  const code = linkCode(randomBytes(16));
  const text = toldCode(language, code, CODE_MINUTES);
  // A message whose processing broke off has its code already: it holds, and a second would end it.
  if (!(await tell(tx, tenantId, { id, conversationId, text, at }))) return;
  await sql.putLinkCode(tx, tenantId, here, hashOfCode(tenantId, code), CODE_MINUTES);
  await sql.keepConsent(tx, tenantId, here, { id, what: 'code', byCustomer: true, words });
}
