/** How far ingestions are. Everything here runs inside `withTenant`. */
import type { ITEM_STATES, ITEM_STEPS } from '../../contracts/ingestion.contracts.ts';
import type { Transaction } from '../database.ts';
import type { IngestionKind } from './ingestion.ts';

export interface ProgressRow {
  readonly ingestion_id: string;
  readonly kind: IngestionKind;
  readonly label: string;
  readonly cancelled: boolean;
  readonly created_at: Date;
  readonly finished_at: Date | null;
  readonly waiting: number;
  readonly running: number;
  readonly done: number;
  readonly unchanged: number;
  readonly gone: number;
  readonly failed: number;
}

const COUNT = (name: string, state: string) => `count(*) filter (where i.state = '${state}')::int as ${name}`;
const PROGRESS = `select g.ingestion_id, g.kind, g.label, g.cancelled, g.created_at, max(i.finished_at) as finished_at,
  ${COUNT('waiting', 'waiting')}, ${COUNT('running', 'running')}, ${COUNT('done', 'done')},
  ${COUNT('unchanged', 'unchanged')}, ${COUNT('gone', 'gone')}, ${COUNT('failed', 'dead')}
  from ingestion g left join ingestion_item i on i.tenant_id = g.tenant_id and i.ingestion_id = g.ingestion_id`;
const BY = 'group by g.ingestion_id, g.kind, g.label, g.cancelled, g.created_at';

/** Newest first; ids sort by time, so the last id is the cursor. */
export function listProgress(
  tx: Transaction,
  before: string | undefined,
  limit: number,
): Promise<ProgressRow[]> {
  return tx.query<ProgressRow>(
    `${PROGRESS} where ($1::text is null or g.ingestion_id < $1) ${BY} order by g.ingestion_id desc limit $2`,
    [before ?? null, limit],
  );
}

export async function readProgress(tx: Transaction, ingestionId: string): Promise<ProgressRow | undefined> {
  const [row] = await tx.query<ProgressRow>(`${PROGRESS} where g.ingestion_id = $1 ${BY}`, [ingestionId]);
  return row;
}

export interface ItemRow {
  readonly ordinal: number;
  readonly name: string;
  readonly step: (typeof ITEM_STEPS)[number];
  readonly state: (typeof ITEM_STATES)[number];
  readonly attempts: number;
  readonly documentId: string | null;
  readonly chunks: number;
  readonly code: string | null;
  readonly detail: string | null;
  readonly findings: Readonly<Record<string, number>>;
  readonly quality: readonly string[];
  readonly language: string | null;
}

export function readItems(tx: Transaction, ingestionId: string, limit: number): Promise<ItemRow[]> {
  return tx.query<ItemRow>(
    `select ordinal, left(name, 500) as name, step, state, attempts, document_id as "documentId", chunks, code, detail, findings, quality, language
     from ingestion_item where ingestion_id = $1 order by ordinal limit $2`,
    [ingestionId, limit],
  );
}
