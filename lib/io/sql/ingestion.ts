/** Ingestions and their items. Everything here but what is looked for runs inside `withTenant`. */
import type { INGESTION_KINDS } from '../../contracts/ingestion.contracts.ts';
import { type Caller, levelOf } from '../../core/knowledge/access.ts';
import type { Database, Transaction } from '../database.ts';
import type { AccessChange } from './knowledge-access.ts';

export type IngestionKind = (typeof INGESTION_KINDS)[number];

/** What holds for every document of an ingestion. */
export interface IngestionSpec {
  readonly title?: string | undefined;
  readonly source?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly access: AccessChange;
  /** As whom it was given: what he may not replace, his ingestion may not either. */
  readonly caller: Caller;
}

export interface NewItem {
  readonly name: string;
  readonly step: 'sitemap' | 'fetch' | 'index' | 'remove';
  readonly mediaType?: string;
  readonly body?: Uint8Array;
}

export async function insertIngestion(
  tx: Transaction,
  row: {
    readonly tenantId: string;
    readonly ingestionId: string;
    readonly kind: IngestionKind;
    readonly label: string;
    readonly spec: IngestionSpec;
  },
): Promise<void> {
  await tx.query(
    `insert into ingestion (tenant_id, ingestion_id, kind, label, spec, sensitivity, roles) values ($1, $2, $3, $4, $5, $6, $7::text[])`,
    [
      row.tenantId,
      row.ingestionId,
      row.kind,
      row.label,
      JSON.stringify(row.spec),
      levelOf(row.spec.access.sensitivity ?? 'public'),
      row.spec.access.roles ?? [],
    ],
  );
}

/** Adds items behind those that are there; addresses that are there already are left out. Gives how many there are new. */
export async function addItems(
  tx: Transaction,
  tenantId: string,
  ingestionId: string,
  items: readonly NewItem[],
): Promise<number> {
  let added = 0;
  const [last] = await tx.query<{ next: number }>(
    'select coalesce(max(ordinal) + 1, 0)::int as next from ingestion_item where ingestion_id = $1',
    [ingestionId],
  );
  const plain = items.filter(item => !item.body);
  if (plain.length > 0) {
    const rows = await tx.query(
      `insert into ingestion_item (tenant_id, ingestion_id, ordinal, name, step)
       select $1, $2, $3 - 1 + row_number() over (order by r.n), r.name, r.step
       from unnest($4::text[], $5::text[]) with ordinality as r(name, step, n)
       where not exists (select from ingestion_item i where i.ingestion_id = $2 and i.name = r.name)
       returning 1`,
      [tenantId, ingestionId, last!.next, plain.map(item => item.name), plain.map(item => item.step)],
    );
    added += rows.length;
  }
  for (const { name, step, mediaType = '', body } of items.filter(item => item.body)) {
    await tx.query(
      `insert into ingestion_item (tenant_id, ingestion_id, ordinal, name, step, media_type, body) values ($1, $2, $3, $4, $5, $6, $7)`,
      [tenantId, ingestionId, last!.next + added++, name, step, mediaType, body],
    );
  }
  return added;
}

export async function countItems(tx: Transaction, ingestionId: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    'select count(*)::int as count from ingestion_item where ingestion_id = $1',
    [ingestionId],
  );
  return row!.count;
}

export interface TakenItem {
  readonly ordinal: number;
  readonly name: string;
  readonly step: 'sitemap' | 'fetch' | 'index' | 'remove';
  readonly attempts: number;
  readonly mediaType: string;
  readonly body: Uint8Array | null;
  readonly kind: IngestionKind;
  /** Of a sitemap's ingestion its address, perhaps cut. */
  readonly label: string;
  readonly spec: IngestionSpec;
}

/** Takes the next item that is due; what is taken comes again after a while unless it is settled. */
export async function takeItem(
  tx: Transaction,
  ingestionId: string,
  leaseMs: number,
): Promise<TakenItem | undefined> {
  const [row] = await tx.query<TakenItem>(
    // Materialized: within a join the choice would be made anew for each row, and more than one row be taken.
    `with t as materialized (
       select ordinal from ingestion_item where ingestion_id = $1 and state in ('waiting', 'running') and due_at <= now()
       order by ordinal limit 1 for update skip locked)
     update ingestion_item i set state = 'running', attempts = i.attempts + 1, due_at = now() + make_interval(secs => $2 / 1000.0)
     from t, ingestion g
     where i.ingestion_id = $1 and i.ordinal = t.ordinal and g.ingestion_id = $1 and g.tenant_id = i.tenant_id
     returning i.ordinal, i.name, i.step, i.attempts, i.media_type as "mediaType", i.body, g.kind, g.label, g.spec`,
    [ingestionId, leaseMs],
  );
  return row;
}

/** The time of whoever works on it is prolonged; nothing happens when another has taken it meanwhile. */
export async function renewItem(
  tx: Transaction,
  ingestionId: string,
  { ordinal, attempts }: Pick<TakenItem, 'ordinal' | 'attempts'>,
  leaseMs: number,
): Promise<void> {
  await tx.query(
    `update ingestion_item set due_at = now() + make_interval(secs => $4 / 1000.0)
     where ingestion_id = $1 and ordinal = $2 and state = 'running' and attempts = $3`,
    [ingestionId, ordinal, attempts, leaseMs],
  );
}

interface Place {
  readonly ingestionId: string;
  readonly ordinal: number;
}

/** The step is done and the next one is due, with what it needs. */
export async function advanceItem(
  tx: Transaction,
  { ingestionId, ordinal }: Place,
  next: { readonly name: string; readonly mediaType: string; readonly body: Uint8Array },
): Promise<void> {
  await tx.query(
    `update ingestion_item set step = 'index', state = 'waiting', attempts = 0, due_at = now(), name = $3, media_type = $4, body = $5, code = null, detail = null
     where ingestion_id = $1 and ordinal = $2 and state = 'running'`,
    [ingestionId, ordinal, next.name, next.mediaType, next.body],
  );
}

/** The page is not there: what remains is to remove its document. */
export async function turnToRemoval(tx: Transaction, { ingestionId, ordinal }: Place): Promise<void> {
  await tx.query(
    `update ingestion_item set step = 'remove', state = 'waiting', attempts = 0, due_at = now(), code = null, detail = null
     where ingestion_id = $1 and ordinal = $2 and state = 'running'`,
    [ingestionId, ordinal],
  );
}

export interface ItemOutcome {
  readonly state: 'done' | 'unchanged' | 'gone' | 'dead';
  readonly code?: string;
  readonly detail?: string;
  readonly documentId?: string;
  readonly chunks?: number;
  readonly findings?: Readonly<Record<string, number>>;
  readonly quality?: readonly string[];
  readonly language?: string | null;
}

/** What was given up keeps its file, so that it can be tried again. */
export async function settleItem(
  tx: Transaction,
  { ingestionId, ordinal }: Place,
  outcome: ItemOutcome,
): Promise<void> {
  await tx.query(
    `update ingestion_item set state = $3, code = $4, document_id = $5, chunks = $6, findings = $7, quality = $8::text[], language = $9,
       detail = $10, finished_at = now(), step = case when $3 = 'dead' then step else 'finished' end, body = case when $3 = 'dead' then body end
     where ingestion_id = $1 and ordinal = $2 and state = 'running'`,
    [
      ingestionId,
      ordinal,
      outcome.state,
      outcome.code ?? null,
      outcome.documentId ?? null,
      outcome.chunks ?? 0,
      JSON.stringify(outcome.findings ?? {}),
      outcome.quality ?? [],
      outcome.language ?? null,
      outcome.detail ?? null,
    ],
  );
}

export async function retryItem(
  tx: Transaction,
  { ingestionId, ordinal }: Place,
  { code, detail }: { readonly code: string; readonly detail: string },
  afterMs: number,
): Promise<void> {
  await tx.query(
    `update ingestion_item set state = 'waiting', code = $3, detail = $5, due_at = now() + make_interval(secs => $4 / 1000.0)
     where ingestion_id = $1 and ordinal = $2 and state = 'running'`,
    [ingestionId, ordinal, code, afterMs, detail],
  );
}

/** Undefined when there is no such ingestion; else how many are tried again. */
export async function replayItems(tx: Transaction, ingestionId: string): Promise<number | undefined> {
  const found = await tx.query('update ingestion set cancelled = false where ingestion_id = $1 returning 1', [
    ingestionId,
  ]);
  if (found.length === 0) return undefined;
  const rows = await tx.query(
    `update ingestion_item set state = 'waiting', attempts = 0, due_at = now(), finished_at = null, code = null, detail = null
     where ingestion_id = $1 and state = 'dead' returning 1`,
    [ingestionId],
  );
  return rows.length;
}

/** What is under way is finished; its outcome counts for nothing then. */
export async function cancelItems(tx: Transaction, ingestionId: string): Promise<boolean> {
  const found = await tx.query('update ingestion set cancelled = true where ingestion_id = $1 returning 1', [
    ingestionId,
  ]);
  await tx.query(
    `update ingestion_item set state = 'cancelled', body = null, finished_at = now() where ingestion_id = $1 and state in ('waiting', 'dead')`,
    [ingestionId],
  );
  return found.length > 0;
}

/** For a process that alone holds the database: whoever had taken something is dead, and need not be waited for. */
export async function freeTaken(database: Database): Promise<void> {
  await database.asJob('troupe_knowledge', tx =>
    tx.query("update ingestion_item set due_at = now() where state = 'running'"),
  );
}

/** Where something is due, of whatever tenant. */
export async function dueIngestions(
  database: Database,
  limit: number,
): Promise<{ tenantId: string; ingestionId: string }[]> {
  return await database.statement<{ tenantId: string; ingestionId: string }>(
    'troupe_knowledge',
    'ingestion_due',
    `select tenant_id as "tenantId", ingestion_id as "ingestionId" from ingestion_item
     where state in ('waiting', 'running') and due_at <= now() group by 1, 2 order by min(due_at) limit $1`,
    [limit],
  );
}
