/**
 * One Telegram message: who, where, what.
 * Source: core.telegram.org/bots/api, "Message", "MessageOrigin", "Chat", "User".
 */
import type { EventDraft } from './event.ts';
import { compact, field, firstId, flag, fromSeconds, list, text } from './fields.ts';
import { isObject, type Json } from './json.ts';
import type { EventKind, InboundEvent, MessageContent } from './message.ts';
import { attachmentsOf, cardOf, nameOf, placeOf, scopeOf } from './telegram-content.ts';

export type TelegramDraft = Omit<
  EventDraft,
  'channel' | 'raw' | 'item' | 'accountId' | 'topic' | 'identity'
> & {
  readonly topic?: string;
};

/** Service messages: what the platform tells inside a chat. Bot API, "Message". */
const SERVICE: Readonly<Record<string, EventKind>> = {
  new_chat_members: 'membership',
  new_chat_member: 'membership',
  left_chat_member: 'membership',
  group_chat_created: 'membership',
  supergroup_chat_created: 'membership',
  channel_chat_created: 'membership',
  chat_owner_left: 'membership',
  chat_owner_changed: 'membership',
  new_chat_title: 'system',
  new_chat_photo: 'system',
  delete_chat_photo: 'system',
  message_auto_delete_timer_changed: 'system',
  migrate_to_chat_id: 'system',
  migrate_from_chat_id: 'system',
  pinned_message: 'system',
  connected_website: 'system',
  write_access_allowed: 'consent',
  passport_data: 'form',
  proximity_alert_triggered: 'system',
  boost_added: 'system',
  chat_background_set: 'system',
  checklist_tasks_done: 'system',
  checklist_tasks_added: 'system',
  direct_message_price_changed: 'system',
  paid_message_price_changed: 'system',
  forum_topic_created: 'system',
  forum_topic_edited: 'system',
  forum_topic_closed: 'system',
  forum_topic_reopened: 'system',
  general_forum_topic_hidden: 'system',
  general_forum_topic_unhidden: 'system',
  giveaway: 'system',
  giveaway_created: 'system',
  giveaway_winners: 'system',
  giveaway_completed: 'system',
  gift: 'payment',
  unique_gift: 'payment',
  gift_upgrade_sent: 'payment',
  suggested_post_approved: 'system',
  suggested_post_approval_failed: 'system',
  suggested_post_declined: 'system',
  suggested_post_paid: 'payment',
  suggested_post_refunded: 'payment',
  video_chat_scheduled: 'call',
  video_chat_started: 'call',
  video_chat_ended: 'call',
  video_chat_participants_invited: 'call',
  voice_chat_started: 'call',
  voice_chat_ended: 'call',
  managed_bot_created: 'system',
  poll_option_added: 'system',
  poll_option_deleted: 'system',
  invoice: 'payment',
  successful_payment: 'payment',
  refunded_payment: 'payment',
};

export function messageDraft(message: Json): TelegramDraft {
  const chat = field(message, 'chat');
  const chatId = firstId(chat, 'id');
  const topicId = firstId(message, 'message_thread_id');
  const scope = scopeOf(chat);
  // Who writes in the name of a chat has a made-up bot as `from` (Bot API, "Message", sender_chat).
  const asChat = field(message, 'sender_chat');
  const from = scope === 'group' && isObject(asChat) ? asChat : (field(message, 'from') ?? asChat);
  const said = saidBy(message);
  // In a private chat the chat's id is the customer's; another sender is the business (business accounts).
  const fromId = firstId(from, 'id');
  const own = scope === 'direct' && isObject(from) && chatId !== undefined && fromId !== chatId;
  const customer = own ? chat : (from ?? chat);
  const alias = text(field(customer, 'username'));
  return {
    kind: own && said.kind !== 'system' ? 'echo' : said.kind,
    topic: said.topic,
    customerId: firstId(customer, 'id'),
    customerName: nameOf(customer),
    customerAliases: alias === undefined ? undefined : [`@${alias}`],
    threadId:
      topicId === undefined || !flag(field(message, 'is_topic_message'))
        ? chatId
        : `${chatId ?? ''}/${topicId}`,
    scope,
    direction: own ? 'outbound' : said.kind === 'system' ? 'platform' : 'inbound',
    messageId: firstId(message, 'message_id'),
    occurredAtMs: fromSeconds(field(message, 'date')),
    content: said.content,
    state: said.state,
    referral: deepLinkOf(said),
    replyTo: replyOf(message),
    forwarded: forwardOf(message),
    // Two bots in one group would answer each other for ever; a channel's post is nobody's question.
    automatic:
      flag(field(from, 'is_bot')) || scope === 'channel' || flag(field(message, 'is_automatic_forward'))
        ? true
        : undefined,
  };
}

/** `t.me/bot?start=<parameter>` arrives as the command with that parameter. */
function deepLinkOf({ topic, content }: Said): TelegramDraft['referral'] {
  const parameter = topic === 'text' ? /^\/start ([\w-]{1,64})$/.exec(content?.text ?? '')?.[1] : undefined;
  return parameter === undefined ? undefined : { source: 'link', ref: parameter };
}

interface Said {
  readonly kind: EventKind;
  readonly topic: string;
  readonly content?: MessageContent | undefined;
  readonly state?: string;
}

function saidBy(message: Json): Said {
  const service = Object.keys(SERVICE).find(name => field(message, name) !== undefined);
  const words = text(field(message, 'text')) ?? text(field(message, 'caption'));
  if (service !== undefined)
    return {
      kind: SERVICE[service]!,
      topic: service,
      state: service,
      content: serviceContent(message, service),
    };
  const files = attachmentsOf(message);
  if (files.length > 0)
    return {
      kind: 'media',
      topic: files[0]!.topic,
      content: { text: words, attachments: files.map(each => each.file) },
    };
  const place = placeOf(message);
  if (place)
    return {
      kind: 'location',
      topic: field(message, 'venue') === undefined ? 'location' : 'venue',
      content: { text: words, location: place },
    };
  const contact = field(message, 'contact');
  if (isObject(contact))
    return { kind: 'contact', topic: 'contact', content: { contacts: [cardOf(contact)] } };
  const shared = ['users_shared', 'user_shared', 'chat_shared'].find(
    name => field(message, name) !== undefined,
  );
  if (shared !== undefined)
    return { kind: 'contact', topic: shared, content: { contacts: sharedCards(field(message, shared)) } };
  const form = field(message, 'web_app_data');
  if (isObject(form)) {
    const title = text(field(form, 'button_text'));
    return {
      kind: 'form',
      topic: 'web_app_data',
      content: { text: title, form: { name: title, values: field(form, 'data') ?? null } },
    };
  }
  return played(message, words);
}

function played(message: Json, words: string | undefined): Said {
  const name = ['poll', 'dice', 'game', 'checklist', 'story'].find(
    each => field(message, each) !== undefined,
  );
  const part = field(message, name ?? '');
  if (name === undefined) {
    if (words !== undefined) return { kind: 'text', topic: 'text', content: { text: words } };
    return { kind: 'unsupported', topic: 'unknown' };
  }
  if (name === 'story') {
    return {
      kind: 'media',
      topic: name,
      content: {
        attachments: [{ type: 'share', subtype: 'story', ...compact({ id: firstId(part, 'id') }) }],
      },
    };
  }
  const options = [...list(field(part, 'options')), ...list(field(part, 'tasks'))].flatMap(
    each => text(field(each, 'text')) ?? [],
  );
  return {
    kind: 'poll',
    topic: name,
    content: {
      text: words ?? text(field(part, 'emoji')),
      poll: {
        id: firstId(part, 'id'),
        question:
          text(field(part, 'question')) ?? text(field(part, 'title')) ?? text(field(part, 'description')),
        options: options.length > 0 ? options : [firstId(part, 'value')].flatMap(each => each ?? []),
      },
    },
  };
}

function serviceContent(message: Json, name: string): MessageContent | undefined {
  const part = field(message, name);
  const people = [
    ...(name === 'new_chat_members' ? list(part) : []),
    ...(name === 'left_chat_member' && part !== undefined ? [part] : []),
  ];
  const inner = name === 'pinned_message' ? text(field(part, 'text')) : undefined;
  return compact({
    text: text(part) ?? inner ?? text(field(part, 'name')) ?? text(field(part, 'title')),
    contacts: people.length > 0 ? people.map(cardOf) : undefined,
    attachments:
      name === 'new_chat_photo' ? attachmentsOf({ photo: part ?? [] }).map(each => each.file) : undefined,
    choice: { payload: text(field(part, 'invoice_payload')) ?? firstId({ part: part ?? null }, 'part') },
    order: { id: firstId(part, 'telegram_payment_charge_id') },
  });
}

function sharedCards(shared: Json | undefined): NonNullable<MessageContent['contacts']> {
  // `user_ids` before Bot API 7.1.
  const several = [
    ...list(field(shared, 'users')),
    ...list(field(shared, 'user_ids')).map(user_id => ({ user_id })),
  ];
  const people: readonly Json[] = several.length > 0 ? several : [shared ?? null];
  return people.map(each => ({
    ...compact({ name: nameOf(each), userId: firstId(each, 'user_id', 'chat_id') }),
  }));
}

function replyOf(message: Json): InboundEvent['replyTo'] {
  const given = field(message, 'reply_to_message') ?? field(message, 'external_reply');
  // Every message of a forum's topic names the topic's beginning so: it answers nobody.
  const reply = field(given, 'forum_topic_created') === undefined ? given : undefined;
  const story = field(message, 'reply_to_story');
  return compact({
    messageId: firstId(reply, 'message_id') ?? firstId(story, 'id'),
    text:
      text(field(field(message, 'quote'), 'text')) ??
      text(field(reply, 'text')) ??
      text(field(reply, 'caption')),
  });
}

/** `forward_origin` since Bot API 7.0; `forward_from` and its like before. */
function forwardOf(message: Json): InboundEvent['forwarded'] {
  const origin = field(message, 'forward_origin');
  const source =
    ['sender_user', 'sender_chat', 'chat'].map(name => field(origin, name)).find(isObject) ??
    field(message, 'forward_from') ??
    field(message, 'forward_from_chat');
  const name =
    text(field(origin, 'sender_user_name')) ?? text(field(message, 'forward_sender_name')) ?? nameOf(source);
  const forwarded =
    isObject(origin) ||
    isObject(source) ||
    field(message, 'forward_date') !== undefined ||
    name !== undefined;
  return forwarded ? { ...compact({ from: firstId(source, 'id'), name }), often: false } : undefined;
}
