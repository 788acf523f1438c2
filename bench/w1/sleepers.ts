/** Conversations that were held some time ago, written straight into the journal as the runtime would have. */
import { conversationActor } from '../../actors/conversation/conversation.actor.ts';
import type { ConversationEvent, ConversationState } from '../../actors/conversation/state.ts';
import type { Database } from '../../lib/io/database.ts';
import { TENANT } from './system.ts';
import { messageIdOf, textOf } from './workload.ts';

/** Stands for the conversation's id in the template; of the length of the ids that replace it, or nearly. */
const ID = '@ID@';
const AT = 1_760_000_000_000;
const CONVERSATIONS_PER_STATEMENT = 20_000;
export const EVENTS_PER_TURN = 3;
const ROWS_PER_TURN = 2;

export const sleeperId = (index: number) => `c-${index}`;

interface Template {
  readonly rows: readonly { seq: number; unfinished: boolean; commandId: string | null; events: string }[];
  readonly snapshot: { readonly seq: number; readonly state: string } | undefined;
}

/** The state of a conversation after so many turns, and the rows that led there. */
function template(turns: number): Template {
  const rows: Template['rows'][number][] = [];
  let state: ConversationState = conversationActor.initialState();
  let snapshot: Template['snapshot'];
  const add = (commandId: string | null, events: readonly ConversationEvent[]) => {
    const seq = rows.length + 1;
    events.forEach((event, index) => {
      state = conversationActor.evolve(state, event, { seq, index });
    });
    rows.push({ seq, unfinished: state.turn !== null, commandId, events: JSON.stringify(events) });
    if (seq % conversationActor.snapshotEvery === 0) snapshot = { seq, state: JSON.stringify(state) };
  };
  for (let turn = 1; turn <= turns; turn++) {
    const messageId = messageIdOf(ID, turn);
    const text = textOf(ID, turn);
    add(messageId, [
      {
        type: 'MessageReceived',
        messageId,
        text,
        at: AT,
        agent: null,
        interruption: { policy: 'queue', mergeWindowMs: 0 },
      },
      { type: 'TurnStarted', turn, messageIds: [messageId], at: AT },
    ]);
    const message = {
      id: `msg_${String(turn).padStart(26, '0')}`,
      role: 'assistant' as const,
      text: `reply to: ${text}`.slice(0, 200),
      citations: [],
      toolCalls: [],
    };
    const usage = { tier: 'STUB', model: 'stub', inputTokens: 0, outputTokens: 0, costMicroUsd: 0 };
    add(null, [{ type: 'TurnCompleted', turn, message, usage, at: AT }]);
  }
  return { rows, snapshot };
}

/** Writes `count` conversations of `turns` turns each, with the snapshots that they would have. Returns how many rows. */
export async function writeSleepers(owner: Database, count: number, turns: number): Promise<number> {
  const { rows, snapshot } = template(turns);
  const perStatement = Math.max(1, Math.floor(CONVERSATIONS_PER_STATEMENT / turns));
  for (let first = 0; first < count; first += perStatement) {
    const last = Math.min(count, first + perStatement) - 1;
    await owner.asOwner(async tx => {
      await tx.query(
        `insert into journal (tenant_id, actor, seq, epoch, unfinished, command_id, events)
         select $1, 'conversation/c-' || i, r.seq, 0, r.unfinished, replace(r.command_id, '${ID}', 'c-' || i), replace(r.events, '${ID}', 'c-' || i)
         from generate_series($2::int, $3::int) i, unnest($4::bigint[], $5::boolean[], $6::text[], $7::text[]) as r(seq, unfinished, command_id, events)`,
        [
          TENANT,
          first,
          last,
          rows.map(row => row.seq),
          rows.map(row => row.unfinished),
          rows.map(row => row.commandId),
          rows.map(row => row.events),
        ],
      );
      if (snapshot)
        await tx.query(
          `insert into snapshot (tenant_id, actor, seq, version, state)
           select $1, 'conversation/c-' || i, $4, $5, replace($6, '${ID}', 'c-' || i) from generate_series($2::int, $3::int) i`,
          [TENANT, first, last, snapshot.seq, conversationActor.snapshotVersion, snapshot.state],
        );
    });
  }
  await owner.asOwner(tx => tx.query('analyze journal'));
  return count * turns * ROWS_PER_TURN;
}
