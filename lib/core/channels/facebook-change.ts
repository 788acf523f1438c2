/**
 * Changes around a page: feed, comments, mentions, ratings, leads, settings.
 * Source: Graph API, Webhooks reference, "Page", "Instagram", "User", "Permissions". Either `changes: [{field,
 * value}]` or, without values, `changed_fields: [name]`.
 */

import type { EventDraft } from './event.ts';
import { toEvent } from './event.ts';
import { accountFields } from './facebook-fields.ts';
import { compact, field, firstId, fromEither, id, list, text } from './fields.ts';
import type { Json } from './json.ts';
import type { EventKind, InboundEvent, MessageContent } from './message.ts';
import type { MetaChannel } from './meta.ts';

/** Fields whose value is something that a person said or did in public. */
const PUBLIC: Readonly<Record<string, EventKind>> = {
  feed: 'comment',
  comments: 'comment',
  live_comments: 'comment',
  mention: 'comment',
  mentions: 'comment',
  ratings: 'comment',
  group_feed: 'comment',
  leadgen: 'form',
  lead_generation: 'form',
};

export function accountChange(channel: MetaChannel, entry: Json, item: Json, raw: Json): InboundEvent {
  const topic = text(item) ?? text(field(item, 'field')) ?? 'unknown';
  const value = field(item, 'value');
  const common = {
    channel,
    accountId: firstId(entry, 'id'),
    topic: `changes.${topic}`,
    occurredAtMs: fromEither(field(value, 'created_time')) ?? fromEither(field(entry, 'time')),
    item: [
      firstId(entry, 'id') ?? null,
      item,
      typeof item === 'string' ? (firstId(entry, 'time') ?? null) : null,
    ],
    raw,
  };
  const open = Object.hasOwn(PUBLIC, topic) ? PUBLIC[topic] : undefined;
  // Without a value it is only said that something of the field changed.
  const kind = value === undefined ? undefined : open;
  if (kind !== undefined) return toEvent({ ...common, ...said(kind, topic, value, common.accountId) });
  return toEvent({
    ...common,
    kind: open !== undefined || accountFields.has(topic) ? 'account' : 'unsupported',
    scope: 'account',
    direction: 'platform',
    state: text(field(value, 'verb')) ?? text(field(value, 'event')) ?? text(value),
    identity: [],
  });
}

type Said = Pick<EventDraft, 'kind' | 'identity'> & Partial<EventDraft>;

function said(kind: EventKind, topic: string, value: Json | undefined, accountId: string | undefined): Said {
  const author = field(value, 'from');
  const authorId = firstId(author, 'id') ?? firstId(value, 'sender_id', 'reviewer_id', 'user_id');
  const itemName = text(field(value, 'item'));
  const reacted = itemName === 'reaction' || itemName === 'like';
  const own = reacted
    ? undefined
    : firstId(value, 'comment_id', 'id', 'leadgen_id', 'open_graph_story_id', 'post_id');
  const verb = text(field(value, 'verb'));
  const liked = reacted ? firstId(value, 'comment_id', 'post_id') : undefined;
  const parent =
    liked ??
    firstId(value, 'parent_id') ??
    firstId(field(value, 'media'), 'id') ??
    firstId(value, 'media_id', 'post_id');
  const removed = verb === 'remove' || verb === 'delete';
  return {
    kind: reacted ? 'reaction' : kind,
    scope: 'public',
    direction: authorId !== undefined && authorId === accountId ? 'outbound' : 'inbound',
    customerId: authorId,
    customerName:
      text(field(author, 'name')) ??
      text(field(author, 'username')) ??
      text(field(value, 'sender_name')) ??
      text(field(value, 'reviewer_name')),
    threadId: firstId(value, 'post_id') ?? parent,
    messageId: own,
    targetIds: parent !== undefined && parent !== own ? [parent] : undefined,
    state: verb ?? itemName,
    content: contentOf(kind, value),
    reaction: reacted
      ? { action: removed ? 'remove' : 'add', name: text(field(value, 'reaction_type')) ?? itemName }
      : undefined,
    // A comment edited twice has the same id and verb: the time tells the two apart.
    identity:
      own === undefined
        ? []
        : [
            topic,
            own,
            verb ?? '',
            id(field(value, 'created_time')) ?? '',
            text(field(value, 'message')) ?? '',
          ],
  };
}

function contentOf(kind: EventKind, value: Json | undefined): MessageContent | undefined {
  const photo = text(field(value, 'photo')) ?? text(field(value, 'video')) ?? text(field(value, 'link'));
  const album = list(field(value, 'photos')).flatMap(each => text(each) ?? []);
  return compact({
    text: text(field(value, 'message')) ?? text(field(value, 'text')) ?? text(field(value, 'review_text')),
    attachments:
      photo === undefined
        ? album.length > 0
          ? album.map(url => ({ type: 'image', url }))
          : undefined
        : [{ type: field(value, 'photo') ? 'image' : field(value, 'video') ? 'video' : 'link', url: photo }],
    form: kind === 'form' ? { name: firstId(value, 'form_id'), values: value ?? null } : undefined,
  });
}
