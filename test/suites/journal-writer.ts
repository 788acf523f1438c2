/** Writes rows into a journal as a node does, for tests of what reads them. */
import type { JournalStore } from '../../lib/contracts/journal.ts';
import type { Database } from '../../lib/io/database.ts';
import { openJournal } from '../../lib/io/sql/journal.ts';
import { openLeases } from '../../lib/io/sql/leases.ts';

export interface JournalWriter {
  readonly journal: JournalStore;
  readonly epoch: number;
  /** Appends one row to an actor; gives its sequence number. */
  append(tenantId: string, actor: string, events: readonly unknown[] | string): Promise<number>;
}

export async function journalWriter(database: Database): Promise<JournalWriter> {
  const journal = openJournal(database);
  const epoch = await openLeases(database).register('writer', 600_000);
  const last = new Map<string, number>();
  return {
    journal,
    epoch,
    async append(tenantId, actor, events) {
      const key = `${tenantId} ${actor}`;
      const seq = (last.get(key) ?? 0) + 1;
      last.set(key, seq);
      const text = typeof events === 'string' ? events : JSON.stringify(events);
      const { losers } = await journal.append(epoch, [
        { tenantId, actor, seq, unfinished: false, commandId: null, events: text },
      ]);
      if (losers.size > 0) throw new Error('the writer lost its place');
      return seq;
    },
  };
}

export function turnCompleted(
  turn: number,
  at: number,
  usage: { model: string; inputTokens: number; outputTokens: number; costMicroUsd: number },
  text = 'The answer',
) {
  return {
    type: 'TurnCompleted',
    turn,
    at,
    message: { id: `msg_${turn}`, text },
    usage: { tier: 'T', ...usage },
  };
}

export const usageOf = (inputTokens: number, model = 'm') => ({
  model,
  inputTokens,
  outputTokens: 2 * inputTokens,
  costMicroUsd: 3 * inputTokens,
});
