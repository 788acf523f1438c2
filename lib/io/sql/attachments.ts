/** Files of messages. Everything here runs inside `withTenant`. */
import type { Attachment } from '../../contracts/chat.ts';
import type { Transaction } from '../database.ts';

export interface StoredAttachment extends Attachment {
  readonly owner: string;
  readonly conversationId: string | null;
}

const DESCRIBED = 'attachment_id as id, name, media_type as type, bytes';

/** Bytes of all files that the tenant keeps, and how many of this owner no message has named yet. */
export async function attachmentsKept(
  tx: Transaction,
  owner: string,
): Promise<{ readonly bytes: number; readonly unnamed: number }> {
  const [row] = await tx.query<{ bytes: string; unnamed: string }>(
    `select coalesce(sum(bytes), 0)::text as bytes,
       (count(*) filter (where conversation_id is null and owner = $1))::text as unnamed from attachment`,
    [owner],
  );
  return { bytes: Number(row!.bytes), unnamed: Number(row!.unnamed) };
}

export async function insertAttachment(
  tx: Transaction,
  row: Attachment & { tenantId: string; owner: string; content: Uint8Array; conversationId?: string },
): Promise<void> {
  await tx.query(
    `insert into attachment (tenant_id, attachment_id, owner, conversation_id, name, media_type, bytes, content)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [row.tenantId, row.id, row.owner, row.conversationId ?? null, row.name, row.type, row.bytes, row.content],
  );
}

/** What no message has named within a day. */
export async function sweepAttachments(tx: Transaction): Promise<void> {
  await tx.query(
    "delete from attachment where conversation_id is null and created_at < now() - interval '1 day'",
  );
}

/**
 * Gives the files to the conversation whose message names them. Only those of that owner, and none that belongs to
 * another conversation: those are missing from the answer.
 */
export async function claimAttachments(
  tx: Transaction,
  ids: readonly string[],
  owner: string,
  conversationId: string,
): Promise<Attachment[]> {
  return await tx.query<Attachment>(
    `update attachment set conversation_id = $3 where attachment_id = any($1::text[]) and owner = $2
       and (conversation_id is null or conversation_id = $3) returning ${DESCRIBED}`,
    [ids, owner, conversationId],
  );
}

/** A file by its id: one that was given to us, or one that came over a channel and has been fetched. */
export async function readAttachment(
  tx: Transaction,
  attachmentId: string,
): Promise<(StoredAttachment & { readonly content: Uint8Array }) | undefined> {
  const [row] = await tx.query<StoredAttachment & { content: Uint8Array }>(
    `select ${DESCRIBED}, owner, conversation_id as "conversationId", content from attachment where attachment_id = $1
     union all
     select media_id, coalesce(filename, type), coalesce(mime_type, 'application/octet-stream'), size_bytes, '', conversation_id, content
     from channel_media where media_id = $1 and state = 'stored'`,
    [attachmentId],
  );
  return row;
}

/**
 * Files that an agent names, given to its conversation: those that are there already, and those that a system of the
 * tenant (an API key) has given and no message has named.
 */
export async function claimForAgent(
  tx: Transaction,
  ids: readonly string[],
  conversationId: string,
): Promise<Attachment[]> {
  return await tx.query<Attachment>(
    `update attachment set conversation_id = $2 where attachment_id = any($1::text[])
       and (conversation_id = $2 or (conversation_id is null and owner like 'key\\_%')) returning ${DESCRIBED}`,
    [ids, conversationId],
  );
}

/** What is known of the text of these files. */
export async function textsOf(
  tx: Transaction,
  ids: readonly string[],
): Promise<readonly { readonly id: string; readonly said: string | null; readonly code: string | null }[]> {
  return await tx.query(
    'select attachment_id as id, said, code from attachment_text where attachment_id = any($1::text[])',
    [ids],
  );
}

export async function keepText(
  tx: Transaction,
  row: {
    readonly tenantId: string;
    readonly id: string;
    readonly conversationId: string;
    readonly said: string | null;
    readonly code: string | null;
  },
): Promise<void> {
  await tx.query(
    `insert into attachment_text (tenant_id, attachment_id, conversation_id, said, code) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [row.tenantId, row.id, row.conversationId, row.said, row.code],
  );
}
