/** What every implementation of the events port must do: deliver each committed row, in order, until it was handled. */
import { expect } from 'chai';
import type { Events, JournalMessage } from '../../lib/contracts/events.ts';
import { rowId } from '../../lib/core/outbox/event-id.ts';
import type { Database } from '../../lib/io/database.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { until } from '../e2e/client.ts';
import { makeTenant, type TestDatabase } from './databases.ts';
import { type JournalWriter, journalWriter } from './journal-writer.ts';

export interface OpenedEvents {
  readonly events: Events;
  close(): Promise<void>;
}

export function eventsSuite(
  name: string,
  openDatabase: () => Promise<TestDatabase>,
  openEvents: (database: Database, node: string) => Promise<OpenedEvents>,
): void {
  describe(`the events port: ${name}`, () => {
    let opened: TestDatabase;
    let writer: JournalWriter;
    let events: OpenedEvents;
    let ours: string;
    let theirs: string;
    let consumers = 0;
    const newConsumer = () => `consumer-${++consumers}`;
    before(async () => {
      opened = await openDatabase();
      await migrate(opened.database);
      ours = await makeTenant(opened.database, 'ours');
      theirs = await makeTenant(opened.database, 'theirs');
      writer = await journalWriter(opened.database);
      events = await openEvents(opened.database, 'node-1');
    });
    after(async () => {
      await events?.close();
      await opened?.close();
    });

    const append = async (tenantId: string, actor: string, payload: readonly unknown[] = []) =>
      rowId({ tenantId, actor, seq: await writer.append(tenantId, actor, payload) });
    const collector = () => {
      const seen: JournalMessage[] = [];
      return {
        seen,
        ids: () => seen.map(rowId),
        deliver: async (batch: readonly JournalMessage[]) => void seen.push(...batch),
      };
    };

    it('delivers what was committed before and after subscribing, in the order of commits', async () => {
      const { ids, seen, deliver } = collector();
      const first = await append(ours, 'conversation/a', [{ type: 'One', text: 'nul \u0000 “quoted” 👩‍🚀' }]);
      const subscription = await events.events.subscribe(newConsumer(), deliver);
      const rest = [
        await append(theirs, 'conversation/a', [{ type: 'Two' }]),
        await append(ours, 'conversation/a', [{ type: 'Three' }]),
        await append(ours, 'conversation/b c/ö', []),
      ];
      events.events.nudge();
      await until(
        async () => ids(),
        found => found.length >= 4,
      );
      expect(ids().slice(-4)).to.deep.equal([first, ...rest]);
      const message = seen.find(row => rowId(row) === first)!;
      expect(JSON.parse(message.events!)).to.deep.equal([{ type: 'One', text: 'nul \u0000 “quoted” 👩‍🚀' }]);
      expect(message.at).to.be.closeTo(Date.now(), 60_000);
      await subscription.stop();
    });

    it('gives a batch again whose handler failed, and loses none after it', async () => {
      const { ids, deliver } = collector();
      let failures = 2;
      const subscription = await events.events.subscribe(newConsumer(), async batch => {
        if (failures-- > 0) throw new Error('not now');
        await deliver(batch);
      });
      const wanted = [await append(ours, 'conversation/again'), await append(ours, 'conversation/again')];
      await until(
        async () => ids(),
        found => wanted.every(id => found.includes(id)),
      );
      await subscription.stop();
    });

    it('goes on where a consumer of that name stopped', async () => {
      const consumer = newConsumer();
      const one = collector();
      const before = await events.events.subscribe(consumer, one.deliver);
      const wanted = await append(ours, 'conversation/stop');
      await until(
        async () => one.ids(),
        found => found.includes(wanted),
      );
      await before.stop();
      const missed = await append(ours, 'conversation/stop');
      const two = collector();
      const after = await events.events.subscribe(consumer, two.deliver);
      await until(
        async () => two.ids(),
        found => found.includes(missed),
      );
      expect(two.ids()).to.not.include(wanted);
      await after.stop();
    });

    it('lets consumers of different names have every row each, and not wait for one another', async () => {
      const stuck = await events.events.subscribe(newConsumer(), () => Promise.reject(new Error('never')));
      const one = collector();
      const two = collector();
      const subscriptions = [
        await events.events.subscribe(newConsumer(), one.deliver),
        await events.events.subscribe(newConsumer(), two.deliver),
      ];
      const wanted = await append(ours, 'conversation/each');
      for (const { ids } of [one, two])
        await until(
          async () => ids(),
          found => found.includes(wanted),
        );
      await Promise.all([...subscriptions, stuck].map(each => each.stop()));
    });

    it('delivers to a successor what a node that closed had not finished', async () => {
      const consumer = newConsumer();
      const other = await openEvents(opened.database, 'node-2');
      let given = 0;
      await other.events.subscribe(consumer, async () => {
        given++;
        throw new Error('dies in the middle');
      });
      const wanted = await append(ours, 'conversation/successor');
      await until(
        async () => given,
        count => count > 0,
      );
      await other.close();
      const { ids, deliver } = collector();
      const subscription = await events.events.subscribe(consumer, deliver);
      await until(
        async () => ids(),
        found => found.includes(wanted),
        20_000,
      );
      await subscription.stop();
    });
  });
}
