// Protects: rows leave the journal in commit order, none lost and none twice, however relays die, rival or are paused, and a lost stream is filled again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CommitPosition, EventStream, JournalMessage } from '../../lib/contracts/events.ts';
import { rowId } from '../../lib/core/outbox/event-id.ts';
import type { Database } from '../../lib/io/database.ts';
import { openJetStream } from '../../lib/io/jetstream.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { openPostgres } from '../../lib/io/postgres.ts';
import { Relay } from '../../lib/io/relay.ts';
import { openOutbox } from '../../lib/io/sql/outbox.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { provided } from '../../scripts/provision/settings.ts';
import { until } from '../e2e/client.ts';
import { type EmptyPostgres, emptyPostgres, makeTenant } from '../suites/databases.ts';
import { type JournalWriter, journalWriter } from '../suites/journal-writer.ts';
import { held, openRelayed, RELAY, withManager } from '../suites/relayed.ts';

const RELAY_PROCESS = join(import.meta.dirname, '../suites/relay-process.ts');

describe('the relay', function () {
  this.timeout(60_000);
  let empty: EmptyPostgres;
  let database: Database;
  let writer: JournalWriter;
  let tenantId: string;
  beforeEach(async () => {
    empty = await emptyPostgres();
    database = openPostgres({ url: empty.ownerUrl });
    await migrate(database);
    tenantId = await makeTenant(database, 'ours');
    writer = await journalWriter(database);
  });
  afterEach(async () => {
    await database.close();
    await empty.drop();
  });

  const append = async (actor: string, events: readonly unknown[] = []) =>
    rowId({ tenantId, actor, seq: await writer.append(tenantId, actor, events) });
  const inCommitOrder = async () =>
    (
      await database.asJob('troupe_relay', tx =>
        tx.query<{ actor: string; seq: number }>(
          'select actor, seq from journal order by xid, tenant_id, actor, seq',
        ),
      )
    ).map(row => rowId({ tenantId, ...row }));

  /** A stream in memory that knows what it holds. */
  function recorder(): EventStream & { ids(): string[] } {
    const rows: JournalMessage[] = [];
    return {
      ids: () => rows.map(rowId),
      last: async (): Promise<CommitPosition | 'empty'> => rows.at(-1) ?? 'empty',
      publish: async batch => void rows.push(...batch),
      reset: async () => void rows.splice(0),
    };
  }
  function relayTo(stream: EventStream, holder = 'node-1', ttlMs = 300): Relay {
    const relay = new Relay({
      name: RELAY,
      holder,
      store: openOutbox(database),
      stream,
      clock: systemClock,
      log: silentLog,
      ttlMs,
    });
    relay.start();
    return relay;
  }
  it('waits for a transaction that began before and has not ended, and loses none of its rows', async () => {
    const stream = recorder();
    const relay = relayTo(stream);
    const first = await append('conversation/a');
    await until(
      async () => stream.ids(),
      ids => ids.length === 1,
    );
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: written, resolve: wrote } = Promise.withResolvers<void>();
    const slow = database.asJob('troupe_runtime', async tx => {
      await tx.query(
        `select journal_append($1, $2, array[$1], array['conversation/slow'], array[1]::bigint[], array[false], array[null]::text[], array['[]'])`,
        [tenantId, writer.epoch],
      );
      wrote();
      await mayCommit;
    });
    await written;
    const later = [await append('conversation/a'), await append('conversation/b')];
    // Proof that the relay has looked since: it renews its lease between looks.
    const looked = async () =>
      (await database.asJob('troupe_relay', tx => tx.query('select expires_at from relay_cursor')))[0];
    const before = JSON.stringify(await looked());
    await until(looked, now => JSON.stringify(now) !== before);
    expect(stream.ids()).to.deep.equal([first]);
    commit();
    await slow;
    const slowId = rowId({ tenantId, actor: 'conversation/slow', seq: 1 });
    await until(
      async () => stream.ids(),
      ids => ids.length === 4,
    );
    expect(stream.ids()).to.deep.equal([first, slowId, ...later]);
    await relay.stop();
  });

  it('keeps commit order under writers that overlap', async () => {
    const stream = recorder();
    const relay = relayTo(stream);
    await Promise.all(
      Array.from({ length: 8 }, async (_, w) => {
        for (let i = 0; i < 40; i++) await append(`conversation/${w}`);
      }),
    );
    await until(
      async () => stream.ids(),
      ids => ids.length === 320,
    );
    expect(stream.ids()).to.deep.equal(await inCommitOrder());
    await relay.stop();
  });

  it('of which one works at a time, and another when its lease has run out', async () => {
    const stream = recorder();
    const one = relayTo(stream, 'node-1');
    await until(async () => one.active, Boolean);
    const two = relayTo(stream, 'node-2');
    await append('conversation/a');
    await until(
      async () => stream.ids(),
      ids => ids.length === 1,
    );
    expect([one.active, two.active]).to.deep.equal([true, false]);
    expect([one.lagMs, two.lagMs].map(lag => lag !== undefined)).to.deep.equal([true, false]);
    await one.stop();
    await append('conversation/a');
    await until(
      async () => stream.ids(),
      ids => ids.length === 2,
    );
    expect(two.active).to.equal(true);
    await two.stop();
  });

  it('that was overtaken without knowing is refused by the stream, which holds each row once, in order', async () => {
    const one = await openRelayed(database, 'node-1', 300);
    await append('conversation/a');
    await until(
      () => held(one.events.streamName),
      ids => ids.length === 1,
    );
    // A paused process: it believes in its place, and another has gone on.
    const stale = await openJetStream({
      url: provided('nats'),
      namespace: 'test',
      streamId: await openOutbox(database).streamId(RELAY),
      nodeName: 'node-stale',
      log: silentLog,
    });
    await stale.stream.last();
    const next = await append('conversation/a');
    await until(
      () => held(one.events.streamName),
      ids => ids.includes(next),
    );
    const late: JournalMessage = {
      xid: '1',
      tenantId,
      actor: 'conversation/late',
      seq: 1,
      at: 0,
      events: '[]',
    };
    const refused = await stale.stream.publish([late]).then(
      () => 'published',
      () => 'refused',
    );
    expect(refused).to.equal('refused');
    expect(await held(one.events.streamName)).to.deep.equal(await inCommitOrder());
    await stale.close();
    await one.close();
  });

  it('publishes nothing twice when it died between the stream and its cursor', async () => {
    const one = await openRelayed(database, 'node-1', 300);
    for (let i = 0; i < 20; i++) await append('conversation/a');
    await until(
      () => held(one.events.streamName),
      ids => ids.length === 20,
    );
    await one.close();
    // As if the cursor had never been written.
    await database.asJob('troupe_relay', tx =>
      tx.query(`update relay_cursor set xid = '0', seq = 0, actor = ''`),
    );
    const two = await openRelayed(database, 'node-2', 300);
    const next = await append('conversation/a');
    await until(
      () => held(two.events.streamName),
      ids => ids.includes(next),
    );
    expect(await held(two.events.streamName)).to.deep.equal(await inCommitOrder());
    await two.close();
  });

  it('killed again and again while rows are written, hands on each row once, in commit order', async () => {
    let writing = true;
    const writers = Array.from({ length: 4 }, async (_, w) => {
      while (writing) await append(`conversation/${w}`);
    });
    for (let kill = 0; kill < 4; kill++) {
      const child = spawn(process.execPath, [RELAY_PROCESS, empty.ownerUrl], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      const before = (await inCommitOrder()).length;
      await until(
        async () => (await inCommitOrder()).length,
        count => count > before + 100 * (kill + 1),
      );
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    writing = false;
    await Promise.all(writers);
    const last = await openRelayed(database, 'node-last', 300);
    const wanted = await inCommitOrder();
    const count = () =>
      withManager(async manager => (await manager.streams.info(last.events.streamName)).state.messages);
    await until(count, messages => messages >= wanted.length, 30_000);
    expect(await held(last.events.streamName)).to.deep.equal(wanted);
    await last.close();
  });

  it('fills a stream again that was deleted, and notices without a new event', async () => {
    const one = await openRelayed(database, 'node-1', 300);
    for (let i = 0; i < 5; i++) await append(`conversation/${i}`);
    await until(
      () => held(one.events.streamName),
      ids => ids.length === 5,
    );
    await withManager(manager => manager.streams.delete(one.events.streamName));
    await until(
      () => held(one.events.streamName).catch((): string[] => []),
      ids => ids.length === 5,
    );
    expect(await held(one.events.streamName)).to.deep.equal(await inCommitOrder());
    await one.close();
  });

  it('starts a stream anew that tells another history than the journal', async () => {
    const one = await openRelayed(database, 'node-1', 300);
    await append('conversation/a');
    await until(
      () => held(one.events.streamName),
      ids => ids.length === 1,
    );
    await one.relay.stop();
    await one.events.stream.last();
    await one.events.stream.publish([
      { xid: '999999999', tenantId, actor: 'conversation/never', seq: 7, at: 0, events: '[]' },
    ]);
    const two = await openRelayed(database, 'node-2', 300);
    const next = await append('conversation/a');
    await until(
      () => held(two.events.streamName).catch((): string[] => []),
      ids => ids.includes(next),
    );
    expect(await held(two.events.streamName)).to.deep.equal(await inCommitOrder());
    await two.close();
    await one.close();
  });

  it('names a row that is too large for a message, and leaves its events to the journal', async () => {
    const one = await openRelayed(database, 'node-1', 300);
    const large = await append('conversation/large', [{ type: 'Forked', text: 'x'.repeat(1_500_000) }]);
    const small = await append('conversation/large', [{ type: 'Noted' }]);
    const seen: JournalMessage[] = [];
    await one.events.subscribe('reader', async batch => void seen.push(...batch));
    await until(
      async () => seen.map(rowId),
      ids => ids.includes(small),
    );
    expect(seen.map(row => [rowId(row), row.events])).to.deep.equal([
      [large, null],
      [small, '[{"type":"Noted"}]'],
    ]);
    await one.close();
  });
});
