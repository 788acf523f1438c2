/** What a conversation has been: folded from its journal page by page. Nothing runs, and nothing in memory is asked. */
import { conversationActor } from '../../actors/conversation/conversation.actor.ts';
import type { ConversationEvent, ConversationState } from '../../actors/conversation/state.ts';
import { type Address, actorName } from '../../actors/runtime/actor-type.ts';
import { foldRow } from '../../actors/runtime/restore.ts';
import type { HistoryRow, JournalStore } from '../../lib/contracts/journal.ts';
import { TroupeError } from '../../lib/kernel/errors.ts';

/** Rows read at once. */
export const PAGE = 500;

/** Rows `from` to `last`, as far as there are any. */
export async function* rowsOf(
  store: JournalStore,
  address: Address,
  from: number,
  last: number,
): AsyncGenerator<HistoryRow> {
  const key = { tenantId: address.tenantId, actor: actorName(address) };
  for (let next = from; next <= last; ) {
    const rows = await store.history(key, next, Math.min(PAGE, last - next + 1));
    yield* rows;
    if (rows.length < PAGE) return;
    next += rows.length;
  }
}

/** As it stood after row `seq`, or after its last row when it has fewer. Rejects with `not-found` when it has none. */
export async function stateAt(
  store: JournalStore,
  address: Address,
  seq: number,
): Promise<{ seq: number; state: ConversationState }> {
  let state: unknown = conversationActor.initialState();
  let at = 0;
  for await (const row of rowsOf(store, address, 1, seq)) {
    state = foldRow(address, conversationActor, state, row);
    at = row.seq;
  }
  if (at === 0 && seq > 0) throw new TroupeError('not-found', 'There is no conversation of that id');
  return { seq: at, state: state as ConversationState };
}

/** As it stood when that turn had ended, before the next began: the two may share a row. */
export async function stateAfterTurn(
  store: JournalStore,
  address: Address,
  turn: number,
  last: number,
): Promise<ConversationState> {
  let state: unknown = conversationActor.initialState();
  for await (const row of rowsOf(store, address, 1, last)) {
    const events = JSON.parse(row.events) as ConversationEvent[];
    const cut = events.findIndex(event => event.type === 'TurnStarted' && event.turn > turn);
    const kept = cut < 0 ? row : { seq: row.seq, events: JSON.stringify(events.slice(0, cut)) };
    state = foldRow(address, conversationActor, state, kept);
    if (cut >= 0) break;
  }
  return state as ConversationState;
}
