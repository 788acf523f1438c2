/**
 * Telegram Bot API updates.
 * Source: core.telegram.org/bots/api, "Update", "Message", "setWebhook". Times are in seconds. An update does not
 * name the bot that it is for: the account id comes from the webhook's address.
 */
import type { ChannelAdapter } from './adapter.ts';
import { noHandshake } from './adapter.ts';
import { toEvent, unsupported } from './event.ts';
import { field, firstId, flag, fromSeconds, list, object, text } from './fields.ts';
import type { Json } from './json.ts';
import type { EventKind, InboundEvent } from './message.ts';
import { ACCEPTED, headerOf, refused, sameSecret, usable } from './signature.ts';
import { nameOf, scopeOf } from './telegram-content.ts';
import { messageDraft, type TelegramDraft } from './telegram-message.ts';

type Reader = (part: Json, topic: string) => TelegramDraft;

export const telegram: ChannelAdapter = {
  channel: 'telegram',
  /** `X-Telegram-Bot-Api-Secret-Token` must equal the `secret_token` given to setWebhook. */
  verify: (_rawBody, headers, secrets) => {
    const tokens = usable(secrets.signing);
    if (tokens.length === 0) return refused('secret-missing');
    const received = headerOf(headers, 'x-telegram-bot-api-secret-token');
    if (!received) return refused('header-missing');
    // All are compared, so that time does not tell which one was close.
    return tokens.map(token => sameSecret(received, token)).includes(true) ? ACCEPTED : refused('mismatch');
  },
  handshake: noHandshake,
  normalize: (payload, accountId) => {
    // An update has at most one of the optional fields (Bot API, "Update").
    const topics = Object.keys(object(payload)).filter(name => name !== 'update_id');
    const topic = topics.find(name => Object.hasOwn(READERS, name));
    if (topic === undefined) return [unsupported('telegram', topics[0] ?? 'unknown', payload, accountId)];
    const part = field(payload, topic) as Json;
    return [event(topic, part, READERS[topic]!(part, topic), payload, accountId)];
  },
};

function event(
  topic: string,
  part: Json,
  draft: TelegramDraft,
  payload: Json,
  accountId?: string,
): InboundEvent {
  const updateId = firstId(payload, 'update_id');
  return toEvent({
    ...draft,
    channel: 'telegram',
    topic: draft.topic === undefined ? topic : `${topic}.${draft.topic}`,
    accountId: accountId ?? botOf(topic, part),
    // update_id restarts at random after a quiet week, hence the message's own ids beside it.
    identity: [updateId, topic, draft.threadId ?? '', draft.messageId ?? ''],
    item: payload,
    raw: payload,
  });
}

/** The two kinds of update that do name the bot. */
function botOf(topic: string, part: Json): string | undefined {
  const bot =
    topic === 'my_chat_member'
      ? field(field(part, 'new_chat_member'), 'user')
      : topic === 'callback_query'
        ? field(field(part, 'message'), 'from')
        : undefined;
  return flag(field(bot, 'is_bot')) ? firstId(bot, 'id') : undefined;
}

const received: Reader = part => messageDraft(part);
/** An edit keeps the message's id; a live location moves by edits too. */
const edited: Reader = part => {
  const draft = messageDraft(part);
  return {
    ...draft,
    kind: 'edit',
    topic: draft.kind,
    targetIds: draft.messageId === undefined ? undefined : [draft.messageId],
    occurredAtMs: fromSeconds(field(part, 'edit_date')) ?? draft.occurredAtMs,
  };
};

const READERS: Readonly<Record<string, Reader>> = {
  message: received,
  channel_post: received,
  business_message: received,
  // Asked in a chat that the bot is no member of: only answerGuestQuery may answer, a message may not.
  guest_message: part => ({
    ...messageDraft(part),
    ...by(part, 'from'),
    kind: 'query',
    direction: 'inbound',
    state: 'guest',
  }),
  edited_message: edited,
  edited_channel_post: edited,
  edited_business_message: edited,
  deleted_business_messages: part => ({
    ...around(part),
    kind: 'delete',
    targetIds: list(field(part, 'message_ids')).flatMap(each => firstId({ each }, 'each') ?? []),
  }),
  business_connection: part => ({
    ...by(part, 'user'),
    kind: 'account',
    scope: 'account',
    direction: 'platform',
    state: field(part, 'is_enabled') === false ? 'disabled' : 'enabled',
    messageId: firstId(part, 'id'),
    occurredAtMs: fromSeconds(field(part, 'date')),
  }),
  message_reaction: part => {
    const before = list(field(part, 'old_reaction'));
    const after = list(field(part, 'new_reaction'));
    const added = after.find(each => !before.some(other => reactionName(other) === reactionName(each)));
    const shown = added ?? (after.length === 0 ? before[0] : after.at(-1));
    return {
      ...by(part, 'user', 'actor_chat'),
      ...around(part),
      kind: 'reaction',
      targetIds: targets(part),
      reaction: {
        action: added !== undefined || after.length > before.length ? 'add' : 'remove',
        emoji: text(field(shown, 'emoji')),
        name: reactionName(shown),
      },
    };
  },
  message_reaction_count: part => ({
    ...around(part),
    kind: 'reaction',
    direction: 'platform',
    targetIds: targets(part),
    state: 'count',
  }),
  callback_query: part => {
    const shown = field(part, 'message');
    const payload = text(field(part, 'data')) ?? text(field(part, 'game_short_name'));
    return {
      ...by(part, 'from'),
      threadId: firstId(field(shown, 'chat'), 'id') ?? firstId(field(part, 'from'), 'id'),
      scope: scopeOf(field(shown, 'chat')),
      kind: 'button',
      messageId: firstId(part, 'id'),
      targetIds: targets(shown, part),
      content: { choice: { payload, title: buttonTitle(shown, payload) } },
    };
  },
  inline_query: asked('query'),
  chosen_inline_result: part => ({
    ...by(part, 'from'),
    kind: 'query',
    state: 'chosen',
    targetIds: targets(part),
    content: { text: text(field(part, 'query')), choice: { payload: text(field(part, 'result_id')) } },
  }),
  shipping_query: asked('invoice_payload'),
  pre_checkout_query: asked('invoice_payload'),
  purchased_paid_media: part => ({
    ...by(part, 'from'),
    kind: 'payment',
    state: 'paid',
    content: { choice: { payload: text(field(part, 'paid_media_payload')) } },
  }),
  poll: part => ({
    kind: 'poll',
    direction: 'platform',
    messageId: firstId(part, 'id'),
    state: flag(field(part, 'is_closed')) ? 'closed' : 'open',
    content: {
      poll: {
        id: firstId(part, 'id'),
        question: text(field(part, 'question')),
        options: list(field(part, 'options')).flatMap(each => text(field(each, 'text')) ?? []),
      },
    },
  }),
  poll_answer: part => ({
    ...by(part, 'user', 'voter_chat'),
    kind: 'poll',
    state: list(field(part, 'option_ids')).length === 0 ? 'retracted' : 'answered',
    content: {
      poll: {
        id: firstId(part, 'poll_id'),
        options: list(field(part, 'option_ids')).flatMap(each => firstId({ each }, 'each') ?? []),
      },
    },
  }),
  my_chat_member: part => memberChange(part),
  chat_member: part => memberChange(part),
  chat_join_request: part => ({ ...by(part, 'from'), ...around(part), kind: 'query', state: 'join_request' }),
  chat_boost: boost('boosted'),
  removed_chat_boost: boost('removed'),
  managed_bot: part => ({ ...by(part, 'user'), kind: 'account', scope: 'account', direction: 'platform' }),
};

function around(
  part: Json,
): Pick<TelegramDraft, 'threadId' | 'scope' | 'occurredAtMs'> & { customerId?: string } {
  const chat = field(part, 'chat');
  const scope = scopeOf(chat);
  const chatId = firstId(chat, 'id');
  const date = fromSeconds(field(part, 'date'));
  return {
    ...(scope === 'direct' && chatId !== undefined ? { customerId: chatId } : {}),
    threadId: chatId,
    scope,
    occurredAtMs: date,
  };
}

function by(
  part: Json,
  ...names: readonly string[]
): Pick<TelegramDraft, 'customerId' | 'customerName' | 'customerAliases'> {
  const user = names.map(name => field(part, name)).find(each => each !== undefined);
  const alias = text(field(user, 'username'));
  return {
    customerId: firstId(user, 'id'),
    customerName: nameOf(user),
    customerAliases: alias === undefined ? undefined : [`@${alias}`],
  };
}

function targets(...holders: readonly (Json | undefined)[]): readonly string[] {
  return holders.flatMap(each => firstId(each, 'message_id', 'inline_message_id') ?? []).slice(0, 1);
}

function reactionName(reaction: Json | undefined): string | undefined {
  return firstId(reaction, 'emoji', 'custom_emoji_id', 'type');
}

function asked(payloadField: string): Reader {
  return part => ({
    ...by(part, 'from'),
    kind: 'query',
    messageId: firstId(part, 'id'),
    content:
      payloadField === 'query'
        ? { text: text(field(part, 'query')) }
        : { choice: { payload: text(field(part, payloadField)) } },
  });
}

function boost(state: string): Reader {
  return part => ({
    ...around(part),
    ...by(field(field(part, 'boost') ?? part, 'source') ?? null, 'user'),
    kind: 'membership',
    direction: 'platform',
    state,
    occurredAtMs: fromSeconds(field(field(part, 'boost'), 'add_date') ?? field(part, 'remove_date')),
  });
}

/** Words of a chat member's status after the change: in a private chat it means follow or block. */
function memberChange(part: Json): TelegramDraft {
  const status = text(field(field(part, 'new_chat_member'), 'status'));
  const place = around(part);
  const gone = status === 'kicked' || status === 'left';
  const kind: EventKind = 'membership';
  return {
    ...by(part, 'from'),
    ...place,
    kind,
    state: place.scope === 'direct' ? (gone ? 'unfollow' : 'follow') : status,
  };
}

/** The words on the button that was pressed, as far as the update still shows its keyboard. */
function buttonTitle(message: Json | undefined, payload: string | undefined): string | undefined {
  const rows = list(field(field(message, 'reply_markup'), 'inline_keyboard'));
  const pressed = rows
    .flatMap(list)
    .find(each => payload !== undefined && field(each, 'callback_data') === payload);
  return text(field(pressed, 'text'));
}
