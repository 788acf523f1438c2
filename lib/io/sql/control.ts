/** Flags, configs and stages, each change a row. Everything here runs inside `withTenant`. */
import type { FlagDefinition } from '../../core/flags/evaluate.ts';
import type { Transaction } from '../database.ts';

interface Change {
  readonly version: number;
  readonly changedAt: string;
  readonly changedBy: string;
}

export interface FlagRow extends Change {
  readonly key: string;
  readonly definition: FlagDefinition | null;
}

export interface ConfigRow extends Change {
  readonly environment: string;
  readonly key: string;
  readonly value: string | null;
  readonly secret: boolean;
}

export interface StageRow extends Change {
  readonly stage: 'staging' | 'production';
  readonly change: number;
}

/** What is kept in versions and promoted through stages: the table of its stages. */
export const REGISTRIES = { agent: 'agent_stage', tool: 'tool_stage' } as const;
export type RegistryKind = keyof typeof REGISTRIES;

const CHANGED = `to_char(changed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "changedAt", changed_by as "changedBy"`;
const FLAG = `key, version, definition, ${CHANGED}`;
const CONFIG = `environment, key, version, value, secret, ${CHANGED}`;

/** Changes of one tenant's control plane come one after the other, and each counts its version up. */
export async function countChange(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query(
    `insert into control_version (tenant_id, version) values ($1, 1)
     on conflict (tenant_id) do update set version = control_version.version + 1`,
    [tenantId],
  );
}

export async function readVersion(tx: Transaction): Promise<number> {
  const [row] = await tx.query<{ version: number }>('select version::float8 as version from control_version');
  return row?.version ?? 0;
}

export async function currentFlags(tx: Transaction, limit: number): Promise<readonly FlagRow[]> {
  return await tx.query<FlagRow>(
    `select ${FLAG} from (select distinct on (key) * from flag order by key, version desc) newest
     where definition is not null order by key limit $1`,
    [limit],
  );
}

export async function flagVersions(tx: Transaction, key: string, limit: number): Promise<readonly FlagRow[]> {
  return await tx.query<FlagRow>(`select ${FLAG} from flag where key = $1 order by version desc limit $2`, [
    key,
    limit,
  ]);
}

export async function insertFlag(
  tx: Transaction,
  row: { tenantId: string; key: string; version: number; definition: FlagDefinition | null; by: string },
): Promise<void> {
  await tx.query(
    'insert into flag (tenant_id, key, version, definition, changed_by) values ($1, $2, $3, $4, $5)',
    [
      row.tenantId,
      row.key,
      row.version,
      row.definition === null ? null : JSON.stringify(row.definition),
      row.by,
    ],
  );
}

export async function currentConfigs(tx: Transaction, limit: number): Promise<readonly ConfigRow[]> {
  return await tx.query<ConfigRow>(
    `select ${CONFIG} from (select distinct on (environment, key) * from config_value order by environment, key, version desc) newest
     where value is not null order by environment, key limit $1`,
    [limit],
  );
}

export async function configVersions(
  tx: Transaction,
  environment: string,
  key: string,
  limit: number,
): Promise<readonly ConfigRow[]> {
  return await tx.query<ConfigRow>(
    `select ${CONFIG} from config_value where environment = $1 and key = $2 order by version desc limit $3`,
    [environment, key, limit],
  );
}

export async function insertConfig(
  tx: Transaction,
  row: Omit<ConfigRow, 'changedAt' | 'changedBy'> & { tenantId: string; by: string },
): Promise<void> {
  await tx.query(
    `insert into config_value (tenant_id, environment, key, version, value, secret, changed_by)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [row.tenantId, row.environment, row.key, row.version, row.value, row.secret, row.by],
  );
}

/** Secrets in all their versions, for sealing them anew. */
export async function sealedConfigs(tx: Transaction): Promise<readonly ConfigRow[]> {
  return await tx.query<ConfigRow>(
    `select ${CONFIG} from config_value where secret and value is not null order by environment, key, version`,
  );
}

/** Only while it is what was read: a rival has sealed it anew else. */
export async function replaceSealed(tx: Transaction, row: ConfigRow, sealed: string): Promise<void> {
  await tx.query(
    'update config_value set value = $5 where environment = $1 and key = $2 and version = $3 and value = $4',
    [row.environment, row.key, row.version, row.value, sealed],
  );
}

export async function stageChanges(
  tx: Transaction,
  kind: RegistryKind,
  name: string,
  limit: number,
): Promise<readonly StageRow[]> {
  return await tx.query<StageRow>(
    `select stage, change, version, ${CHANGED} from ${REGISTRIES[kind]} where name = $1 order by changed_at desc, change desc limit $2`,
    [name, limit],
  );
}

export async function insertStage(
  tx: Transaction,
  kind: RegistryKind,
  row: { tenantId: string; name: string; stage: string; change: number; version: number; by: string },
): Promise<void> {
  await tx.query(
    `insert into ${REGISTRIES[kind]} (tenant_id, name, stage, change, version, changed_by) values ($1, $2, $3, $4, $5, $6)`,
    [row.tenantId, row.name, row.stage, row.change, row.version, row.by],
  );
}
