/** Gaps, rules of sensitivity, and documents that wait for a person's word. Everything here runs inside `withTenant`. */
import { SENSITIVITIES } from '../../contracts/document-shapes.ts';
import { levelOf } from '../../core/knowledge/access.ts';
import type { Reason, SensitivityRule, Verdict } from '../../core/knowledge/sensitivity.ts';
import type { Transaction } from '../database.ts';
import type { AccessChange } from './knowledge-access.ts';

export async function readRules(tx: Transaction): Promise<readonly SensitivityRule[]> {
  const [row] = await tx.query<{ rules: readonly SensitivityRule[] }>('select rules from knowledge_rules');
  return row?.rules ?? [];
}

export async function writeRules(
  tx: Transaction,
  tenantId: string,
  rules: readonly SensitivityRule[],
): Promise<void> {
  await tx.query(
    `insert into knowledge_rules (tenant_id, rules) values ($1, $2)
     on conflict (tenant_id) do update set rules = excluded.rules`,
    [tenantId, JSON.stringify(rules)],
  );
}

/** Until a person decides. What was decided before is not asked again, unless more speaks for it now. */
export async function askForReview(
  tx: Transaction,
  tenantId: string,
  documentId: string,
  given: NonNullable<AccessChange['sensitivity']>,
  { sensitivity, reasons }: Verdict,
): Promise<void> {
  await tx.query(
    `insert into document_review (tenant_id, document_id, given, proposed, reasons) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, document_id) do update set given = excluded.given, proposed = excluded.proposed,
       reasons = excluded.reasons, created_at = now(), decided_at = null`,
    [tenantId, documentId, levelOf(given), levelOf(sensitivity), JSON.stringify(reasons)],
  );
}

/** The level up to which a person has seen what speaks for it; -1 when nobody was asked. */
export async function decidedUpTo(tx: Transaction, documentId: string): Promise<number> {
  const [row] = await tx.query<{ proposed: number }>(
    'select proposed from document_review where document_id = $1 and decided_at is not null',
    [documentId],
  );
  return row?.proposed ?? -1;
}

interface ReviewRow {
  readonly document_id: string;
  readonly title: string;
  readonly sensitivity: number;
  readonly given: number;
  readonly proposed: number;
  readonly reasons: readonly Reason[];
  readonly created_at: Date;
}

/** What waits, of what the transaction's reader may read; oldest first. */
export async function openReviews(tx: Transaction, limit: number) {
  const rows = await tx.query<ReviewRow>(
    `select r.document_id, d.title, d.sensitivity, r.given, r.proposed, r.reasons, r.created_at
     from document_review r join document d on d.document_id = r.document_id and d.tenant_id = r.tenant_id
     where r.decided_at is null order by r.created_at limit $1`,
    [limit],
  );
  return rows.map(row => ({
    documentId: row.document_id,
    title: row.title,
    sensitivity: SENSITIVITIES[row.sensitivity]!,
    given: SENSITIVITIES[row.given]!,
    proposed: SENSITIVITIES[row.proposed]!,
    reasons: row.reasons,
    createdAt: row.created_at.toISOString(),
  }));
}

export async function decideReview(tx: Transaction, documentId: string): Promise<void> {
  await tx.query('update document_review set decided_at = now() where document_id = $1', [documentId]);
}

export interface GapRow {
  readonly gap_id: string;
  readonly question: string;
  readonly examples: readonly string[];
  readonly asked: number;
  readonly state: 'open' | 'planned' | 'answered' | 'dismissed';
  readonly note: string | null;
  readonly answerability: number;
  readonly embedding: readonly number[];
  readonly first_at: Date;
  readonly last_at: Date;
}

/** Gaps of a tenant; when there are more, those asked once and longest ago go. */
const MOST_GAPS = 1_000;
const MOST_EXAMPLES = 5;

/** All of a tenant's gaps, locked against others who add one. */
export async function gapsForAdding(tx: Transaction, tenantId: string): Promise<GapRow[]> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('knowledge_gap/' || $1, 0))", [tenantId]);
  return await tx.query<GapRow>('select * from knowledge_gap order by last_at desc limit $1', [MOST_GAPS]);
}

export async function insertGap(
  tx: Transaction,
  gap: {
    readonly tenantId: string;
    readonly gapId: string;
    readonly question: string;
    readonly answerability: number;
    readonly embedding: Float32Array;
  },
): Promise<void> {
  await tx.query(
    `insert into knowledge_gap (tenant_id, gap_id, question, answerability, embedding) values ($1, $2, $3, $4, $5::text::real[])`,
    [gap.tenantId, gap.gapId, gap.question, gap.answerability, `{${gap.embedding.join(',')}}`],
  );
  await tx.query(
    `delete from knowledge_gap where gap_id in (
       select gap_id from knowledge_gap order by (state = 'open' and asked > 1) desc, last_at desc offset $1)`,
    [MOST_GAPS],
  );
}

/** Asked once more. A gap that was said to be answered is open again: it was not. */
export async function repeatGap(
  tx: Transaction,
  gapId: string,
  question: string,
  answerability: number,
): Promise<void> {
  await tx.query(
    `update knowledge_gap set asked = asked + 1, last_at = now(), answerability = $3,
       state = case when state = 'answered' then 'open' else state end,
       examples = case when question = $2 or $2 = any (examples) or cardinality(examples) >= $4 then examples
         else examples || $2::text end
     where gap_id = $1`,
    [gapId, question, answerability, MOST_EXAMPLES],
  );
}

export function listGaps(tx: Transaction, state: string | undefined, limit: number): Promise<GapRow[]> {
  return tx.query<GapRow>(
    `select * from knowledge_gap where ($1::text is null or state = $1) order by asked desc, last_at desc limit $2`,
    [state ?? null, limit],
  );
}

export async function changeGap(
  tx: Transaction,
  gapId: string,
  state: string,
  note: string | null | undefined,
): Promise<GapRow | undefined> {
  const [row] = await tx.query<GapRow>(
    `update knowledge_gap set state = $2, note = case when $3 then $4 else note end where gap_id = $1 returning *`,
    [gapId, state, note !== undefined, note ?? null],
  );
  return row;
}
