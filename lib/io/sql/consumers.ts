/** What consumers have processed and what they could not. Everything here runs inside `withTenant`. */
import type { JournalMessage } from '../../contracts/events.ts';
import type { Transaction } from '../database.ts';

/** One batch of a consumer at a time in a tenant, and none while it is rebuilt: until the transaction ends. */
export async function lockConsumer(tx: Transaction, tenantId: string, consumer: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 5))', [`${tenantId} ${consumer}`]);
}

/** The last row processed of each of these actors; actors of which none was are left out. */
export async function readPositions(
  tx: Transaction,
  consumer: string,
  actors: readonly string[],
): Promise<Map<string, number>> {
  const rows = await tx.query<{ actor: string; seq: number }>(
    'select actor, seq from consumer_position where consumer = $1 and actor = any ($2::text[])',
    [consumer, actors],
  );
  return new Map(rows.map(row => [row.actor, Number(row.seq)]));
}

export async function movePositions(
  tx: Transaction,
  tenantId: string,
  consumer: string,
  positions: ReadonlyMap<string, number>,
): Promise<void> {
  await tx.query(
    `insert into consumer_position as p (tenant_id, consumer, actor, seq)
     select $1, $2, r.actor, r.seq from unnest($3::text[], $4::bigint[]) as r(actor, seq)
     on conflict (tenant_id, consumer, actor) do update set seq = excluded.seq where p.seq < excluded.seq`,
    [tenantId, consumer, [...positions.keys()], [...positions.values()]],
  );
}

export async function clearConsumer(tx: Transaction, consumer: string): Promise<void> {
  await tx.query('delete from consumer_position where consumer = $1', [consumer]);
  await tx.query('delete from dead_letter where consumer = $1', [consumer]);
}

interface Row {
  readonly xid: string;
  readonly actor: string;
  readonly seq: number;
  readonly at: number;
  readonly events: string;
}

const COLUMNS = 'j.xid::text, j.actor, j.seq, (extract(epoch from j.at) * 1000)::float8 as at, j.events';
const messagesOf = (tenantId: string, rows: readonly Row[]): JournalMessage[] =>
  rows.map(row => ({ ...row, tenantId, seq: Number(row.seq), at: Math.round(row.at) }));

/** Rows of one actor, in order. */
export async function readRows(
  tx: Transaction,
  tenantId: string,
  { actor, from, to }: { actor: string; from: number; to: number },
  limit: number,
): Promise<JournalMessage[]> {
  return messagesOf(
    tenantId,
    await tx.query<Row>(
      `select ${COLUMNS} from journal j where j.actor = $1 and j.seq between $2 and $3 order by j.seq limit $4`,
      [actor, from, to, limit],
    ),
  );
}

/** The tenant's whole journal by actor, page after page. */
export async function readJournalPage(
  tx: Transaction,
  tenantId: string,
  after: { actor: string; seq: number },
  limit: number,
): Promise<JournalMessage[]> {
  return messagesOf(
    tenantId,
    await tx.query<Row>(
      `select ${COLUMNS} from journal j where (j.actor, j.seq) > ($1::text, $2::bigint) order by j.actor, j.seq limit $3`,
      [after.actor, after.seq, limit],
    ),
  );
}

/** The oldest transaction that still runs: rows of older ones are all to be seen. */
export async function oldestRunning(tx: Transaction): Promise<string> {
  const [row] = await tx.query<{ xid: string }>(
    'select pg_snapshot_xmin(pg_current_snapshot())::text as xid',
  );
  return row!.xid;
}

/** Rows of transactions from that one on which the consumer has not processed. */
export async function readSince(
  tx: Transaction,
  tenantId: string,
  consumer: string,
  xid: string,
  limit: number,
): Promise<JournalMessage[]> {
  return messagesOf(
    tenantId,
    await tx.query<Row>(
      `select ${COLUMNS} from journal j left join consumer_position p on p.consumer = $1 and p.actor = j.actor
       where j.xid >= $2::text::xid8 and j.seq > coalesce(p.seq, 0) order by j.actor, j.seq limit $3`,
      [consumer, xid, limit],
    ),
  );
}

export interface DeadLetter {
  readonly id: string;
  readonly consumer: string;
  readonly actor: string;
  readonly seq: number;
  readonly index: number;
  readonly type: string;
  readonly code: string;
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export async function bury(tx: Transaction, tenantId: string, letter: Omit<DeadLetter, 'at'>): Promise<void> {
  await tx.query(
    `insert into dead_letter as d (tenant_id, dead_letter_id, consumer, actor, seq, event_index, event_type, code, attempts)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (tenant_id, consumer, actor, seq, event_index) do update
       set code = excluded.code, attempts = d.attempts + excluded.attempts, at = now()`,
    [
      tenantId,
      letter.id,
      letter.consumer,
      letter.actor,
      letter.seq,
      letter.index,
      letter.type,
      letter.code,
      letter.attempts,
    ],
  );
}

const LETTER = `dead_letter_id as id, consumer, actor, seq, event_index as index, event_type as type, code, attempts,
  (extract(epoch from at) * 1000)::float8 as at`;
const letterOf = (row: DeadLetter): DeadLetter => ({ ...row, seq: Number(row.seq), at: Math.round(row.at) });

/** Newest first: ids sort by time. */
export async function listDeadLetters(
  tx: Transaction,
  { before, consumer, limit }: { before: string | undefined; consumer: string | undefined; limit: number },
): Promise<DeadLetter[]> {
  const rows = await tx.query<DeadLetter>(
    `select ${LETTER} from dead_letter where ($1::text is null or dead_letter_id < $1::text)
       and ($2::text is null or consumer = $2::text) order by dead_letter_id desc limit $3`,
    [before ?? null, consumer ?? null, limit],
  );
  return rows.map(letterOf);
}

export async function deadLetterById(tx: Transaction, id: string): Promise<DeadLetter | undefined> {
  const [row] = await tx.query<DeadLetter>(`select ${LETTER} from dead_letter where dead_letter_id = $1`, [
    id,
  ]);
  return row && letterOf(row);
}

export async function deleteDeadLetter(tx: Transaction, id: string): Promise<void> {
  await tx.query('delete from dead_letter where dead_letter_id = $1', [id]);
}
