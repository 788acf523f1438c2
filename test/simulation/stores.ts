/** The ports of the runtime on the simulated database, as one process sees it. */
import type { HistoryRow, JournalStore } from '../../lib/contracts/journal.ts';
import type { LeaseStore } from '../../lib/contracts/leases.ts';
import type { SimulatedDatabase } from './database.ts';
import type { Process } from './scheduler.ts';

export function journalOf(database: SimulatedDatabase, process: Process): JournalStore {
  const read = <T>(name: string, query: () => T) =>
    database.statement<T>(process, name, reply => reply(query()));
  const store: JournalStore = {
    async append(epoch, rows) {
      const { appended, xid } = await database.statement<{ appended: number; xid: bigint }>(
        process,
        'journal_append',
        reply => database.append(epoch, rows, reply),
      );
      if (appended === rows.length) return { losers: new Set<number>(), xid };
      const winners = await store.written(epoch, rows);
      return { losers: new Set([...rows.keys()].filter(index => !winners.has(index))), xid: undefined };
    },
    written: (epoch, rows) => read('journal_written', () => database.written(epoch, rows)),
    load: keys => read('actor_load', () => keys.map(key => database.load(key.tenantId, key.actor))),
    history: (key, fromSeq, limit) =>
      read('history', () =>
        database.history(key.tenantId, key.actor, fromSeq, limit).map((row): HistoryRow => row),
      ),
    findCommand: (key, commandId) =>
      read('command', () => database.findCommand(key.tenantId, key.actor, commandId)),
    saveSnapshots: rows => read('snapshot_save', () => database.saveSnapshots(rows)),
  };
  return store;
}

export function leasesOf(database: SimulatedDatabase, process: Process, now: () => number): LeaseStore {
  const run = <T>(name: string, query: () => T) =>
    database.statement<T>(process, name, reply => reply(query()));
  const declare = (doomed: Parameters<SimulatedDatabase['declare']>[0], to: 'lost' | 'recovered') =>
    database.statement<void>(process, 'lease_declare', reply => database.declare(doomed, to, reply));
  return {
    register: (nodeId, ttlMs) => run('lease_register', () => database.register(nodeId, ttlMs)),
    renew: (epoch, ttlMs, lowWater) => run('lease_renew', () => database.renew(epoch, ttlMs, lowWater)),
    end: (epoch, leftUnfinished) =>
      declare(lease => lease.epoch === epoch, leftUnfinished ? 'lost' : 'recovered'),
    holderOf: epoch =>
      run('lease_holder', () => {
        const lease = database.leases[epoch - 1];
        return lease?.state === 'alive' && lease.expiresAt > now() ? lease.nodeId : undefined;
      }),
    declareLost: nodeIds =>
      declare(lease => lease.expiresAt <= now() || nodeIds.includes(lease.nodeId), 'lost'),
    declareOthersLost: epoch => declare(lease => lease.epoch !== epoch, 'lost'),
    lost: () =>
      run('lease_lost', () => database.leases.filter(lease => lease.state === 'lost').map(l => l.epoch)),
    unfinished: (epoch, limit) => run('lease_unfinished', () => database.unfinished(epoch, limit)),
    recovered: epoch =>
      run('lease_recovered', () => {
        const lease = database.leases[epoch - 1];
        if (lease?.state === 'lost') lease.state = 'recovered';
      }),
  };
}
