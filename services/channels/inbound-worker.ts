/**
 * Takes what came in to its conversation: what customers say, in the order of their thread, each once (the message's
 * id is made of the platform's own); what platforms tell of our messages to the outbound ledger.
 */
import type { ServiceBroker } from 'moleculer';
import type { Attachment } from '../../lib/contracts/chat.ts';
import { sendMessage } from '../../lib/contracts/conversation.contracts.ts';
import { wantsCode } from '../../lib/core/channels/link.ts';
import { mediaOf, nameOfMedia, typeOfMedia } from '../../lib/core/channels/media.ts';
import { type InboundEvent, startsTurn } from '../../lib/core/channels/message.ts';
import { conversationOfThread, messageOfEvent, spokenText } from '../../lib/core/channels/spoken.ts';
import { unaskedWish } from '../../lib/core/channels/unasked.ts';
import { type InboxRow, settleInbound, takeInbound } from '../../lib/io/sql/channel-inbox.ts';
import { describeMedia, nameMedia } from '../../lib/io/sql/channel-media.ts';
import { noteStatus } from '../../lib/io/sql/channel-outbox.ts';
import { accountById, heardFrom, noteUnaskedWish } from '../../lib/io/sql/channels.ts';
import type { Clock } from '../../lib/kernel/clock.ts';
import { fullJitter } from '../../lib/kernel/clock.ts';
import { describeError } from '../../lib/kernel/log.ts';
import { call } from '../../lib/moleculer/action.ts';
import { toTroupeError } from '../../lib/moleculer/errors.ts';
import { tellCode } from './link-notices.ts';
import { wordsAboutLinking } from './linking.ts';
import { FETCHED_FIRST_MS, fetchFirst, type MediaPorts } from './media-worker.ts';

export interface InboundPorts extends MediaPorts {
  readonly broker: ServiceBroker;
  readonly clock: Clock;
  /** Customers of chat channels write in several short messages: they are answered together. Milliseconds. */
  readonly mergeWindowMs: number;
}

const AT_ONCE = 16;
/** What a node that died had taken comes again after so long. */
const LEASE_MS = 30_000;
const ATTEMPTS = 8;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 60_000;

/** Does what is due; answers whether there may be more. */
export async function workInbound(ports: InboundPorts): Promise<boolean> {
  const rows = await takeInbound(ports.database, AT_ONCE, LEASE_MS);
  await Promise.all(rows.map(row => handle(ports, row)));
  return rows.length > 0;
}

async function handle(ports: InboundPorts, row: InboxRow): Promise<void> {
  try {
    await process(ports, row, JSON.parse(row.event) as InboundEvent);
    await settleInbound(ports.database, row, 'done', null);
  } catch (raw) {
    const { code } = toTroupeError(raw);
    ports.log.info('channels.inbound-failed', {
      accountId: row.accountId,
      attempts: row.attempts,
      ...describeError(raw),
    });
    const dead = row.attempts >= ATTEMPTS;
    await settleInbound(
      ports.database,
      row,
      dead ? 'dead' : 'waiting',
      code,
      dead ? 0 : 200 + fullJitter(row.attempts, RETRY_BASE_MS, RETRY_CAP_MS),
    );
  }
}

async function process(ports: InboundPorts, row: InboxRow, event: InboundEvent): Promise<void> {
  const { broker, database } = ports;
  const { tenantId, accountId } = row;
  const { customerId } = event;
  if (startsTurn(event) && customerId) return await say(ports, row, { ...event, customerId });
  const wish = unaskedWish(event);
  if (wish && customerId) {
    const atMs = event.occurredAtMs ?? ports.clock.now();
    await database.withTenant(tenantId, tx =>
      noteUnaskedWish(tx, { accountId, customerId, refused: wish === 'refused', atMs }),
    );
  }
  const state = stateOf(event);
  if (!state) return;
  const found = {
    platformIds: [
      ...(event.targetIds ?? []),
      ...(event.kind === 'echo' && event.messageId ? [event.messageId] : []),
    ],
    correlation: event.correlation ?? null,
  };
  const conversationIds = await database.withTenant(tenantId, tx => noteStatus(tx, accountId, found, state));
  // Whoever looks at the conversation looks again.
  if (conversationIds.length > 0)
    void broker.broadcast('conversations.changed', { tenantId, conversationIds });
}

/** What the customer says becomes a message of the conversation, with its files, which are fetched first. */
async function say(
  ports: InboundPorts,
  { tenantId, accountId, dedupeKey }: InboxRow,
  event: InboundEvent & { readonly customerId: string },
): Promise<void> {
  const { broker, database, clock } = ports;
  const { customerId, threadId, messageId: platformId } = event;
  const conversationId = conversationOfThread(tenantId, accountId, threadId ?? customerId);
  const messageId = messageOfEvent(accountId, dedupeKey);
  const thread = {
    ...{ tenantId, conversationId, accountId, customerId, threadId, messageId: platformId },
    subject: event.content?.subject ?? null,
    atMs: event.occurredAtMs ?? clock.now(),
  };
  const media = mediaOf(event).map(({ attachment, source }, n) => ({
    mediaId: `${messageId}.${n}`,
    source: JSON.stringify(source),
    type: attachment.type,
    filename: attachment.filename?.slice(0, 300) ?? null,
    mimeType: attachment.mimeType?.slice(0, 200) ?? null,
  }));
  await database.withTenant(tenantId, async tx => {
    await heardFrom(tx, thread);
    await nameMedia(tx, { tenantId, conversationId, accountId }, media, FETCHED_FIRST_MS);
  });
  const attachments = await filesIn(
    ports,
    tenantId,
    media.map(({ mediaId }) => mediaId),
  );
  const agent = (await accountById(database, accountId))?.agent;
  const said = event.content?.text ?? '';
  const here = { accountId, customerId, channel: event.channel, messageId };
  const language = wantsCode(said);
  if (language) {
    const asked = { id: messageId, conversationId, language, words: said.trim(), at: clock.now() };
    return await database.withTenant(tenantId, tx => tellCode(tx, tenantId, here, asked));
  }
  const text = (await wordsAboutLinking(ports, tenantId, here, said)) ?? spokenText(event);
  await call(
    broker,
    sendMessage,
    {
      conversationId,
      messageId,
      text,
      ...(attachments.length > 0 ? { attachments } : {}),
      interruption: { policy: 'merge', mergeWindowMs: ports.mergeWindowMs },
      wait: 'accepted',
      ...(agent ? { agent } : {}),
    },
    { meta: { tenantId } },
  );
}

/** What is known of the files once they have been fetched, or could not be. */
async function filesIn(
  ports: InboundPorts,
  tenantId: string,
  mediaIds: readonly string[],
): Promise<Attachment[]> {
  if (mediaIds.length === 0) return [];
  await fetchFirst(ports, tenantId, mediaIds);
  const found = await ports.database.withTenant(tenantId, tx => describeMedia(tx, mediaIds));
  return found.map(({ mediaId, filename, type, mimeType, sizeBytes, state }) => ({
    id: mediaId,
    name: nameOfMedia(filename, type, mediaId),
    type: state === 'stored' ? mimeType! : typeOfMedia(undefined, mimeType),
    bytes: sizeBytes ?? 0,
  }));
}

/** What an event says of a message of ours. */
function stateOf({
  kind,
  state,
  direction,
}: InboundEvent): 'sent' | 'delivered' | 'read' | 'refused' | undefined {
  if (kind === 'echo') return 'sent';
  // What the business itself has read says nothing of the customer.
  if (kind === 'read') return direction === 'outbound' ? undefined : 'read';
  if (kind !== 'status') return undefined;
  if (state === 'failed') return 'refused';
  return state === 'sent' || state === 'delivered' || state === 'read' ? state : undefined;
}
