/** The rows that the projections keep. Everything here runs inside `withTenant`. */
import type { ConversationChange, ListedStatus } from '../../core/outbox/conversation-list.ts';
import type { UsageChange } from '../../core/outbox/usage.ts';
import type { Transaction } from '../database.ts';

export async function addUsage(
  tx: Transaction,
  tenantId: string,
  changes: readonly UsageChange[],
): Promise<void> {
  await tx.query(
    `insert into usage_daily as u (tenant_id, day, model, turns, input_tokens, output_tokens, cost_micro_usd)
     select $1, r.day::date, r.model, r.turns, r.input_tokens, r.output_tokens, r.cost
     from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
       as r(day, model, turns, input_tokens, output_tokens, cost)
     on conflict (tenant_id, day, model) do update set turns = u.turns + excluded.turns,
       input_tokens = u.input_tokens + excluded.input_tokens, output_tokens = u.output_tokens + excluded.output_tokens,
       cost_micro_usd = u.cost_micro_usd + excluded.cost_micro_usd`,
    [
      tenantId,
      changes.map(c => c.day),
      changes.map(c => c.model),
      changes.map(c => c.turns),
      changes.map(c => c.inputTokens),
      changes.map(c => c.outputTokens),
      changes.map(c => c.costMicroUsd),
    ],
  );
}

export async function readUsage(tx: Transaction, from: string, to: string): Promise<UsageChange[]> {
  const rows = await tx.query<UsageChange>(
    `select day::text as day, model, turns, input_tokens as "inputTokens", output_tokens as "outputTokens",
       cost_micro_usd as "costMicroUsd" from usage_daily where day between $1::date and $2::date order by day, model limit 5000`,
    [from, to],
  );
  return rows.map(row => ({
    day: row.day,
    model: row.model,
    turns: Number(row.turns),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    costMicroUsd: Number(row.costMicroUsd),
  }));
}

export async function clearUsage(tx: Transaction): Promise<void> {
  await tx.query('delete from usage_daily');
}

export async function mergeConversations(
  tx: Transaction,
  tenantId: string,
  changes: readonly ConversationChange[],
): Promise<void> {
  await tx.query(
    `insert into conversation_list as c (tenant_id, conversation_id, status, status_seq, wants_person, person_seq, turns,
       last_message_at, last_message_length, message_seq, assignee, waiting_since, wait_ended_seq, assignee_seq, unanswered_since,
       unanswered_seq, answered_seq)
     select $1, r.id, r.status, r.status_seq, r.wants_person, r.person_seq, r.turns, to_timestamp(r.at / 1000.0), r.length, r.message_seq,
       r.assignee, to_timestamp(r.waiting / 1000.0), r.wait_ended_seq, r.assignee_seq, to_timestamp(r.unanswered / 1000.0),
       r.unanswered_seq, r.answered_seq
     from unnest($2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::bigint[], $7::bigint[], $8::bigint[], $9::int[], $10::bigint[], $11::text[], $12::bigint[], $13::bigint[],
       $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[])
       as r(id, status, status_seq, wants_person, person_seq, turns, at, length, message_seq, assignee, waiting, wait_ended_seq,
         assignee_seq, unanswered, unanswered_seq, answered_seq)
     on conflict (tenant_id, conversation_id) do update set
       status = case when excluded.status_seq >= c.status_seq and excluded.status_seq > 0 then excluded.status else c.status end,
       assignee = case when excluded.assignee_seq >= c.assignee_seq and excluded.assignee_seq > 0 then excluded.assignee else c.assignee end,
       assignee_seq = greatest(c.assignee_seq, excluded.assignee_seq),
       unanswered_since = case when excluded.unanswered_seq >= c.unanswered_seq and excluded.unanswered_seq > 0
         then case when excluded.unanswered_since is null then null
           when excluded.answered_seq > c.answered_seq then excluded.unanswered_since
           else coalesce(c.unanswered_since, excluded.unanswered_since) end
         else c.unanswered_since end,
       unanswered_seq = greatest(c.unanswered_seq, excluded.unanswered_seq),
       answered_seq = greatest(c.answered_seq, excluded.answered_seq),
       status_seq = greatest(c.status_seq, excluded.status_seq),
       wants_person = case when excluded.person_seq >= c.person_seq and excluded.person_seq > 0 then excluded.wants_person else c.wants_person end,
       waiting_since = case when excluded.person_seq >= c.person_seq and excluded.person_seq > 0
         then case when not excluded.wants_person then null
           when excluded.wait_ended_seq > c.wait_ended_seq then excluded.waiting_since
           else coalesce(c.waiting_since, excluded.waiting_since) end
         else c.waiting_since end,
       wait_ended_seq = greatest(c.wait_ended_seq, excluded.wait_ended_seq),
       person_seq = greatest(c.person_seq, excluded.person_seq),
       turns = greatest(c.turns, excluded.turns),
       last_message_at = case when excluded.message_seq >= c.message_seq and excluded.message_seq > 0 then excluded.last_message_at else c.last_message_at end,
       last_message_length = case when excluded.message_seq >= c.message_seq and excluded.message_seq > 0 then excluded.last_message_length else c.last_message_length end,
       message_seq = greatest(c.message_seq, excluded.message_seq)`,
    [
      tenantId,
      changes.map(c => c.conversationId),
      changes.map(c => c.status),
      changes.map(c => c.statusSeq),
      changes.map(c => c.wantsPerson),
      changes.map(c => c.personSeq),
      changes.map(c => c.turns),
      changes.map(c => c.lastMessageAt),
      changes.map(c => c.lastMessageLength),
      changes.map(c => c.messageSeq),
      changes.map(c => c.assignee),
      changes.map(c => c.waitingSince),
      changes.map(c => c.waitEndedSeq),
      changes.map(c => c.assigneeSeq),
      changes.map(c => c.unansweredSince),
      changes.map(c => c.unansweredSeq),
      changes.map(c => c.answeredSeq),
    ],
  );
}

export interface ListedConversation {
  readonly id: string;
  readonly status: ListedStatus;
  readonly wantsPerson: boolean;
  /** Milliseconds since the epoch. */
  readonly waitingSince: number | null;
  readonly assignee: string | null;
  /** Milliseconds since the epoch. */
  readonly unansweredSince: number | null;
  readonly turns: number;
  /** Milliseconds since the epoch. */
  readonly lastMessageAt: number;
  readonly lastMessageLength: number;
}

export interface ListPlace {
  readonly at: number;
  readonly id: string;
}

/** Newest first, those after a place. */
export async function listConversations(
  tx: Transaction,
  {
    after,
    status,
    waiting = false,
    assignee,
    terms = [],
    limit,
  }: {
    after: ListPlace | undefined;
    status: ListedStatus | undefined;
    waiting?: boolean | undefined;
    /** Whose they are; empty: nobody's. */
    assignee?: string | undefined;
    /** Words, each of which begins one that was said. */
    terms?: readonly string[];
    limit: number;
  },
): Promise<ListedConversation[]> {
  const rows = await tx.query<ListedConversation>(
    `select conversation_id as id, status, wants_person as "wantsPerson", turns, last_message_length as "lastMessageLength",
       assignee, (extract(epoch from waiting_since) * 1000)::float8 as "waitingSince",
       (extract(epoch from unanswered_since) * 1000)::float8 as "unansweredSince",
       (extract(epoch from last_message_at) * 1000)::float8 as "lastMessageAt" from conversation_list
     where ($1::bigint is null or (last_message_at, conversation_id) < (to_timestamp($1::bigint / 1000.0), $2::text))
       and ($3::text is null or status = $3::text)
       and (not $5::boolean or (wants_person and status <> 'with-person'))
       and ($6::text is null or coalesce(assignee, '') = $6::text)
       ${terms.map((_, i) => withTerm(i + 7)).join('\n       ')}
     order by last_message_at desc, conversation_id desc limit $4`,
    [after?.at ?? null, after?.id ?? null, status ?? null, limit, waiting, assignee ?? null, ...terms],
  );
  return rows.map(row => ({
    ...row,
    turns: Number(row.turns),
    lastMessageAt: Math.round(row.lastMessageAt),
  }));
}

/** A range and not a pattern, which no index serves under row-level security. */
function withTerm(place: number): string {
  const above = `$${place}::text || U&'\\+10FFFF'`;
  return `and conversation_id in (select conversation_id from conversation_term where term >= $${place}::text and term < ${above})`;
}

export async function clearConversations(tx: Transaction): Promise<void> {
  await tx.query('delete from conversation_list');
}
