/** How far each side of a conversation has read. */
import type { Transaction } from '../database.ts';

export async function putReadMark(
  tx: Transaction,
  tenantId: string,
  {
    conversationId,
    reader,
    seq,
  }: { readonly conversationId: string; readonly reader: 'customer' | 'person'; readonly seq?: number },
): Promise<{ customer: number; person: number }> {
  if (seq !== undefined)
    await tx.query(
      `insert into conversation_read as r (tenant_id, conversation_id, reader, seq) values ($1, $2, $3, $4)
       on conflict (tenant_id, conversation_id, reader) do update set seq = excluded.seq, at = now() where r.seq < excluded.seq`,
      [tenantId, conversationId, reader, seq],
    );
  const rows = await tx.query<{ reader: 'customer' | 'person'; seq: number }>(
    'select reader, seq::float8 as seq from conversation_read where conversation_id = $1',
    [conversationId],
  );
  const marks = { customer: 0, person: 0 };
  for (const row of rows) marks[row.reader] = row.seq;
  return marks;
}
