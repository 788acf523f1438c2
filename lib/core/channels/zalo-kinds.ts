/** Zalo's event names and what they are here. Source: developers.zalo.me, Official Account, "Webhook". */
import type { Direction, EventKind, Scope } from './message.ts';

export interface ZaloKind {
  readonly kind: EventKind;
  readonly direction: Direction;
  readonly scope: Scope;
}

/** Who speaks, by the beginning of the name; what is said is read from the message itself. */
const MESSAGE_PARTS =
  'text|image|photo|link|audio|voice|video|sticker|location|business_card|file|gif|list|template|contact|attachment|promotion|request_info|product';
const CUSTOMER = new RegExp(`^(?:user_send|anonymous_send|user_send_group)_(?:${MESSAGE_PARTS})$`);
const BUSINESS = new RegExp(`^(?:oa_send|oa_send_anonymous|oa_send_group)_(?:${MESSAGE_PARTS})$`);

const OTHERS: Readonly<Record<string, readonly [EventKind, Direction, Scope?]>> = {
  user_received_message: ['status', 'inbound'],
  user_seen_message: ['read', 'inbound'],
  user_reacted_message: ['reaction', 'inbound'],
  oa_reacted_message: ['reaction', 'outbound'],
  user_submit_info: ['form', 'inbound'],
  user_click_chatnow: ['membership', 'inbound'],
  user_click_button: ['button', 'inbound'],
  user_click_menu: ['button', 'inbound'],
  follow: ['membership', 'inbound'],
  unfollow: ['membership', 'inbound'],
  user_asking_product: ['referral', 'inbound'],
  shop_has_order: ['order', 'inbound'],
  user_feedback: ['comment', 'inbound'],
  oa_send_consent: ['consent', 'outbound'],
  user_reply_consent: ['consent', 'inbound'],
  user_grant_consent: ['consent', 'inbound'],
  user_revoke_consent: ['consent', 'inbound'],
  user_call_oa: ['call', 'inbound'],
  oa_call_user: ['call', 'outbound'],
  user_typing: ['typing', 'inbound'],
  user_deleted_message: ['delete', 'inbound'],
  user_undo_message: ['delete', 'inbound'],
  update_user_info: ['system', 'platform'],
  add_user_to_tag: ['system', 'platform'],
  remove_user_from_tag: ['system', 'platform'],
  user_tag_update: ['system', 'platform'],
  create_group: ['membership', 'platform', 'group'],
  delete_group: ['membership', 'platform', 'group'],
  user_join_group: ['membership', 'platform', 'group'],
  user_out_group: ['membership', 'platform', 'group'],
  user_request_join_group: ['query', 'inbound', 'group'],
  reject_request_join_group: ['membership', 'platform', 'group'],
  add_group_admin: ['membership', 'platform', 'group'],
  remove_group_admin: ['membership', 'platform', 'group'],
  update_group_info: ['membership', 'platform', 'group'],
  journey_time_out: ['system', 'platform'],
  journey_acknowledged: ['system', 'platform'],
  widget_interaction_accepted: ['consent', 'inbound'],
  widget_failed_to_sync_user_external_id: ['account', 'platform', 'account'],
  change_oa_daily_quota: ['account', 'platform', 'account'],
  change_oa_template_tags: ['account', 'platform', 'account'],
  change_template_quota: ['account', 'platform', 'account'],
  change_template_quality: ['account', 'platform', 'account'],
  change_template_status: ['account', 'platform', 'account'],
  extension_purchased: ['account', 'platform', 'account'],
  permission_revoked: ['account', 'platform', 'account'],
  oa_permission_revoked: ['account', 'platform', 'account'],
};

export function zaloKind(name: string): ZaloKind {
  if (CUSTOMER.test(name)) return { kind: 'text', direction: 'inbound', scope: 'direct' };
  if (BUSINESS.test(name)) return { kind: 'echo', direction: 'outbound', scope: 'direct' };
  const [kind, direction, scope] = Object.hasOwn(OTHERS, name)
    ? OTHERS[name]!
    : (['unsupported', 'platform'] as const);
  return { kind, direction, scope: scope ?? 'direct' };
}
