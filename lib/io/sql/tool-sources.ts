/** Where a tenant's tools come from, and its calls that must not run twice. Everything here runs inside `withTenant`. */
import type { StoredTool, ToolSource } from '../../core/tools/tool-source.ts';
import type { Transaction } from '../database.ts';

export interface SourceRow {
  readonly name: string;
  readonly version: number;
  readonly source: ToolSource;
  readonly tools: readonly StoredTool[];
}

export interface SourceVersion extends SourceRow {
  readonly createdAt: string;
  readonly createdBy: string;
}

const ROW = 'name, version, source, tools';
const VERSION = `${ROW}, to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "createdAt", created_by as "createdBy"`;
/** Versions since the source was last removed: those before count no more. */
const LIVE = `(
  select s.* from tool_source s where not s.removed and s.version > coalesce(
    (select max(r.version) from tool_source r where r.name = s.name and r.removed), 0)
) live`;
const pointed = (stage: 'staging' | 'production') =>
  `(select distinct on (name) name, version from tool_stage where stage = '${stage}' order by name, change desc)`;

/**
 * What serves of each source: the version that the stage \`production\` points to, else the newest. For an agent in the
 * version that its own \`staging\` points to and \`production\` does not, \`staging\` comes first.
 */
export async function servingSources(
  tx: Transaction,
  limit: number,
  agent?: { readonly name: string; readonly version: number },
): Promise<readonly SourceRow[]> {
  return await tx.query<SourceRow>(
    `with staged as (
       select distinct on (stage) stage, version from agent_stage where name = $2 order by stage, change desc
     ), trial as (
       select exists (select from staged where stage = 'staging' and version = $3)
          and not exists (select from staged where stage = 'production' and version = $3) as on
     )
     select distinct on (live.name) live.name, live.version, live.source, live.tools
     from ${LIVE} cross join trial
     left join ${pointed('staging')} s on trial.on and s.name = live.name
     left join ${pointed('production')} p on p.name = live.name
     order by live.name, (live.version = s.version) desc nulls last, (live.version = p.version) desc nulls last,
       live.version desc
     limit $1`,
    [limit, agent?.name ?? '', agent?.version ?? 0],
  );
}

/** The newest version of each source. */
export async function newestSources(tx: Transaction, limit: number): Promise<readonly SourceRow[]> {
  return await tx.query<SourceRow>(
    `select distinct on (name) ${ROW} from ${LIVE} order by name, version desc limit $1`,
    [limit],
  );
}

export async function findSource(
  tx: Transaction,
  name: string,
  version: number | undefined,
): Promise<SourceVersion | undefined> {
  const [row] = await tx.query<SourceVersion>(
    `select ${VERSION} from ${LIVE} where name = $1 and ($2::int is null or version = $2)
     order by version desc limit 1`,
    [name, version ?? null],
  );
  return row;
}

/** Every version since the source was last removed, the newest first. */
export async function sourceVersions(
  tx: Transaction,
  name: string,
  limit: number,
): Promise<readonly SourceVersion[]> {
  return await tx.query<SourceVersion>(
    `select ${VERSION} from ${LIVE} where name = $1 order by version desc limit $2`,
    [name, limit],
  );
}

/** One change of a tenant's sources at a time. */
export async function lockSources(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('tools ' || $1, 0))", [tenantId]);
}

/** Writes the next version, which is returned; \`removed\` ends the source. */
export async function insertSource(
  tx: Transaction,
  row: {
    readonly tenantId: string;
    readonly name: string;
    readonly source: ToolSource;
    readonly tools: readonly StoredTool[];
    readonly removed?: true;
    readonly by: string;
  },
): Promise<number> {
  const [written] = await tx.query<{ version: number }>(
    `insert into tool_source (tenant_id, name, version, source, tools, removed, created_by)
     values ($1, $2, 1 + coalesce((select max(version) from tool_source where name = $2), 0), $3, $4, $5, $6)
     returning version`,
    [
      row.tenantId,
      row.name,
      JSON.stringify(row.source),
      JSON.stringify(row.tools),
      row.removed ?? false,
      row.by,
    ],
  );
  return written!.version;
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
