/**
 * What must hold of any payload that was read. Deliberately knows nothing of how the readers work: it compares the
 * payload's leaves with the events' own.
 */
import { isDeepStrictEqual } from 'node:util';
import { field } from '../../../lib/core/channels/fields.ts';
import { isObject, type Json, parseNested } from '../../../lib/core/channels/json.ts';
import {
  CHANNELS,
  type Channel,
  EVENT_KINDS,
  type InboundEvent,
  startsTurn,
} from '../../../lib/core/channels/message.ts';
import { ADAPTERS } from '../../../lib/core/channels/registry.ts';

export interface Checked {
  readonly problems: readonly string[];
  readonly events: readonly InboundEvent[];
}

export function checkPayload(channel: Channel, payload: Json): Checked {
  let events: readonly InboundEvent[];
  try {
    events = ADAPTERS[channel].normalize(payload);
  } catch (error) {
    return { problems: [`threw ${String(error)}`], events: [] };
  }
  const problems = [
    ...(events.length === 0 ? ['no event'] : []),
    ...events.flatMap(shapeProblems),
    ...lostLeaves(payload, events).map(leaf => `lost ${leaf}`),
    ...events.flatMap(each => replayProblems(each)),
    ...keyProblems(events),
    ...missingFields(channel, payload, events).map(leaf => `not in the fields: ${leaf}`),
  ];
  return { problems, events };
}

function shapeProblems(event: InboundEvent): readonly string[] {
  return [
    ...(CHANNELS.includes(event.channel) ? [] : ['no channel']),
    ...(EVENT_KINDS.includes(event.kind) ? [] : [`kind ${event.kind}`]),
    ...(event.dedupeKey.length > 0 && event.dedupeKey.length <= 300 ? [] : ['no key']),
    ...(event.topic === '' ? ['no topic'] : []),
    ...(event.raw === undefined ? ['no raw'] : []),
    ...(startsTurn(event) && (event.customerId ?? event.threadId) === null ? ['nobody to answer'] : []),
    ...(isDeepStrictEqual(JSON.parse(JSON.stringify(event)), event) ? [] : ['does not survive JSON']),
  ];
}

/** An event's raw is a payload of its own: read again, it is the same event. */
function replayProblems(event: InboundEvent): readonly string[] {
  const again = ADAPTERS[event.channel].normalize(event.raw, event.accountId ?? undefined);
  const { raw: _, ...wanted } = event;
  const { raw: __, ...found } = again[0] ?? { raw: null };
  return again.length === 1 && isDeepStrictEqual(found, wanted)
    ? []
    : [`${event.topic} does not replay from its raw`];
}

/** Two events of one payload with one key would lose one of them. */
function keyProblems(events: readonly InboundEvent[]): readonly string[] {
  const keys = new Map<string, InboundEvent>();
  return events.flatMap(event => {
    const other = keys.get(event.dedupeKey);
    keys.set(event.dedupeKey, event);
    return other !== undefined && !isDeepStrictEqual(other.raw, event.raw)
      ? [`key ${event.dedupeKey} twice`]
      : [];
  });
}

/** Paths (array positions as []) with values that no event's raw has. */
export function lostLeaves(payload: Json, events: readonly InboundEvent[]): readonly string[] {
  const kept = new Set(events.flatMap(each => leavesOf(each.raw).map(leafName)));
  return leavesOf(payload)
    .map(leafName)
    .filter(leaf => !kept.has(leaf));
}

interface Leaf {
  readonly path: string;
  readonly value: Json;
}

function leafName({ path, value }: Leaf): string {
  return `${path} = ${JSON.stringify(value)}`;
}

/** Scalars, and arrays and objects that are empty. */
function leavesOf(value: Json, path = ''): readonly Leaf[] {
  if (Array.isArray(value) && value.length > 0) {
    return (value as readonly Json[]).flatMap(each => leavesOf(each, `${path}[]`));
  }
  if (isObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([name, each]) =>
      leavesOf(each, path === '' ? name : `${path}.${name}`),
    );
  }
  return [{ path, value }];
}

const META_MESSAGING = [
  /^entry\[\]\.id$/,
  /\.message\.(?:mid|text)$/,
  /\.message\.quick_reply\.payload$/,
  /\.message\.reply_to\.mid$/,
  /\.message\.attachments\[\]\.payload\.(?:url|coordinates\.(?:lat|long))$/,
  /\.message_edit\.(?:mid|text)$/,
  /\.postback\.(?:mid|title|payload)$/,
  /\.reaction\.(?:mid|emoji)$/,
  /\.read\.(?:mid|watermark)$/,
  /\.delivery\.(?:mids\[\]|watermark)$/,
  /\.(?:referral|optin|postback\.referral)\.ref$/,
  /changes\[\]\.value\.(?:comment_id|message|from\.id|leadgen_id|review_text)$/,
];
const TELEGRAM_MESSAGE =
  '^(?:edited_)?(?:business_)?(?:message|channel_post|guest_message)\\.(?:message_id|chat\\.id|text|caption|reply_to_message\\.message_id|' +
  '(?:video|audio|voice|animation|sticker|video_note)\\.file_id|location\\.(?:latitude|longitude)|venue\\.(?:title|address)|contact\\.phone_number|' +
  'new_chat_members\\[\\]\\.id|poll\\.question|web_app_data\\.data|successful_payment\\.invoice_payload)$';

/** Where the platforms document texts and identifiers: their values have to be among an event's own fields. */
const DOCUMENTED: Readonly<Partial<Record<Channel, readonly RegExp[]>>> = {
  facebook: META_MESSAGING,
  instagram: META_MESSAGING,
  whatsapp: [
    /\.metadata\.phone_number_id$/,
    /\.(?:messages|message_echoes)\[\]\.(?:id|from_user_id|group_id)$/,
    /\.value\.messages\[\]\.from$/,
    /\.message_echoes\[\]\.to$/,
    /\[\]\.(?:text\.body|button\.(?:text|payload)|context\.id|reaction\.(?:emoji|message_id)|order\.(?:catalog_id|text))$/,
    /\[\]\.(?:image|video|audio|document|sticker)\.(?:id|caption|filename|mime_type)$/,
    /\[\]\.(?:edit|revoke)\.original_message_id$/,
    /\[\]\.interactive\.\w+\.(?:id|title|description)$/,
    /\[\]\.location\.(?:latitude|longitude|name|address)$/,
    /\[\]\.contacts\[\]\.(?:name\.formatted_name|phones\[\]\.phone|emails\[\]\.email)$/,
    /\[\]\.product_items\[\]\.(?:product_retailer_id|quantity|item_price|currency)$/,
    /\.(?:messages|statuses)\[\]\.errors\[\]\.(?:code|title)$/,
    /\.messages\[\]\.system\.body$/,
    /\.messages\[\]\.referral\.(?:source_id|headline|body|source_url|ctwa_clid)$/,
    /\.statuses\[\]\.(?:id|recipient_id|biz_opaque_callback_data)$/,
    /\.value\.(?:message_template_name|message_template_id)$/,
    /\.user_preferences\[\]\.(?:wa_id|value)$/,
    /\.calls\[\]\.(?:id|event)$/,
  ],
  telegram: [
    new RegExp(TELEGRAM_MESSAGE),
    /^callback_query\.(?:id|data|from\.id)$/,
    /^(?:inline_query|chosen_inline_result)\.query$/,
    /^message_reaction\.(?:message_id|chat\.id|user\.id)$/,
    /^(?:my_)?chat_member\.(?:chat\.id|from\.id)$/,
    /^deleted_business_messages\.(?:chat\.id|message_ids\[\])$/,
    /^poll\.(?:id|question)$/,
    /^poll_answer\.(?:poll_id|user\.id)$/,
  ],
  zalo: [
    /^(?:sender|follower)\.id$/,
    /^oa_id$/,
    /^message\.(?:text|msg_id|quote_msg_id|react_icon|msg_ids\[\])$/,
    /^message\.attachments\[\]\.payload\.(?:url|coordinates\.(?:latitude|longitude))$/,
  ],
  tiktok: [
    /^user_openid$/,
    /^content\.(?:message_id|conversation_id)$/,
    /^content\.(?:text\.body|image\.media_id|share_post\.embed_url)$/,
    /^content\.referenced_message_info\.referenced_message_id$/,
    /^content\.read\.last_read_timestamp$/,
  ],
};

/** Documented values that are in no known event's fields. A payload with something unknown in it is not judged. */
function missingFields(channel: Channel, payload: Json, events: readonly InboundEvent[]): readonly string[] {
  if (events.some(each => each.kind === 'unsupported')) return [];
  const content = field(payload, 'content');
  const inner = channel === 'tiktok' && typeof content === 'string' ? parseNested(content) : undefined;
  const whole = inner === undefined ? payload : { ...(payload as object), content: inner };
  const told = new Set(
    events
      .flatMap(({ raw: _, ...fields }) => leavesOf(fields as unknown as Json))
      .map(each => String(each.value)),
  );
  // A topic of a group chat is a conversation of its own: `chat/topic`.
  for (const { threadId } of events) for (const part of threadId?.split('/') ?? []) told.add(part);
  return leavesOf(whole)
    .filter(
      ({ path, value }) =>
        value !== null &&
        value !== '' &&
        typeof value !== 'object' &&
        DOCUMENTED[channel]?.some(each => each.test(path)),
    )
    .filter(({ value }) => !told.has(String(value)) && !told.has(String(Number(value))))
    .map(leafName);
}
