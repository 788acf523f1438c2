// Protects: each event counts once, whatever delivery repeats, reorders or loses; one that cannot be processed is put aside alone and can be replayed; a rebuilt projection is the live one, byte for byte.
import { expect } from 'chai';
import type { JournalMessage } from '../../lib/contracts/events.ts';
import { BEGINNING } from '../../lib/contracts/events.ts';
import { type AnyKeeper, Consumer, type Keeper } from '../../lib/io/consumer.ts';
import type { Database } from '../../lib/io/database.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { listDeadLetters } from '../../lib/io/sql/consumers.ts';
import { openOutbox } from '../../lib/io/sql/outbox.ts';
import { readUsage } from '../../lib/io/sql/projections.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { conversationListKeeper } from '../../services/chat.service.ts';
import { usageKeeper } from '../../services/metering.service.ts';
import { until } from '../e2e/client.ts';
import { makeTenant, pgliteInMemory, postgresAsPlainUser, type TestDatabase } from '../suites/databases.ts';
import { type JournalWriter, journalWriter, turnCompleted, usageOf } from '../suites/journal-writer.ts';
import { refusal, rejection } from '../suites/rejection.ts';
import { openRelayed } from '../suites/relayed.ts';

const DAY = Date.UTC(2026, 7, 1);
const now = () => Promise.resolve();

for (const [name, open] of [
  ['PGlite', pgliteInMemory],
  ['PostgreSQL', postgresAsPlainUser],
] as const)
  describe(`consumers on ${name}`, () => {
    let opened: TestDatabase;
    let database: Database;
    let writer: JournalWriter;
    let ours: string;
    let theirs: string;
    before(async () => {
      opened = await open();
      database = opened.database;
      await migrate(database);
      writer = await journalWriter(database);
    });
    beforeEach(async () => {
      ours = await makeTenant(database, 'ours');
      theirs = await makeTenant(database, 'theirs');
    });
    after(() => opened?.close());

    const consumerOf = (keeper: AnyKeeper) => new Consumer(database, keeper, silentLog, now);
    /** All rows. They are hidden while any transaction of the server, other tests' too, runs since before them. */
    const delivered = async (): Promise<JournalMessage[]> => {
      for (;;) {
        const rows = await visible();
        const [row] = await database.asJob('troupe_relay', tx =>
          tx.query<{ n: number }>('select count(*)::int as n from journal where tenant_id = any ($1)', [
            [ours, theirs],
          ]),
        );
        if (rows.length >= row!.n) return rows;
      }
    };
    const visible = async (): Promise<JournalMessage[]> => {
      const outbox = openOutbox(database);
      const rows: JournalMessage[] = [];
      for (let after = BEGINNING; ; after = rows.at(-1)!) {
        const page = await outbox.read(after, 500);
        if (page.length === 0) break;
        rows.push(...page);
      }
      return rows.filter(row => row.tenantId === ours || row.tenantId === theirs);
    };
    const turns = async (tenantId = ours) =>
      (await database.withTenant(tenantId, tx => readUsage(tx, '2026-01-01', '2026-12-31'))).map(row => [
        row.day,
        row.model,
        row.turns,
        row.inputTokens,
        row.costMicroUsd,
      ]);
    const letters = (tenantId = ours) =>
      database.withTenant(tenantId, tx =>
        listDeadLetters(tx, { before: undefined, consumer: undefined, limit: 100 }),
      );
    const say = (actor: string, tokens: number, tenantId = ours, at = DAY) =>
      writer.append(tenantId, actor, [turnCompleted(1, at, usageOf(tokens))]);

    it('count a row once that is delivered again, late, or by two workers at once', async () => {
      for (let i = 1; i <= 6; i++) await say('conversation/a', i);
      await say('conversation/b', 100);
      const rows = await delivered();
      const workers = [consumerOf(usageKeeper), consumerOf(usageKeeper)];
      await workers[0]!.deliver([rows[4]!, rows[1]!]);
      await Promise.all(workers.map(worker => worker.deliver(rows)));
      await Promise.all(workers.map(worker => worker.deliver([...rows].reverse())));
      expect(await turns()).to.deep.equal([['2026-08-01', 'm', 7, 121, 363]]);
    });

    it('read from the journal what delivery has lost', async () => {
      for (let i = 1; i <= 1_200; i++) await say('conversation/long', 1);
      const rows = await delivered();
      await consumerOf(usageKeeper).deliver([rows.at(-1)!]);
      expect((await turns())[0]).to.deep.equal(['2026-08-01', 'm', 1_200, 1_200, 3_600]);
    });

    it('keep tenants, days and models apart', async () => {
      await say('conversation/a', 1);
      await say('conversation/a', 2, theirs);
      await say('conversation/a', 4, ours, DAY + 86_400_000);
      await writer.append(ours, 'conversation/a', [turnCompleted(3, DAY, usageOf(8, 'other'))]);
      await consumerOf(usageKeeper).deliver(await delivered());
      expect(await turns(theirs)).to.deep.equal([['2026-08-01', 'm', 1, 2, 6]]);
      expect(await turns()).to.deep.equal([
        ['2026-08-01', 'm', 1, 1, 3],
        ['2026-08-01', 'other', 1, 8, 24],
        ['2026-08-02', 'm', 1, 4, 12],
      ]);
    });

    it('write neither effect nor position when they fail between the two', async () => {
      await say('conversation/a', 1);
      const rows = await delivered();
      let failures = 2;
      const flaky: Keeper<never> = {
        ...(usageKeeper as unknown as Keeper<never>),
        async write(tx, tenantId, changes) {
          await usageKeeper.write(tx, tenantId, changes);
          if (failures-- > 0) throw new Error('died after the effect');
        },
      };
      await consumerOf(flaky).deliver(rows);
      await consumerOf(flaky).deliver(rows);
      expect((await turns())[0]?.[2]).to.equal(1);
      expect(await letters()).to.deep.equal([]);
    });

    it('put a poison event aside alone, after a number of attempts, for its tenant to see', async () => {
      await say('conversation/a', 1);
      await writer.append(ours, 'conversation/a', [
        turnCompleted(2, DAY, usageOf(10)),
        { type: 'TurnCompleted', turn: 3, at: DAY, usage: { model: 'm', inputTokens: 'many' } },
        turnCompleted(4, DAY, usageOf(100)),
      ]);
      await writer.append(ours, 'conversation/a', 'this is no JSON');
      await say('conversation/a', 1_000);
      await say('conversation/b', 10_000, theirs);
      await consumerOf(usageKeeper).deliver(await delivered());
      expect((await turns())[0]).to.deep.equal(['2026-08-01', 'm', 4, 1_111, 3_333]);
      expect((await turns(theirs))[0]?.[3]).to.equal(10_000);
      const put = (await letters()).map(({ seq, index, type, code, attempts }) => ({
        seq,
        index,
        type,
        code,
        attempts,
      }));
      expect(put.sort((a, b) => a.seq - b.seq)).to.deep.equal([
        { seq: 2, index: 1, type: 'TurnCompleted', code: 'validation-failed', attempts: 5 },
        { seq: 3, index: 0, type: '', code: 'journal-corrupt', attempts: 5 },
      ]);
      expect(await letters(theirs)).to.deep.equal([]);
    });

    it('process a dead letter once when it is replayed, and keep it while it fails', async () => {
      await writer.append(ours, 'conversation/a', [
        { type: 'TurnCompleted', turn: 1, at: DAY, usage: { model: 'm', inputTokens: 7, outputTokens: 0 } },
      ]);
      await say('conversation/a', 1);
      await consumerOf(usageKeeper).deliver(await delivered());
      const [letter] = await letters();
      expect(await consumerOf(usageKeeper).replay(ours, letter!.id)).to.equal('validation-failed');
      expect((await letters())[0]?.attempts).to.equal(6);
      const mended = consumerOf({
        ...usageKeeper,
        projection: {
          ...usageKeeper.projection,
          fold(changes: Map<string, never>, occurred: Parameters<typeof usageKeeper.projection.fold>[1]) {
            const usage = { costMicroUsd: 5, ...(occurred.event.usage as object) };
            usageKeeper.projection.fold(changes, { ...occurred, event: { ...occurred.event, usage } });
          },
        },
      });
      await refusal(mended.replay(theirs, letter!.id), 'not-found');
      expect(await mended.replay(ours, letter!.id)).to.equal(undefined);
      await refusal(mended.replay(ours, letter!.id), 'not-found');
      expect((await turns())[0]).to.deep.equal(['2026-08-01', 'm', 2, 8, 8]);
      expect(await letters()).to.deep.equal([]);
    });

    it('bury nothing while the database is away: the batch is to be given again', async () => {
      await say('conversation/a', 1);
      const rows = await delivered();
      const away: Database = {
        ...database,
        withTenant: () => Promise.reject(new Error('connection refused')),
      };
      await rejection(new Consumer(away, usageKeeper, silentLog, now).deliver(rows));
      expect(await letters()).to.deep.equal([]);
      await consumerOf(usageKeeper).deliver(rows);
      expect((await turns())[0]?.[2]).to.equal(1);
    });

    const dump = (table: string) =>
      database.withTenant(ours, async tx =>
        JSON.stringify(await tx.query(`select t::text as row from ${table} t order by t::text`)),
      );

    it('come out of a rebuild as they were, also when events arrive meanwhile', async () => {
      const story = [
        { type: 'MessageReceived', messageId: 'a', text: 'Hello there', at: DAY },
        { type: 'TurnStarted', turn: 1, at: DAY },
        { type: 'PersonWanted', reason: 'unsure', at: DAY + 1 },
        turnCompleted(1, DAY + 2, usageOf(5), 'An answer'),
        { type: 'TakenOver', by: 'p', at: DAY + 3 },
        { type: 'PersonReplied', messageId: 'b', text: 'I am here', by: 'p', at: DAY + 4 },
        { type: 'HandedBack', by: 'p', at: DAY + 5 },
        { type: 'Paused', by: 'p', at: DAY + 6 },
        { type: 'TurnCompleted', turn: 2, at: DAY, message: {}, usage: {} },
      ];
      for (let i = 0; i < 30; i++)
        for (const event of story.slice(0, 1 + (i % story.length)))
          await writer.append(ours, `conversation/${i}`, [event]);
      const keepers = [
        [usageKeeper, 'usage_daily'],
        [conversationListKeeper, 'conversation_list'],
      ] as const;
      for (const [keeper, table] of keepers) {
        const consumer = consumerOf(keeper);
        for (const row of await delivered()) await consumer.deliver([row]);
        const live = await dump(table);
        const buried = (await letters()).length;
        expect(await consumer.rebuild(ours)).to.be.greaterThan(100);
        expect(await dump(table)).to.equal(live);
        expect((await letters()).length).to.equal(buried);
        // Rows that come while it is rebuilt are counted by the one or the other, never by both.
        const more = (async () => {
          for (let i = 0; i < 20; i++) {
            await say(`conversation/new-${table}-${i}`, 1);
            await consumer.deliver(await delivered());
          }
        })();
        await Promise.all([consumer.rebuild(ours), consumer.rebuild(ours), more]);
        const mixed = await dump(table);
        await consumer.rebuild(ours);
        expect(await dump(table)).to.equal(mixed);
      }
    });
  });

describe('a consumer behind JetStream', function () {
  this.timeout(60_000);
  let opened: TestDatabase;
  let database: Database;
  before(async () => {
    opened = await postgresAsPlainUser();
    database = opened.database;
    await migrate(database);
  });
  after(() => opened?.close());

  it('counts once what is delivered again because its acknowledgement was lost, and after the stream was', async () => {
    const ours = await makeTenant(database, 'ours');
    const writer = await journalWriter(database);
    const relayed = await openRelayed(database, 'node-1');
    const consumer = new Consumer(database, usageKeeper, silentLog);
    let deliveries = 0;
    const subscription = await relayed.events.subscribe(consumer.name, async batch => {
      await consumer.deliver(batch);
      deliveries++;
      if (deliveries % 2 === 1) throw new Error('died before the acknowledgement');
    });
    for (let i = 0; i < 25; i++)
      await writer.append(ours, `conversation/${i % 3}`, [turnCompleted(i, DAY, usageOf(1))]);
    const counted = async () =>
      (await database.withTenant(ours, tx => readUsage(tx, '2026-01-01', '2026-12-31')))[0]?.turns;
    await until(counted, turns => turns === 25);
    const before = deliveries;
    await relayed.events.stream.reset();
    for (let i = 0; i < 5; i++)
      await writer.append(ours, 'conversation/0', [turnCompleted(i, DAY, usageOf(1))]);
    await until(counted, turns => turns === 30, 30_000);
    await until(
      async () => deliveries,
      count => count > before + 1,
    );
    expect(await counted()).to.equal(30);
    await subscription.stop();
    await relayed.close();
  });
});
