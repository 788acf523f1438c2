/** What the checker reads: the journal by plain SQL, the ledger's file, the file of acknowledgements. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { LedgerLine } from './ledger.ts';
import type { Ack } from './load.ts';

/** An event of the journal with the row it stands in. */
export interface JournalEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}
export interface JournalLine {
  readonly actor: string;
  readonly seq: number;
  readonly epoch: number;
  readonly unfinished: boolean;
  readonly at: number;
  readonly commandId: string | null;
  readonly events: readonly JournalEvent[];
}
export interface Lease {
  readonly epoch: number;
  readonly nodeId: string;
  readonly state: string;
  readonly at: number;
}

export interface Records {
  readonly journal: ReadonlyMap<string, readonly JournalLine[]>;
  readonly rows: number;
  readonly leases: readonly Lease[];
  /** State of each lease now. */
  readonly leasesNow: ReadonlyMap<number, string>;
  readonly ledger: readonly LedgerLine[];
  readonly acks: readonly Ack[];
}

const lines = <T>(file: string): T[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(text => text !== '')
    .map(text => JSON.parse(text) as T);

/** Reads the records of a run in `folder`, and leaves the journal there too, for people to look at. */
export async function readRecords(databaseUrl: string, folder: string): Promise<Records> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{
      actor: string;
      seq: string;
      epoch: string;
      unfinished: boolean;
      at: Date;
      command_id: string | null;
      events: string;
    }>('select actor, seq, epoch, unfinished, at, command_id, events from journal order by actor, seq, xid');
    const journal = new Map<string, JournalLine[]>();
    for (const row of rows) {
      const of = journal.get(row.actor) ?? [];
      journal.set(row.actor, of);
      of.push({
        actor: row.actor,
        seq: Number(row.seq),
        epoch: Number(row.epoch),
        unfinished: row.unfinished,
        at: row.at.getTime(),
        commandId: row.command_id,
        events: JSON.parse(row.events) as JournalEvent[],
      });
    }
    const all = [...journal.values()].flat().map(row => JSON.stringify(row));
    writeFileSync(join(folder, 'journal.jsonl'), all.join('\n'));
    const leases = await client.query<{ epoch: string; node_id: string; state: string; at: Date }>(
      'select epoch, node_id, state, at from crash_lease_log order by at',
    );
    const now = await client.query<{ epoch: string; state: string }>('select epoch, state from node_lease');
    return {
      journal,
      rows: rows.length,
      leases: leases.rows.map(row => ({
        epoch: Number(row.epoch),
        nodeId: row.node_id,
        state: row.state,
        at: row.at.getTime(),
      })),
      leasesNow: new Map(now.rows.map(row => [Number(row.epoch), row.state])),
      ledger: lines<LedgerLine>(join(folder, 'ledger.jsonl')),
      acks: lines<Ack>(join(folder, 'acks.jsonl')),
    };
  } finally {
    await client.end();
  }
}
