/** The journal in commit order, and the cursors of those who read it so. */
import type { CommitPosition, JournalMessage, OutboxStore, RelayLease } from '../../contracts/events.ts';
import type { Database } from '../database.ts';

/** Most characters of events in one batch: what a relay holds in memory. */
const BATCH_CHARACTERS = 4_000_000;

interface CursorRow {
  readonly epoch: number;
  readonly xid: string;
  readonly tenant_id: string;
  readonly actor: string;
  readonly seq: number;
}

export function openOutbox(database: Database): OutboxStore {
  const relay = <Row extends object>(name: string, text: string, values: readonly unknown[]) =>
    database.statement<Row>('troupe_relay', name, text, values);
  return {
    async take(name, holder, ttlMs): Promise<RelayLease | undefined> {
      const [row] = await relay<CursorRow>(
        'relay_take',
        `insert into relay_cursor (name, holder, epoch, expires_at)
         values ($1, $2, 1, clock_timestamp() + $3::bigint * interval '1 millisecond')
         on conflict (name) do update
           set holder = excluded.holder, epoch = relay_cursor.epoch + 1, expires_at = excluded.expires_at
           where relay_cursor.expires_at < clock_timestamp() or relay_cursor.holder = excluded.holder
         returning epoch, xid::text, at_tenant as tenant_id, actor, seq`,
        [name, holder, ttlMs],
      );
      return row && { epoch: row.epoch, position: positionOf(row) };
    },

    async advance(name, epoch, { xid, tenantId, actor, seq }, ttlMs) {
      const rows = await relay(
        'relay_advance',
        `update relay_cursor set xid = $3::text::xid8, at_tenant = $4, actor = $5, seq = $6, moved_at = clock_timestamp(),
           expires_at = clock_timestamp() + $7::bigint * interval '1 millisecond'
         where name = $1 and epoch = $2 returning epoch`,
        [name, epoch, xid, tenantId, actor, seq, ttlMs],
      );
      return rows.length > 0;
    },

    async release(name, epoch) {
      await relay(
        'relay_release',
        `update relay_cursor set expires_at = '-infinity' where name = $1 and epoch = $2`,
        [name, epoch],
      );
    },

    async read(after, limit): Promise<JournalMessage[]> {
      // Below the oldest running transaction nothing can appear any more: only so far is the order known.
      const rows = await relay<CursorRow & { at: number; events: string }>(
        'relay_read',
        `select xid::text, tenant_id, actor, seq, (extract(epoch from at) * 1000)::float8 as at, events from (
           select xid, tenant_id, actor, seq, at, events, sum(length(events)) over w - length(events) as before from (
             select xid, tenant_id, actor, seq, at, events from journal
             where xid >= $1::text::xid8 and (xid, tenant_id, actor, seq) > ($1::text::xid8, $2::text, $3::text, $4::bigint)
               and xid < pg_snapshot_xmin(pg_current_snapshot())
             order by xid, tenant_id, actor, seq limit $5
           ) r window w as (order by xid, tenant_id, actor, seq)
         ) s where before < $6 order by s.xid, tenant_id, actor, seq`,
        [after.xid, after.tenantId, after.actor, after.seq, limit, BATCH_CHARACTERS],
      );
      return rows.map(row => ({ ...positionOf(row), at: Math.round(row.at), events: row.events }));
    },

    async holds({ xid, tenantId, actor, seq }) {
      const rows = await relay(
        'relay_holds',
        'select seq from journal where tenant_id = $1 and actor = $2 and seq = $3 and xid = $4::text::xid8',
        [tenantId, actor, seq, xid],
      );
      return rows.length > 0;
    },

    async streamId(name) {
      await relay('relay_cursor', 'insert into relay_cursor (name) values ($1) on conflict do nothing', [
        name,
      ]);
      const [row] = await relay<{ stream_id: string }>(
        'relay_stream',
        'select stream_id from relay_cursor where name = $1',
        [name],
      );
      return row!.stream_id;
    },
  };
}

function positionOf(row: CursorRow): CommitPosition {
  return { xid: row.xid, tenantId: row.tenant_id, actor: row.actor, seq: row.seq };
}
