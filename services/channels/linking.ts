/** What happens when a customer links this chat with another of theirs, or takes that back. */
import type { ServiceBroker } from 'moleculer';
import { getConversation } from '../../lib/contracts/conversation.contracts.ts';
import {
  consentWords,
  linkWish,
  toldHistory,
  toldLinked,
  wantsUnlink,
} from '../../lib/core/channels/link.ts';
import type { Database, Transaction } from '../../lib/io/database.ts';
import * as sql from '../../lib/io/sql/channel-identities.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { hasCode } from '../../lib/kernel/errors.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { call } from '../../lib/moleculer/action.ts';
import { hashOfCode, tell } from './link-notices.ts';

interface LinkingPorts {
  readonly clock: Clock;
  readonly broker: ServiceBroker;
  readonly database: Database;
}

const MOST_MESSAGES = 100;
const MOST_CHARACTERS = 8_000;
const JUST_NOW_MS = 600_000;

/** The words that the agent is told in place of the customer's; undefined when these are about something else. */
export async function wordsAboutLinking(
  { broker, database, clock }: LinkingPorts,
  tenantId: string,
  here: sql.ChannelIdentity & { readonly channel: string; readonly messageId: string },
  said: string,
): Promise<string | undefined> {
  const { messageId: id } = here;
  if (wantsUnlink(said)) {
    const unlinked = await database.withTenant(tenantId, async tx => {
      await sql.keepConsent(tx, tenantId, here, { id, what: 'unlink', byCustomer: true, words: said.trim() });
      return await sql.unlinkIdentity(tx, here);
    });
    return unlinked ? '[I am linked with no other chat any more]' : undefined;
  }
  const wish = linkWish(said);
  if (!wish) return undefined;
  const there = await database.withTenant(tenantId, async tx => {
    const found = await sql.takeLinkCode(tx, hashOfCode(tenantId, wish.code));
    if (found) {
      await sql.linkIdentities(tx, tenantId, [here, found], newId('person'), wish.history);
      const what = wish.history ? 'history' : 'link';
      await sql.keepConsent(tx, tenantId, here, { id, what, byCustomer: true, words: consentWords(wish) });
      const conversationId = await sql.newestConversation(tx, found);
      const notice = { id: `${id}.linked`, text: toldLinked(here.channel, wish.history), at: clock.now() };
      if (conversationId) await tell(tx, tenantId, { ...notice, conversationId });
    }
    // A code that was taken a moment ago by this very message, whose processing broke off.
    return found ?? (await justLinked(tx, here, clock.now()));
  });
  if (!there) return '[I gave a code that links chats, but it does not hold]';
  if (!wish.history) return '[I linked this chat with another of mine]';
  const told = await historyOf(broker, database, tenantId, there);
  return `[I linked this chat with another of mine, and what we said there may be known here]\n${told}`.trim();
}

async function justLinked(
  tx: Transaction,
  here: sql.ChannelIdentity,
  now: number,
): Promise<sql.ChannelIdentity | undefined> {
  const linked = await sql.linkedWith(tx, here);
  const isHere = (each: sql.ChannelIdentity) =>
    each.accountId === here.accountId && each.customerId === here.customerId;
  const own = linked.find(isHere);
  return own && now - own.linkedAt.getTime() < JUST_NOW_MS ? linked.find(each => !isHere(each)) : undefined;
}

/** The newest conversation of the other chat, as far as it fits a message. */
async function historyOf(
  broker: ServiceBroker,
  database: Database,
  tenantId: string,
  there: sql.ChannelIdentity,
): Promise<string> {
  const linked = await database.withTenant(tenantId, tx => sql.linkedWith(tx, there));
  const conversationId = linked.find(
    each => each.accountId === there.accountId && each.customerId === there.customerId,
  )?.conversationIds[0];
  if (!conversationId) return '';
  try {
    const params = { conversationId, limit: MOST_MESSAGES };
    const { messages } = await call(broker, getConversation, params, { meta: { tenantId } });
    return toldHistory(messages, MOST_CHARACTERS);
  } catch (error) {
    // Retention has taken it: there is nothing to tell.
    if (hasCode(error, 'not-found')) return '';
    throw error;
  }
}
