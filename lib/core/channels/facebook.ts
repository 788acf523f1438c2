/**
 * Messenger and Instagram messaging webhooks (the same Send/Receive API; `object` tells which).
 * Source: developers.facebook.com, Messenger Platform, Webhooks, "Webhook events reference"; Instagram Platform,
 * Webhooks. Times of `messaging` are in milliseconds; `timestamp` is the message's, `time` the delivery's.
 */
import { batched, type ChannelAdapter } from './adapter.ts';
import { unsupported } from './event.ts';
import { accountChange } from './facebook-change.ts';
import { callEvent, messagingEvent, tellsSomething } from './facebook-messaging.ts';
import { field, firstId, list, text } from './fields.ts';
import { isObject, type Json } from './json.ts';
import type { InboundEvent } from './message.ts';
import { handshakeMeta, type MetaChannel, metaEntries, reduced, verifyMeta } from './meta.ts';

/** Where an entry carries its events. `standby` is what another app answers while we listen. */
const CARRIERS = ['messaging', 'standby', 'changes', 'changed_fields', 'calls'] as const;

export const facebook: ChannelAdapter = {
  channel: 'facebook',
  verify: verifyMeta,
  handshake: handshakeMeta,
  normalize: batched(payload => {
    const channel = field(payload, 'object') === 'instagram' ? 'instagram' : 'facebook';
    const events = metaEntries(payload).flatMap(({ entry, wrap }) => {
      let first = true;
      const read = CARRIERS.flatMap(carrier =>
        list(field(entry, carrier)).map(item => {
          const raw = wrap(reduced(entry, CARRIERS, { [carrier]: [item] }, first));
          first = false;
          return itemEvent(channel, carrier, entry, item, raw);
        }),
      );
      return read.length > 0 ? read : [bareEntry(channel, payload, entry, wrap(entry))];
    });
    return events.length > 0 ? events : [unsupported(channel, topicOf(payload), payload)];
  }),
};

function itemEvent(
  channel: MetaChannel,
  carrier: (typeof CARRIERS)[number],
  entry: Json,
  item: Json,
  raw: Json,
): InboundEvent {
  if (carrier === 'calls') return callEvent(channel, entry, item, raw);
  const standby = carrier === 'standby' || field(item, 'field') === 'standby';
  if (carrier === 'messaging' || carrier === 'standby')
    return messagingEvent(channel, entry, item, raw, standby);
  // Instagram with its own login, and the test button of the app's console, put a messaging event into a value.
  const value = field(item, 'value') ?? null;
  return carrier === 'changes' && tellsSomething(value)
    ? messagingEvent(channel, entry, value, raw, standby)
    : accountChange(channel, entry, item, raw);
}

/** The references also show entries that are the change (`{id, time, field, value}`) or the event themselves. */
function bareEntry(channel: MetaChannel, payload: Json, entry: Json, raw: Json): InboundEvent {
  const value = field(entry, 'value');
  if (text(field(entry, 'field')) !== undefined && isObject(value))
    return accountChange(channel, entry, { field: field(entry, 'field') ?? null, value }, raw);
  return tellsSomething(entry)
    ? messagingEvent(channel, entry, entry, raw, false)
    : unsupported(channel, topicOf(payload), raw, firstId(entry, 'id'));
}

function topicOf(payload: Json): string {
  return text(field(payload, 'object')) ?? 'unknown';
}
