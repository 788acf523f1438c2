/** The journal of the actors on the database port: see migrations/0002_journal.sql for the functions. */
import type {
  ActorKey,
  AppendResult,
  HistoryRow,
  JournalRow,
  JournalStore,
  SnapshotRow,
  StoredActor,
  StoredRow,
} from '../../contracts/journal.ts';
import type { Database } from '../database.ts';

interface LoadRow {
  readonly ord: number;
  readonly is_snapshot: boolean;
  readonly seq: number;
  readonly version: number;
  readonly epoch: number;
  readonly unfinished: boolean;
  readonly command_id: string | null;
  readonly body: string;
}

const COLUMNS = '$1, $2, $3::text[], $4::text[], $5::bigint[], $6::boolean[], $7::text[], $8::text[]';
const APPEND = `select appended, xid from journal_append(${COLUMNS})`;
const APPEND_TIMED = `select appended, xid from journal_append_timed(${COLUMNS}, $9::bigint[])`;
const APPEND_NEW = `select appended, xid from journal_append_new(${COLUMNS})`;
/** Batches that are written with an eye to conflicts after one had a conflict. */
const WARY_BATCHES = 128;

const NONE: ReadonlySet<number> = new Set();

interface AppendedRow {
  readonly appended: number;
  readonly xid: string;
}

export function openJournal(database: Database): JournalStore {
  let wary = 0;

  async function appended(name: string, text: string, values: readonly unknown[]): Promise<AppendedRow> {
    const [row] = await database.statement<AppendedRow>('troupe_runtime', name, text, values);
    return row!;
  }

  async function written(epoch: number, rows: readonly JournalRow[]): Promise<ReadonlySet<number>> {
    const found = await database.statement<{ ord: number }>(
      'troupe_runtime',
      'journal_written',
      'select ord from journal_written($1, $2, $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])',
      [
        scopeOf(rows),
        epoch,
        rows.map(r => r.tenantId),
        rows.map(r => r.actor),
        rows.map(r => r.seq),
        rows.map(r => r.commandId),
        rows.map(r => r.events),
      ],
    );
    return new Set(found.map(row => row.ord - 1));
  }

  return {
    written,

    async append(epoch, rows): Promise<AppendResult> {
      const values = columnsOf(epoch, rows);
      const timed = rows.some(row => row.wakeAt !== undefined);
      let result: AppendedRow;
      if (timed) {
        values.push(rows.map(row => row.wakeAt ?? null));
        result = await appended('journal_append_timed', APPEND_TIMED, values);
      } else if (wary > 0) {
        wary--;
        result = await appended('journal_append', APPEND, values);
      } else {
        // Nearly always every row is new, and then not looking for rivals first saves a fifth of the statement.
        result = await appended('journal_append_new', APPEND_NEW, values).catch((error: unknown) => {
          if (!isConflict(error)) throw error;
          wary = WARY_BATCHES;
          return appended('journal_append', APPEND, values);
        });
      }
      if (result.appended === rows.length) return { losers: NONE, xid: BigInt(result.xid) };
      // What stands may be of an earlier attempt that was given up, or of a predecessor in memory that wrote the same.
      const winners = await written(epoch, rows);
      const losers = new Set<number>();
      for (const index of rows.keys()) if (!winners.has(index)) losers.add(index);
      return { losers, xid: undefined };
    },

    async load(keys): Promise<StoredActor[]> {
      const rows = await database.statement<LoadRow>(
        'troupe_runtime',
        'actor_load',
        'select * from actor_load($1, $2::text[], $3::text[])',
        [scopeOf(keys), keys.map(k => k.tenantId), keys.map(k => k.actor)],
      );
      const actors = keys.map(() => ({
        snapshot: undefined as StoredActor['snapshot'],
        rows: [] as StoredRow[],
      }));
      for (const row of rows) {
        const actor = actors[row.ord - 1]!;
        if (row.is_snapshot) actor.snapshot = { seq: row.seq, version: row.version, state: row.body };
        else
          actor.rows.push({
            seq: row.seq,
            epoch: row.epoch,
            unfinished: row.unfinished,
            commandId: row.command_id,
            events: row.body,
          });
      }
      return actors;
    },

    history: (key, fromSeq, limit) =>
      database.withTenant(key.tenantId, async tx => {
        const rows = await tx.query<{
          seq: number;
          epoch: number;
          unfinished: boolean;
          command_id: string | null;
          events: string;
          at: Date;
        }>(
          'select seq, epoch, unfinished, command_id, events, at from journal where actor = $1 and seq >= $2 order by seq limit $3',
          [key.actor, fromSeq, limit],
        );
        return rows.map(
          (r): HistoryRow => ({
            seq: r.seq,
            epoch: r.epoch,
            unfinished: r.unfinished,
            commandId: r.command_id,
            events: r.events,
            at: r.at.getTime(),
          }),
        );
      }),

    findCommand: (key, commandId) =>
      database.withTenant(key.tenantId, async tx => {
        const [row] = await tx.query<{ seq: number }>(
          'select seq from journal where actor = $1 and command_id = $2',
          [key.actor, commandId],
        );
        return row?.seq;
      }),

    async saveSnapshots(rows: readonly SnapshotRow[]) {
      await database.statement(
        'troupe_runtime',
        'snapshot_save',
        'select snapshot_save($1, $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[])',
        [
          scopeOf(rows),
          rows.map(r => r.tenantId),
          rows.map(r => r.actor),
          rows.map(r => r.seq),
          rows.map(r => r.version),
          rows.map(r => r.state),
        ],
      );
    },
  };
}

function columnsOf(epoch: number, rows: readonly JournalRow[]): unknown[] {
  const tenants: string[] = [];
  const actors: string[] = [];
  const seqs: number[] = [];
  const unfinished: boolean[] = [];
  const commands: (string | null)[] = [];
  const events: string[] = [];
  for (const row of rows) {
    tenants.push(row.tenantId);
    actors.push(row.actor);
    seqs.push(row.seq);
    unfinished.push(row.unfinished);
    commands.push(row.commandId);
    events.push(row.events);
  }
  return [scopeOf(rows), epoch, tenants, actors, seqs, unfinished, commands, events];
}

/** A unique index refused the statement: nothing of it was written. */
function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

/** The tenants that a statement may touch, for row-level security. */
function scopeOf(keys: readonly ActorKey[]): string {
  const [first] = keys;
  if (first && keys.every(key => key.tenantId === first.tenantId)) return first.tenantId;
  return [...new Set(keys.map(key => key.tenantId))].join(',');
}
