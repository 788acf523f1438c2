/**
 * WhatsApp changes that carry no list of items: templates, quality, limits, reviews, hand-overs, groups.
 * Source: WhatsApp Business Platform, Webhooks, "Fields".
 */

import { toEvent } from './event.ts';
import { at, field, firstId, fromEither, text } from './fields.ts';
import type { Json } from './json.ts';
import type { EventKind, InboundEvent } from './message.ts';

/** What is common to the items of one change. */
export interface Place {
  readonly accountId: string | undefined;
  readonly field: string;
  readonly value: Json;
  readonly entry: Json;
}

const FIELDS: Readonly<Record<string, EventKind>> = {
  account_alerts: 'account',
  account_review_update: 'account',
  account_settings_update: 'account',
  account_update: 'account',
  automatic_events: 'account',
  business_capability_update: 'account',
  business_status_update: 'account',
  business_username_update: 'account',
  business_username_updates: 'account',
  campaign_status_update: 'account',
  flows: 'account',
  group_lifecycle_update: 'membership',
  group_participants_update: 'membership',
  group_settings_update: 'membership',
  group_status_update: 'membership',
  message_template_components_update: 'account',
  message_template_quality_update: 'account',
  message_template_status_update: 'account',
  messaging_handovers: 'handover',
  partner_solutions: 'account',
  payment_configuration_update: 'account',
  phone_number_name_update: 'account',
  phone_number_quality_update: 'account',
  phone_number_settings_update: 'account',
  security: 'account',
  smb_app_state_sync: 'account',
  standby: 'handover',
  template_category_update: 'account',
  template_correct_category_detection: 'account',
  template_performance_metrics: 'account',
  tracking_events: 'account',
  user_id_update: 'system',
};

export function accountUpdate({ accountId, field: topic, value, entry }: Place, raw: Json): InboundEvent {
  const known = Object.hasOwn(FIELDS, topic);
  const customerId = firstId(field(value, 'sender'), 'phone_number', 'user_id') ?? firstId(value, 'wa_id');
  return toEvent({
    channel: 'whatsapp',
    kind: known ? FIELDS[topic]! : 'unsupported',
    topic,
    accountId,
    customerId,
    scope: customerId === undefined ? 'account' : 'direct',
    direction: 'platform',
    state: firstText(
      value,
      'event',
      'new_quality_score',
      'new_category',
      'decision',
      'current_limit',
      'status',
      'control_passed',
      'type',
    ),
    content: {
      text: firstText(
        value,
        'message_template_name',
        'message_template_title',
        'requested_verified_name',
        'alert_description',
        'message',
      ),
      choice: { payload: firstId(value, 'message_template_id', 'flow_id', 'ad_id', 'display_phone_number') },
    },
    faults: [
      {
        detail:
          firstText(value, 'reason', 'rejection_reason') ??
          text(at(value, 'violation_info', 'violation_type')),
      },
    ],
    occurredAtMs: fromEither(field(value, 'timestamp')) ?? fromEither(field(entry, 'time')),
    // The delivery's time is part of it: the same template may be approved, paused and approved again.
    identity: [],
    item: [firstId(entry, 'id') ?? null, firstId(entry, 'time') ?? null, topic, value],
    raw,
  });
}

function firstText(value: Json, ...names: readonly string[]): string | undefined {
  return names.map(name => text(field(value, name))).find(each => each !== undefined);
}
