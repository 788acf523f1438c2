/** What the journal promises the actors: one winner for each place, a fence by lease, a record of every command. */
import { expect } from 'chai';
import type { JournalRow, JournalStore } from '../../lib/contracts/journal.ts';
import type { LeaseStore } from '../../lib/contracts/leases.ts';
import type { Database } from '../../lib/io/database.ts';
import { openJournal } from '../../lib/io/sql/journal.ts';
import { openLeases } from '../../lib/io/sql/leases.ts';

const TTL_MS = 60_000;

export function journalSuite(given: () => { db: Database; ours: string; theirs: string }): void {
  describe('the journal', () => {
    let journal: JournalStore;
    let leases: LeaseStore;
    let epoch: number;
    let ours: string;
    let theirs: string;
    before(async () => {
      const { db } = given();
      ({ ours, theirs } = given());
      journal = openJournal(db);
      leases = openLeases(db);
      epoch = await leases.register('node-1', TTL_MS);
    });

    let actors = 0;
    const row = (over: Partial<JournalRow> = {}): JournalRow => ({
      tenantId: ours,
      actor: `conversation/${++actors}`,
      seq: 1,
      unfinished: false,
      commandId: null,
      events: '[]',
      ...over,
    });
    const losers = async (at: number, rows: readonly JournalRow[]) => [
      ...(await journal.append(at, rows)).losers,
    ];

    it('gives a place to the first and tells the second that it has lost, sparing the rest of its batch', async () => {
      const first = row({ events: '["first"]' });
      const other = row();
      expect(await losers(epoch, [first])).to.deep.equal([]);
      expect(await losers(epoch, [other, { ...first, events: '["second"]' }])).to.deep.equal([1]);
      const [stored, spared] = await journal.load([first, other]);
      expect(stored!.rows.map(r => r.events)).to.deep.equal(['["first"]']);
      expect(spared!.rows).to.have.length(1);
    });

    it('does not claim the transaction of a row that an earlier attempt wrote', async () => {
      const first = row();
      const written = await journal.append(epoch, [first]);
      const again = await journal.append(epoch, [first, row()]);
      expect(written.xid).to.be.a('bigint');
      expect([...again.losers]).to.deep.equal([]);
      expect(again.xid).to.equal(undefined);
    });

    it('has one winner among many that race for a place', async () => {
      const place = row();
      const racers = Array.from({ length: 10 }, (_, i) => ({ ...place, events: `[${i}]` }));
      const results = await Promise.all(racers.map(racer => losers(epoch, [racer])));
      expect(results.filter(lost => lost.length === 0)).to.have.length(1);
      const [stored] = await journal.load([place]);
      expect(stored!.rows).to.have.length(1);
    });

    it('accepts a command once, however it is sent again', async () => {
      const first = row({ commandId: 'msg_1' });
      expect(await losers(epoch, [first])).to.deep.equal([]);
      expect(await losers(epoch, [{ ...first, seq: 2 }])).to.deep.equal([0]);
      expect(await losers(epoch, [{ ...first, seq: 2, commandId: 'msg_2' }])).to.deep.equal([]);
      expect(await journal.findCommand(first, 'msg_1')).to.equal(1);
      expect(await journal.findCommand(first, 'msg_2')).to.equal(2);
      expect(await journal.findCommand(first, 'msg_3')).to.equal(undefined);
    });

    it('keeps the command ids of actors and of tenants apart', async () => {
      const first = row({ commandId: 'same' });
      const rows = [first, row({ commandId: 'same' }), { ...first, tenantId: theirs }];
      expect(await losers(epoch, rows)).to.deep.equal([]);
      expect(await journal.findCommand(rows[1]!, 'same')).to.equal(1);
    });

    it('refuses the appends of a node whose lease was declared lost', async () => {
      const dying = await leases.register('node-dying', TTL_MS);
      const before = row();
      expect(await losers(dying, [before])).to.deep.equal([]);
      await leases.declareLost(['node-dying']);
      const rows = [{ ...before, seq: 2 }, row()];
      expect(await losers(dying, rows)).to.deep.equal([0, 1]);
      const [stored, never] = await journal.load(rows);
      expect(stored!.rows).to.have.length(1);
      expect(never!.rows).to.deep.equal([]);
      expect(await leases.renew(dying, TTL_MS, undefined)).to.equal(undefined);
    });

    it('refuses an append that names no lease', async () => {
      expect(await losers(999_999, [row()])).to.deep.equal([0]);
    });

    it('knows what it has written by content, not by place alone', async () => {
      const stored = row({ events: '["mine"]', commandId: 'a' });
      await journal.append(epoch, [stored]);
      const asked = [
        { ...stored, events: '["not mine"]' },
        stored,
        { ...stored, commandId: 'b' },
        { ...stored, seq: 2 },
      ];
      expect([...(await journal.written(epoch, asked))]).to.deep.equal([1]);
      const other = await leases.register('node-2', TTL_MS);
      expect([...(await journal.written(other, [stored]))]).to.deep.equal([]);
    });

    it('loads the snapshot and only the rows from it on, for many actors at once, in the order asked', async () => {
      const long = row();
      const short = row({ tenantId: theirs });
      for (let seq = 1; seq <= 5; seq++)
        await journal.append(epoch, [{ ...long, seq, events: `[${seq}]`, unfinished: seq === 5 }]);
      await journal.append(epoch, [short]);
      await journal.saveSnapshots([{ ...long, seq: 3, version: 2, state: '{"at":3}' }]);
      const [unknown, loaded, plain] = await journal.load([row(), long, short]);
      expect(unknown).to.deep.equal({ snapshot: undefined, rows: [] });
      expect(loaded!.snapshot).to.deep.equal({ seq: 3, version: 2, state: '{"at":3}' });
      expect(loaded!.rows.map(r => [r.seq, r.unfinished, r.epoch])).to.deep.equal([
        [3, false, epoch],
        [4, false, epoch],
        [5, true, epoch],
      ]);
      expect(plain!.rows.map(r => r.seq)).to.deep.equal([1]);
      expect((await journal.history(long, 2, 3)).map(r => r.seq)).to.deep.equal([2, 3, 4]);
    });

    it('reads no row before the snapshot, however long the history', async () => {
      const long = row();
      for (let seq = 1; seq <= 60; seq++) await journal.append(epoch, [{ ...long, seq }]);
      await journal.saveSnapshots([{ ...long, seq: 58, version: 1, state: '{}' }]);
      const read = await given().db.asJob('troupe_runtime', async tx => {
        const fetched = async () => {
          const [counted] = await tx.query<{ rows: number }>(
            `select sum(pg_stat_get_xact_tuples_fetched(indexrelid))::int as rows from pg_index where indrelid = 'journal'::regclass`,
          );
          return counted!.rows;
        };
        const before = await fetched();
        // Tables this small are scanned whole; the plan for large ones is what counts.
        await tx.query('set local enable_seqscan = off');
        await tx.query('set local enable_bitmapscan = off');
        await tx.query('select * from actor_load($1, array[$1], array[$2])', [ours, long.actor]);
        return (await fetched()) - before;
      });
      expect(read).to.equal(3);
    });

    it('never goes back to an older snapshot', async () => {
      const key = row();
      await journal.append(epoch, [key]);
      await journal.saveSnapshots([{ ...key, seq: 4, version: 1, state: '"new"' }]);
      await journal.saveSnapshots([{ ...key, seq: 2, version: 1, state: '"old"' }]);
      expect((await journal.load([key]))[0]!.snapshot?.state).to.equal('"new"');
    });

    it('keeps events with every character that a customer may send', async () => {
      const events = JSON.stringify([{ text: 'nul \u0000, quote \', "double", \\, 👩‍🚀, {a,b}' }]);
      const place = row({ events });
      await journal.append(epoch, [place]);
      expect((await journal.load([place]))[0]!.rows[0]!.events).to.equal(events);
      expect([...(await journal.written(epoch, [place]))]).to.deep.equal([0]);
    });

    it('shows a tenant its own rows only, and lets it change none', async () => {
      const { db } = given();
      const mine = row();
      await journal.append(epoch, [mine]);
      const tenants = await db.withTenant(ours, tx =>
        tx.query<{ tenant_id: string }>('select distinct tenant_id from journal'),
      );
      expect(tenants).to.deep.equal([{ tenant_id: ours }]);
      expect(await journal.history({ ...mine, tenantId: theirs }, 1, 10)).to.deep.equal([]);
      const denied = await db
        .withTenant(ours, tx => tx.query('delete from journal'))
        .catch((e: Error) => e.message);
      expect(denied).to.include('permission denied');
    });

    it('lets nobody change or delete a row', async () => {
      const { db } = given();
      for (const verb of ['delete from journal', `update journal set events = '[]'`]) {
        const denied = await db.asJob('troupe_runtime', tx => tx.query(verb)).catch((e: Error) => e.message);
        expect(denied).to.include('permission denied');
      }
    });

    it('finds what a lost life left unfinished, and only that', async () => {
      const lost = await leases.register('node-left', TTL_MS);
      const finished = row();
      const left = row({ unfinished: true });
      const resumed = row({ unfinished: true });
      await journal.append(lost, [finished, left, resumed]);
      await journal.append(epoch, [{ ...resumed, seq: 2 }]);
      await leases.declareLost(['node-left']);
      expect(await leases.lost()).to.include(lost);
      expect(await leases.unfinished(lost, 10)).to.deep.equal([
        { tenantId: left.tenantId, actor: left.actor },
      ]);
      await leases.recovered(lost);
      expect(await leases.lost()).to.not.include(lost);
    });

    it('says who holds a living lease', async () => {
      const held = await leases.register('node-held', TTL_MS);
      expect(await leases.holderOf(held)).to.equal('node-held');
      await leases.end(held, false);
      expect(await leases.holderOf(held)).to.equal(undefined);
    });
  });
}
