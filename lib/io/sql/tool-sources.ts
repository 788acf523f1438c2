/** Where a tenant's tools come from, and its calls that must not run twice. Everything here runs inside `withTenant`. */
import type { StoredTool, ToolSource } from '../../core/tools/tool-source.ts';
import type { Transaction } from '../database.ts';

export interface SourceRow {
  readonly name: string;
  readonly source: ToolSource;
  readonly tools: readonly StoredTool[];
}

export async function listSources(tx: Transaction, limit: number): Promise<readonly SourceRow[]> {
  return await tx.query<SourceRow>('select name, source, tools from tool_source order by name limit $1', [
    limit,
  ]);
}

export async function putSource(tx: Transaction, tenantId: string, row: SourceRow): Promise<void> {
  await tx.query(
    `insert into tool_source (tenant_id, name, source, tools) values ($1, $2, $3, $4)
     on conflict (tenant_id, name) do update set source = excluded.source, tools = excluded.tools, updated_at = now()`,
    [tenantId, row.name, JSON.stringify(row.source), JSON.stringify(row.tools)],
  );
}

export async function deleteSource(tx: Transaction, name: string): Promise<boolean> {
  const rows = await tx.query('delete from tool_source where name = $1 returning name', [name]);
  return rows.length > 0;
}

/** False when a call with that key has been begun before. */
export async function beginToolCall(
  tx: Transaction,
  row: { tenantId: string; idempotencyKey: string; tool: string },
): Promise<boolean> {
  const rows = await tx.query(
    `insert into tool_call (tenant_id, idempotency_key, tool) values ($1, $2, $3)
     on conflict do nothing returning tool`,
    [row.tenantId, row.idempotencyKey, row.tool],
  );
  return rows.length > 0;
}

export async function endToolCall(
  tx: Transaction,
  idempotencyKey: string,
  { content, failed }: { content: string; failed: boolean },
): Promise<void> {
  await tx.query('update tool_call set content = $2, failed = $3 where idempotency_key = $1', [
    idempotencyKey,
    content,
    failed,
  ]);
}

export async function findToolCall(
  tx: Transaction,
  idempotencyKey: string,
): Promise<{ content: string | null; failed: boolean | null } | undefined> {
  const [row] = await tx.query<{ content: string | null; failed: boolean | null }>(
    'select content, failed from tool_call where idempotency_key = $1',
    [idempotencyKey],
  );
  return row;
}
