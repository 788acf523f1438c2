/** The leases of the nodes, and what a dead one left unfinished, on the database port. */
import type { LeaseStore } from '../../contracts/leases.ts';
import type { Database } from '../database.ts';

export function openLeases(database: Database): LeaseStore {
  const runtime = <Row extends object>(name: string, text: string, values: readonly unknown[]) =>
    database.statement<Row>('troupe_runtime', name, text, values);
  return {
    async register(nodeId, ttlMs) {
      const [row] = await runtime<{ epoch: number }>(
        'lease_register',
        `insert into node_lease (node_id, expires_at) values ($1, clock_timestamp() + $2::bigint * interval '1 millisecond') returning epoch`,
        [nodeId, ttlMs],
      );
      return row!.epoch;
    },
    async renew(epoch, ttlMs, lowWater) {
      const [row] = await runtime<{ oldest: string }>(
        'lease_renew',
        `update node_lease set renewed_at = clock_timestamp(), expires_at = clock_timestamp() + $2::bigint * interval '1 millisecond',
           low_water = coalesce($3::text::xid8, low_water)
         where epoch = $1 and state = 'alive' returning pg_snapshot_xmin(pg_current_snapshot())::text as oldest`,
        [epoch, ttlMs, lowWater === undefined ? null : String(lowWater)],
      );
      return row && BigInt(row.oldest);
    },
    async end(epoch, leftUnfinished) {
      await runtime('lease_end', 'select lease_end($1, $2)', [epoch, leftUnfinished ? 'lost' : 'recovered']);
    },
    async holderOf(epoch) {
      const [row] = await runtime<{ node_id: string }>(
        'lease_holder',
        `select node_id from node_lease where epoch = $1 and state = 'alive' and expires_at > clock_timestamp()`,
        [epoch],
      );
      return row?.node_id;
    },
    async declareLost(nodeIds) {
      await runtime('lease_declare_lost', 'select lease_declare_lost($1::text[], 0)', [nodeIds]);
    },
    async declareOthersLost(epoch) {
      await runtime('lease_declare_others_lost', `select lease_declare_lost('{}'::text[], $1)`, [epoch]);
    },
    async lost() {
      const rows = await runtime<{ epoch: number }>(
        'lease_lost',
        `select epoch from node_lease where state = 'lost' order by epoch limit 100`,
        [],
      );
      return rows.map(row => row.epoch);
    },
    async unfinished(epoch, limit) {
      const rows = await database.statement<{ tenant_id: string; actor: string }>(
        'troupe_relay',
        'lease_unfinished',
        `select j.tenant_id, j.actor from journal j
         where j.xid >= (select low_water from node_lease where epoch = $1) and j.epoch = $1 and j.unfinished
           and not exists (select from journal n where n.tenant_id = j.tenant_id and n.actor = j.actor and n.seq = j.seq + 1)
         limit $2`,
        [epoch, limit],
      );
      return rows.map(row => ({ tenantId: row.tenant_id, actor: row.actor }));
    },
    async recovered(epoch) {
      await runtime(
        'lease_recovered',
        `update node_lease set state = 'recovered' where epoch = $1 and state = 'lost'`,
        [epoch],
      );
    },
  };
}
