/** Files and long texts between the gateway that takes them and what they are for. All but the sweep runs inside `withTenant`. */
import type { Database, Transaction } from '../database.ts';

export async function insertUpload(
  tx: Transaction,
  row: {
    readonly tenantId: string;
    readonly uploadId: string;
    readonly name: string;
    readonly mediaType: string;
    readonly body: Uint8Array;
  },
): Promise<void> {
  await tx.query(
    'insert into ingestion_upload (tenant_id, upload_id, name, media_type, body) values ($1, $2, $3, $4, $5)',
    [row.tenantId, row.uploadId, row.name, row.mediaType, row.body],
  );
}

/** Makes items of uploads, which go with it. Gives their names, fewer than asked for when some are not there. */
export async function moveUploads(
  tx: Transaction,
  ingestionId: string,
  uploadIds: readonly string[],
): Promise<string[]> {
  const rows = await tx.query<{ name: string }>(
    `with gone as (delete from ingestion_upload where upload_id = any ($2::text[]) returning tenant_id, upload_id, name, media_type, body)
     insert into ingestion_item (tenant_id, ingestion_id, ordinal, name, step, media_type, body)
     select tenant_id, $1, row_number() over (order by upload_id) - 1, name, 'index', media_type, body from gone
     returning name`,
    [ingestionId, uploadIds],
  );
  return rows.map(row => row.name);
}

/** A text that was kept on its way; gone with it. */
export async function takeUploadedText(tx: Transaction, uploadId: string): Promise<string | undefined> {
  const [row] = await tx.query<{ body: Uint8Array }>(
    'delete from ingestion_upload where upload_id = $1 returning body',
    [uploadId],
  );
  return row && Buffer.from(row.body).toString('utf8');
}

export async function dropOldUploads(database: Database): Promise<void> {
  await database.asJob('troupe_knowledge', tx => tx.query('delete from ingestion_upload'));
}
