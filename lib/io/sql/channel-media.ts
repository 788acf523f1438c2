/** Files that customers sent: named with the message, taken to be fetched, kept, read in parts. */
import type { Database, Transaction } from '../database.ts';

export interface NamedMedia {
  readonly mediaId: string;
  readonly source: string;
  readonly type: string;
  readonly filename: string | null;
  readonly mimeType: string | null;
}

/** `laterMs`: whoever names them fetches them first; the worker takes what is left after so long. */
export async function nameMedia(
  tx: Transaction,
  of: { readonly tenantId: string; readonly conversationId: string; readonly accountId: string },
  media: readonly NamedMedia[],
  laterMs: number,
): Promise<void> {
  if (media.length === 0) return;
  await tx.query(
    `insert into channel_media (tenant_id, media_id, conversation_id, account_id, source, type, filename, mime_type, due_at)
     select $1, r.media_id, $2, $3, r.source, r.type, r.filename, r.mime_type, now() + make_interval(secs => $9 / 1000.0)
     from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) as r(media_id, source, type, filename, mime_type)
     on conflict do nothing`,
    [
      of.tenantId,
      of.conversationId,
      of.accountId,
      media.map(m => m.mediaId),
      media.map(m => m.source),
      media.map(m => m.type),
      media.map(m => m.filename),
      media.map(m => m.mimeType),
      laterMs,
    ],
  );
}

export interface MediaRow {
  readonly tenantId: string;
  readonly mediaId: string;
  readonly accountId: string;
  readonly source: string;
  readonly attempts: number;
  /** As the platform says. */
  readonly mimeType: string | null;
}

/** Of these files those that are still to be fetched. */
export async function waitingMedia(
  tx: Transaction,
  mediaIds: readonly string[],
): Promise<readonly MediaRow[]> {
  return await tx.query<MediaRow>(
    `select tenant_id as "tenantId", media_id as "mediaId", account_id as "accountId", source, attempts, mime_type as "mimeType"
     from channel_media where media_id = any ($1::text[]) and state = 'waiting'`,
    [mediaIds],
  );
}

/** Takes what is due; what is taken comes again after a while unless it is settled. */
export async function takeMedia(
  database: Database,
  limit: number,
  leaseMs: number,
): Promise<readonly MediaRow[]> {
  return await database.statement<MediaRow>(
    'troupe_channels',
    'channel_media_take',
    `update channel_media m set attempts = attempts + 1, due_at = now() + make_interval(secs => $2 / 1000.0)
     from (
       select tenant_id, media_id from channel_media where state = 'waiting' and due_at <= now()
       order by due_at limit $1 for update skip locked
     ) as t
     where m.tenant_id = t.tenant_id and m.media_id = t.media_id
     returning m.tenant_id as "tenantId", m.media_id as "mediaId", m.account_id as "accountId", m.source, m.attempts,
       m.mime_type as "mimeType"`,
    [limit, leaseMs],
  );
}

export async function keepMedia(
  tx: Transaction,
  mediaId: string,
  { content, mimeType }: { content: Buffer; mimeType: string },
): Promise<void> {
  await tx.query(
    `update channel_media set state = 'stored', content = $2, size_bytes = $3, mime_type = $4,
       source = '{}', code = null where media_id = $1`,
    [mediaId, content, content.length, mimeType],
  );
}

export async function settleMedia(
  tx: Transaction,
  mediaId: string,
  { state, code, againMs }: { state: 'waiting' | 'refused' | 'dead'; code: string; againMs: number },
): Promise<void> {
  await tx.query(
    `update channel_media set state = $2, code = $3, due_at = now() + make_interval(secs => $4 / 1000.0)
     where media_id = $1 and state = 'waiting'`,
    [mediaId, state, code, againMs],
  );
}

export interface ListedMedia {
  readonly mediaId: string;
  readonly type: string;
  readonly filename: string | null;
  readonly mimeType: string | null;
  readonly sizeBytes: number | null;
  readonly state: 'waiting' | 'stored' | 'refused' | 'dead';
  readonly code: string | null;
  readonly receivedAt: Date;
}

const LISTED = `media_id as "mediaId", type, filename, mime_type as "mimeType", size_bytes as "sizeBytes", state, code,
  received_at as "receivedAt"`;

export async function mediaOfConversation(
  tx: Transaction,
  conversationId: string,
  limit: number,
): Promise<readonly ListedMedia[]> {
  return await tx.query<ListedMedia>(
    `select ${LISTED} from channel_media where conversation_id = $1 order by received_at, media_id limit $2`,
    [conversationId, limit],
  );
}

/** These files, in the order of their message. */
export async function describeMedia(
  tx: Transaction,
  mediaIds: readonly string[],
): Promise<readonly ListedMedia[]> {
  return await tx.query<ListedMedia>(
    `select ${LISTED} from channel_media where media_id = any ($1::text[]) order by array_position($1::text[], media_id)`,
    [mediaIds],
  );
}

export interface MediaPart {
  readonly filename: string | null;
  readonly mimeType: string | null;
  readonly sizeBytes: number;
  readonly part: string;
}

/** So many bytes from an offset on, as base64. */
export async function partOfMedia(
  tx: Transaction,
  mediaId: string,
  offset: number,
  bytes: number,
): Promise<MediaPart | undefined> {
  const [row] = await tx.query<MediaPart>(
    `select filename, mime_type as "mimeType", size_bytes as "sizeBytes",
       encode(substring(content from $2::int + 1 for $3::int), 'base64') as part
     from channel_media where media_id = $1 and state = 'stored'`,
    [mediaId, offset, bytes],
  );
  return row;
}
