/**
 * Whether a customer wants to be told things that nobody asked for: what platforms report when somebody stops
 * notices, unfollows, blocks or complains, and when they take that back. What a customer writes is answered all the same.
 */
import type { InboundEvent } from './message.ts';

/**
 * By the platforms' own words, in small letters: WhatsApp `user_preferences` (stop, resume), Messenger `optin`
 * (`notification_messages_status`), Zalo's event names, a Telegram chat that is blocked or begun again, and mail
 * providers' reports.
 */
const WISHES: Readonly<Record<string, 'refused' | 'welcome'>> = {
  stop: 'refused',
  stop_notifications: 'refused',
  unfollow: 'refused',
  user_revoke_consent: 'refused',
  unsubscribed: 'refused',
  complained: 'refused',
  resume: 'welcome',
  resume_notifications: 'welcome',
  opt_in: 'welcome',
  follow: 'welcome',
  user_grant_consent: 'welcome',
};

/** Undefined when the event says nothing about it, by its state or the name that its platform gives it. Groups are nobody's own wish. */
export function unaskedWish({
  kind,
  topic,
  state,
  scope,
  customerId,
}: Pick<InboundEvent, 'kind' | 'topic' | 'state' | 'scope' | 'customerId'>):
  | 'refused'
  | 'welcome'
  | undefined {
  if ((kind !== 'consent' && kind !== 'membership') || !customerId || scope === 'group') return undefined;
  const word = [state, topic].find(each => each !== undefined && Object.hasOwn(WISHES, each.toLowerCase()));
  return word === undefined ? undefined : WISHES[word.toLowerCase()];
}
