/** Agents by name and version. Everything here runs inside `withTenant`. */
import type { AgentManifest } from '../../contracts/agents.contracts.ts';
import type { Transaction } from '../database.ts';

export interface AgentRow {
  readonly version: number;
  readonly manifest: AgentManifest;
  readonly createdAt: string;
  /** Empty for versions from before it was written down. */
  readonly createdBy: string;
}

const COLUMNS = `version, manifest, to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "createdAt", created_by as "createdBy"`;

export async function findAgent(
  tx: Transaction,
  name: string,
  version: number | undefined,
): Promise<AgentRow | undefined> {
  const [row] = await tx.query<AgentRow>(
    `select ${COLUMNS} from agent_manifest where name = $1 and ($2::int is null or version = $2)
     order by version desc limit 1`,
    [name, version ?? null],
  );
  return row;
}

/** The newest version of each, the one that was declared first in front. */
export async function newestAgents(tx: Transaction, limit: number): Promise<readonly AgentRow[]> {
  return await tx.query<AgentRow>(
    `select ${COLUMNS} from (
       select distinct on (name) *, min(created_at) over (partition by name) as first_at
       from agent_manifest order by name, version desc
     ) newest order by first_at, name limit $1`,
    [limit],
  );
}

/** What serves: the version that the stage `production` points to, else the newest. In the order of `newestAgents`. */
export async function servingAgents(tx: Transaction, limit: number): Promise<readonly AgentRow[]> {
  return await tx.query<AgentRow>(
    `select ${COLUMNS} from (
       select distinct on (m.name) m.*, min(m.created_at) over (partition by m.name) as first_at
       from agent_manifest m
       left join (
         select distinct on (name) name, version from agent_stage where stage = 'production' order by name, change desc
       ) p on p.name = m.name
       order by m.name, (m.version = p.version) desc nulls last, m.version desc
     ) serving order by first_at, name limit $1`,
    [limit],
  );
}

/** Every version, the newest first. */
export async function agentVersions(
  tx: Transaction,
  name: string,
  limit: number,
): Promise<readonly AgentRow[]> {
  return await tx.query<AgentRow>(
    `select ${COLUMNS} from agent_manifest where name = $1 order by version desc limit $2`,
    [name, limit],
  );
}

/** The version that the stage points to; none when it points nowhere. */
export async function stagedAgent(
  tx: Transaction,
  name: string,
  stage: string,
): Promise<AgentRow | undefined> {
  const [row] = await tx.query<AgentRow>(
    `select ${COLUMNS} from agent_manifest where name = $1 and version =
       (select version from agent_stage where name = $1 and stage = $2 order by change desc limit 1)`,
    [name, stage],
  );
  return row;
}

export async function insertAgent(
  tx: Transaction,
  row: { tenantId: string; version: number; manifest: AgentManifest; by: string },
): Promise<void> {
  await tx.query(
    'insert into agent_manifest (tenant_id, name, version, manifest, created_by) values ($1, $2, $3, $4, $5)',
    [row.tenantId, row.manifest.name, row.version, JSON.stringify(row.manifest), row.by],
  );
}

/** One declaration of a tenant's agents at a time. */
export async function lockAgents(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('agents ' || $1, 0))", [tenantId]);
}
