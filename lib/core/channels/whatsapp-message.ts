/**
 * One WhatsApp message, received or echoed.
 * Source: WhatsApp Business Platform, Webhooks, "messages" (one section a type), "smb_message_echoes", "history".
 */

import type { EventDraft } from './event.ts';
import { at, compact, field, firstId, flag, fromSeconds, list, object, text } from './fields.ts';
import type { Json } from './json.ts';
import type { Direction, EventKind, PlatformFault, Referral } from './message.ts';
import { saidBy, typeOf } from './whatsapp-content.ts';
import { aliases, nameOf } from './whatsapp-people.ts';

export type MessageDraft = Omit<EventDraft, 'channel' | 'raw' | 'item' | 'accountId'>;

export function messageDraft(item: Json, value: Json, direction: Direction): MessageDraft {
  const type = text(field(item, 'type')) ?? typeOf(item) ?? 'unknown';
  const messageId = firstId(item, 'id');
  const groupId = firstId(item, 'group_id');
  const inbound = direction === 'inbound';
  const customerId = inbound ? firstId(item, 'from', 'from_user_id') : firstId(item, 'to', 'to_user_id');
  const contact = list(field(value, 'contacts')).find(
    each => firstId(each, 'wa_id', 'user_id') === customerId,
  );
  const said = saidBy(item, type);
  const context = field(item, 'context');
  return {
    kind: inbound || !ECHOED.has(said.kind) ? said.kind : 'echo',
    topic: `${inbound ? 'messages' : 'message_echoes'}.${said.topic ?? type}`,
    direction: said.kind === 'system' ? 'platform' : direction,
    scope: groupId === undefined ? 'direct' : 'group',
    threadId: groupId ?? customerId,
    customerId,
    customerName: nameOf(value, customerId),
    customerAliases: unique([
      ...aliases(item, inbound ? 'from_user_id' : 'to_user_id', 'from_parent_user_id'),
      // Who changed a number or id is known by the earlier ones too.
      ...aliases(object(field(item, 'system')), 'user_id', 'previous_user_id', 'previous_parent_user_id'),
      ...(contact === undefined ? [] : aliases(contact, 'wa_id', 'user_id', 'parent_user_id')),
    ]).filter(each => each !== customerId),
    messageId,
    targetIds: said.targetId === undefined ? undefined : [said.targetId],
    occurredAtMs: fromSeconds(field(item, 'timestamp')),
    content: said.content,
    state: said.state,
    reaction: said.reaction,
    replyTo: { messageId: firstId(context, 'id', 'message_id') },
    forwarded:
      flag(field(context, 'forwarded')) || flag(field(context, 'frequently_forwarded'))
        ? { often: flag(field(context, 'frequently_forwarded')) }
        : undefined,
    referral: referralOf(field(item, 'referral')) ?? referredProduct(field(context, 'referred_product')),
    faults: faultsOf(field(item, 'errors')),
    identity: [messageId],
  };
}

/** Kinds that become `echo` when the business sent them; an edit or a deletion stays what it is. */
const ECHOED: ReadonlySet<EventKind> = new Set<EventKind>([
  'text',
  'media',
  'location',
  'contact',
  'button',
  'form',
  'order',
  'poll',
  'unsupported',
]);

function referralOf(referral: Json | undefined): Referral | undefined {
  return compact({
    source: text(field(referral, 'source_type')),
    type: text(field(referral, 'media_type')),
    id: firstId(referral, 'source_id'),
    url: text(field(referral, 'source_url')),
    headline: text(field(referral, 'headline')),
    text: text(field(referral, 'body')),
    clickId: text(field(referral, 'ctwa_clid')),
    ref: text(at(referral, 'welcome_message', 'text')),
  });
}

function referredProduct(product: Json | undefined): Referral | undefined {
  const productId = firstId(product, 'product_retailer_id');
  return productId === undefined
    ? undefined
    : { source: 'product', id: productId, ref: firstId(product, 'catalog_id') };
}

export function faultsOf(errors: Json | undefined): readonly PlatformFault[] {
  return list(errors).map(each => ({
    code: firstId(each, 'code', 'error_code'),
    title: text(field(each, 'title')) ?? text(field(each, 'message')),
    detail:
      text(at(each, 'error_data', 'details')) ?? text(field(each, 'details')) ?? text(field(each, 'message')),
  }));
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
