// Protects: an actor that wants to be woken is woken, once, whoever died or slept meanwhile; one that changed its mind is not.
import { expect } from 'chai';
import { type Address, parseActorName } from '../../actors/runtime/actor-type.ts';
import { ActorHost } from '../../actors/runtime/host.ts';
import { Reminders } from '../../actors/runtime/reminders.ts';
import type { ActorKey } from '../../lib/contracts/journal.ts';
import type { Database } from '../../lib/io/database.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { openJournal } from '../../lib/io/sql/journal.ts';
import { openLeases } from '../../lib/io/sql/leases.ts';
import { openReminders } from '../../lib/io/sql/reminders.ts';
import { sleep, systemClock } from '../../lib/kernel/clock.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { until } from '../e2e/client.ts';
import { type AlarmCommand, type AlarmState, alarmActor } from '../suites/alarm-actor.ts';
import { makeTenant, pgliteInMemory, postgresAsPlainUser, type TestDatabase } from '../suites/databases.ts';

const LATER_MS = 3_600_000;

async function openHost(database: Database, nodeId: string): Promise<ActorHost> {
  const leases = openLeases(database);
  const epoch = await leases.register(nodeId, 600_000);
  return new ActorHost({
    types: [alarmActor],
    handlers: {},
    store: openJournal(database),
    clock: systemClock,
    log: silentLog,
    epoch: () => epoch,
    holderOf: leases.holderOf,
    mailboxLimit: 10,
    activationLimit: 100,
    idlePassivationMs: 60_000,
    pause: () => sleep(5),
  });
}

for (const [name, open] of [
  ['PGlite', pgliteInMemory],
  ['PostgreSQL', postgresAsPlainUser],
] as const)
  describe(`reminders on ${name}`, () => {
    let opened: TestDatabase;
    let tenantId: string;
    let host: ActorHost;
    let actors = 0;
    before(async () => {
      opened = await open();
      await migrate(opened.database);
      tenantId = await makeTenant(opened.database, 'ours');
      host = await openHost(opened.database, 'node-1');
    });
    after(() => opened?.close());

    const newAddress = (): Address => ({ tenantId, type: 'alarm', key: `a-${++actors}` });
    const tell = (to: Address, command: AlarmCommand, at = host) => at.submit(to, null, command);
    const rung = async (of: Address, at = host) => ((await at.inspect(of)).state as AlarmState).rung;
    const rows = () =>
      opened.database.asJob('troupe_relay', tx =>
        tx.query<{ actor: string; due: number }>(
          'select actor, (extract(epoch from due_at) * 1000)::float8 as due from reminder order by actor',
        ),
      );
    const dueOf = async ({ key }: Address) => (await rows()).find(row => row.actor === `alarm/${key}`)?.due;
    const wakeOn = (at: ActorHost) => async (key: ActorKey) =>
      void (await at.wake(parseActorName(key.tenantId, key.actor)));
    async function withPollers<T>(
      count: number,
      wake: (key: ActorKey) => Promise<void>,
      work: () => Promise<T>,
    ): Promise<T> {
      const pollers = Array.from(
        { length: count },
        () =>
          new Reminders({
            store: openReminders(opened.database),
            clock: systemClock,
            log: silentLog,
            wake,
            pollMs: 10,
          }),
      );
      for (const poller of pollers) poller.start();
      try {
        return await work();
      } finally {
        await Promise.all(pollers.map(poller => poller.stop()));
      }
    }

    it('are written, moved and removed in the transaction of the row that says so', async () => {
      const address = newAddress();
      const at = Date.now() + LATER_MS;
      await tell(address, { type: 'Note' });
      expect(await dueOf(address)).to.equal(undefined);
      await tell(address, { type: 'Set', at });
      expect(await dueOf(address)).to.equal(at);
      await tell(address, { type: 'Set', at: at + 1 });
      await tell(address, { type: 'Note' });
      expect(await dueOf(address)).to.equal(at);
      await tell(address, { type: 'Set', at: at - 5 });
      expect(await dueOf(address)).to.equal(at - 5);
      await tell(address, { type: 'Clear' });
      expect(await dueOf(address)).to.equal(undefined);
    });

    it('of a row that lost its place are not heard', async () => {
      const address = newAddress();
      const stranger = await openHost(opened.database, 'node-stranger');
      await tell(address, { type: 'Note' });
      await stranger.activate(address);
      await tell(address, { type: 'Note' });
      const row = { tenantId, actor: `alarm/${address.key}`, seq: 2, unfinished: false, commandId: null };
      const { losers } = await openJournal(opened.database).append(1, [
        { ...row, events: '[]', wakeAt: Date.now() + LATER_MS },
      ]);
      expect([...losers]).to.deep.equal([0]);
      expect(await dueOf(address)).to.equal(undefined);
    });

    it('ring once each and none before its time, whatever the number of pollers', async () => {
      const address = newAddress();
      const at = Date.now() + 60;
      for (const alarm of [at + 40, at, at + 20]) await tell(address, { type: 'Set', at: alarm });
      await withPollers(4, wakeOn(host), () =>
        until(
          () => rung(address),
          list => list.length === 3,
        ),
      );
      // Two that are due are two pollers' to wake: which comes first is not promised.
      expect((await rung(address)).toSorted()).to.deep.equal([at, at + 20, at + 40]);
      expect(await dueOf(address)).to.equal(undefined);
    });

    it('find an actor that has left memory', async () => {
      const address = newAddress();
      const at = Date.now() + 50;
      await tell(address, { type: 'Set', at });
      host.evict(address);
      await withPollers(1, wakeOn(host), () =>
        until(
          () => rung(address),
          list => list.length === 1,
        ),
      );
    });

    it('find an actor whose node is gone', async () => {
      const address = newAddress();
      const dying = await openHost(opened.database, 'node-dying');
      const at = Date.now() + 50;
      await tell(address, { type: 'Set', at }, dying);
      await openLeases(opened.database).declareLost(['node-dying']);
      const survivor = await openHost(opened.database, 'node-survivor');
      await withPollers(2, wakeOn(survivor), () =>
        until(
          () => rung(address, survivor),
          list => list.length === 1,
        ),
      );
      expect(await rung(address, survivor)).to.deep.equal([at]);
    });

    it('come again until the actor has taken them', async () => {
      const address = newAddress();
      await tell(address, { type: 'Set', at: Date.now() - 1 });
      let failures = 1;
      await withPollers(
        1,
        async key => {
          if (failures-- > 0) throw new Error('no node hosts it at the moment');
          await wakeOn(host)(key);
        },
        () =>
          until(
            () => rung(address),
            list => list.length === 1,
          ),
      );
      expect(await dueOf(address)).to.equal(undefined);
    });

    it('do not ring when the actor has changed its mind', async () => {
      const [cleared, witness] = [newAddress(), newAddress()];
      const at = Date.now() + 40;
      await tell(cleared, { type: 'Set', at });
      await tell(cleared, { type: 'Clear' });
      await tell(witness, { type: 'Set', at: at + 20 });
      await withPollers(1, wakeOn(host), () =>
        until(
          () => rung(witness),
          list => list.length === 1,
        ),
      );
      expect(await rung(cleared)).to.deep.equal([]);
    });
  });
