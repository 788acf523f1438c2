/** Kept answers. Everything here runs inside `withTenant`; what has expired is not there. */
import type { Transaction } from '../database.ts';

export interface CachedRow {
  readonly answerId: string;
  readonly question: Uint8Array;
  readonly embedding: Uint8Array;
  readonly answer: Readonly<Record<string, unknown>>;
  readonly costMicroUsd: number;
  readonly ageMs: number;
}

/** Of one partition, the newest first; as many as are ever compared. */
export async function answersIn(tx: Transaction, partition: Buffer, most: number): Promise<CachedRow[]> {
  return await tx.query<CachedRow>(
    `select answer_id as "answerId", question, embedding, answer, cost_micro_usd::float8 as "costMicroUsd",
       (extract(epoch from clock_timestamp() - created_at) * 1000)::float8 as "ageMs"
     from cached_answer where partition = $1 and expires_at > clock_timestamp() order by created_at desc limit $2`,
    [partition, most],
  );
}

/** Keeps an answer, and no more than so many of a partition and of the tenant. */
export async function keepAnswer(
  tx: Transaction,
  row: {
    readonly tenantId: string;
    readonly partition: Buffer;
    readonly answerId: string;
    readonly question: Buffer;
    readonly embedding: Buffer;
    readonly answer: object;
    readonly costMicroUsd: number;
    readonly ttlMs: number;
  },
  { ofPartition, ofTenant }: { readonly ofPartition: number; readonly ofTenant: number },
): Promise<void> {
  await tx.query(
    `insert into cached_answer (tenant_id, partition, answer_id, question, embedding, answer, cost_micro_usd, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(secs => $8 / 1000.0))
     on conflict (tenant_id, partition, question) do update set answer = excluded.answer, embedding = excluded.embedding,
       cost_micro_usd = excluded.cost_micro_usd, created_at = clock_timestamp(), expires_at = excluded.expires_at`,
    [
      row.tenantId,
      row.partition,
      row.answerId,
      row.question,
      row.embedding,
      JSON.stringify(row.answer),
      row.costMicroUsd,
      row.ttlMs,
    ],
  );
  await tx.query(
    `delete from cached_answer where expires_at <= clock_timestamp()
       or (partition, answer_id) in (select partition, answer_id from cached_answer where partition = $1
         order by created_at desc offset $2)
       or (partition, answer_id) in (select partition, answer_id from cached_answer
         order by created_at desc offset $3)`,
    [row.partition, ofPartition, ofTenant],
  );
}

/**
 * Says in which state the knowledge is that the reader of this transaction sees: another text once a document comes,
 * goes, changes, expires, or is no longer for this reader.
 */
export async function knowledgeState(tx: Transaction): Promise<string> {
  const [row] = await tx.query<{ state: string }>(
    `select count(*) || ':' || coalesce(sum(hashtextextended(
         document_id || encode(digest, 'hex') || version || sensitivity || roles::text, 0)::numeric), 0) as state
     from document`,
  );
  return row!.state;
}
