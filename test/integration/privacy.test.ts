// Protects: an erased tenant is gone from every table, stream and key, its sealed fields with it, and nobody else loses a row; an export holds everything and nothing of others; a new table cannot be forgotten.
import { expect } from 'chai';
import { putAgent } from '../../lib/contracts/agents.contracts.ts';
import { putConfig, putFlag } from '../../lib/contracts/control.contracts.ts';
import {
  cancelErasure,
  exportTenant,
  findErasure,
  putRetention,
  requestErasure,
} from '../../lib/contracts/privacy.contracts.ts';
import { erasureOrder } from '../../lib/core/privacy/erasure-order.ts';
import { migrate } from '../../lib/io/migrations.ts';
import * as sql from '../../lib/io/sql/privacy.ts';
import { asEraser, countRows, emptyTable, exportPage, tenantTables } from '../../lib/io/sql/tenant-tables.ts';
import { call } from '../../lib/moleculer/action.ts';
import { until } from '../e2e/client.ts';
import { makeTenant, postgresAsPlainUser } from '../suites/databases.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { journalWriter } from '../suites/journal-writer.ts';
import { refusal } from '../suites/rejection.ts';
import { openRelayed } from '../suites/relayed.ts';

/** Tables that hold nothing of a tenant. A new table stands here or has a `tenant_id`. */
const PLATFORM = [
  'node_lease',
  'relay_cursor',
  'schema_migration',
  'sign_up', // before there is a tenant; see `forgetSpent`
  'signing_key',
  'tenant_erasure',
];

describe('a tenant that leaves', () => {
  let node: TestNode;
  const tenants: { tenantId: string; apiKey: string }[] = [];
  const meta = (i: number) => ({
    meta: { tenantId: tenants[i]!.tenantId, keyId: 'key_x', scopes: ['operate'] },
  });
  const names = async () => (await tenantTables(node.database)).map(({ name }) => name);
  const rows = async (i: number) => countRows(node.database, tenants[i]!.tenantId, await names());

  before(async () => {
    node = await startEmbeddedNode();
    for (const marker of ['first-marker', 'second-marker']) {
      tenants.push(await node.makeTenant(marker));
      const i = tenants.length - 1;
      const send = async (path: string, body: object) =>
        (
          await fetch(`${node.url}/api/v1${path}`, {
            method: 'POST',
            headers: {
              authorization: `Bearer ${tenants[i]!.apiKey}`,
              'content-type': 'application/json',
              'idempotency-key': `${marker}-${path.length}`,
            },
            body: JSON.stringify(body),
          })
        ).status;
      expect(await send('/ingestion/documents', { title: marker, text: `All about ${marker}.` })).to.equal(
        201,
      );
      expect(await send('/chat/messages', { message: `What about ${marker}?` })).to.equal(200);
      await call(node.broker, putAgent, { name: marker, instructions: 'Be brief.' }, meta(i));
      await call(
        node.broker,
        putConfig,
        { environment: 'default', key: 'k', value: marker, secret: true },
        meta(i),
      );
      await call(
        node.broker,
        putFlag,
        { key: marker, enabled: true, variants: { on: true }, defaultVariant: 'on' },
        meta(i),
      );
      await call(node.broker, putRetention, { conversationDays: 30 }, meta(i));
    }
  });
  after(() => node.stop());

  it('is held by tables of which none is forgotten', async () => {
    const all = await node.database.asOwner(tx =>
      tx.query<{ name: string }>(
        `select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`,
      ),
    );
    expect([...(await names()), ...PLATFORM].sort()).to.deep.equal(all.map(({ name }) => name).sort());
    await node.database.asOwner(tx => tx.script('create table latecomer (tenant_id text primary key)'));
    await node.database.asOwner(tx => tx.query('insert into latecomer values ($1)', [tenants[0]!.tenantId]));
    await migrate(node.database);
    expect(await emptyTable(node.database, tenants[0]!.tenantId, 'latecomer')).to.equal(1);
    await node.database.asOwner(tx => tx.script('drop table latecomer'));
  });

  it('takes everything along, page by page, and nothing of another', async () => {
    const exported: { table: string; row: unknown }[] = [];
    let cursor: string | undefined;
    do {
      const page: { rows: readonly (typeof exported)[number][]; next?: string } = await call(
        node.broker,
        exportTenant,
        { limit: 3, ...(cursor ? { cursor } : {}) },
        meta(0),
      );
      exported.push(...page.rows);
      cursor = page.next;
    } while (cursor);
    const counts = await rows(0);
    const expected = Object.entries(counts).reduce(
      (sum, [name, n]) => (name === 'api_key' || name === 'data_key' ? sum : sum + n),
      0,
    );
    expect(exported).to.have.length(expected);
    const text = JSON.stringify(exported);
    expect(text).to.include('What about first-marker?').and.not.include('second-marker');
    await refusal(call(node.broker, exportTenant, { cursor: 'nonsense' }, meta(0)), 'validation-failed');
  });

  it('is exported a page in one transaction, however many tables there are', async () => {
    const tables = await names();
    let transactions = 0;
    const counted: typeof node.database = {
      ...node.database,
      asJob: (role, work) => {
        transactions++;
        return node.database.asJob(role, work);
      },
    };
    const page = await exportPage(counted, tenants[0]!.tenantId, tables, { table: tables[0]! }, 1_000);
    expect(page.next).to.equal(undefined);
    expect(new Set(page.rows.map(({ table }) => table)).size).to.be.greaterThan(3);
    expect(transactions).to.equal(1);
  });

  it('may change its mind until its time has come', async () => {
    await refusal(call(node.broker, requestErasure, { confirm: 'yes' }, meta(0)), 'validation-failed');
    await call(node.broker, requestErasure, { confirm: tenants[0]!.tenantId }, meta(0));
    await call(node.broker, cancelErasure, {}, meta(0));
    await refusal(call(node.broker, cancelErasure, {}, meta(0)), 'not-found');
  });

  it('is gone from every table once it has, with a report, and the other lost nothing', async () => {
    const before = await rows(1);
    const had = await rows(0);
    await call(node.broker, requestErasure, { confirm: tenants[0]!.tenantId, graceHours: 0 }, meta(0));
    const found = await until(
      () => call(node.broker, findErasure, { tenantId: tenants[0]!.tenantId }),
      ({ erasedAt }) => erasedAt !== null,
    );
    const report = found.report as { tables: Record<string, number>; remaining: number };
    expect(report.remaining).to.equal(0);
    expect(Object.keys(report.tables).sort()).to.deep.equal(await names());
    for (const [name, n] of Object.entries(had)) expect(report.tables[name], name).to.be.at.least(n);
    expect(Object.values(await rows(0)).reduce((a, b) => a + b, 0)).to.equal(0);
    expect(await rows(1)).to.deep.equal(before);
    const all = await names();
    const raw = await node.database.asOwner(async tx => {
      const texts: string[] = [];
      for (const name of all) texts.push(JSON.stringify(await tx.query(`select * from ${name}`)));
      return texts.join();
    });
    expect(raw).to.not.include('first-marker');
    expect(raw).to.include('second-marker');
    const headers = { authorization: `Bearer ${tenants[0]!.apiKey}` };
    await until(
      async () => (await fetch(`${node.url}/api/v1/control/flags`, { headers })).status,
      status => status === 401,
    );
  });

  it('forgets conversations that are older than it keeps them, and no others', async () => {
    const { tenantId } = tenants[1]!;
    const actors = () =>
      node.database.withTenant(tenantId, tx =>
        tx.query("select distinct actor from journal where actor like 'conversation/%'"),
      );
    await until(
      async () => (await rows(1)).conversation_list,
      n => n === 1,
    );
    const [{ id } = { id: '' }] = await node.database.withTenant(tenantId, tx =>
      tx.query<{ id: string }>('select conversation_id as id from conversation_list'),
    );
    await node.database.asOwner(async tx => {
      await tx.query(
        `insert into channel_thread (tenant_id, conversation_id, account_id, customer_id)
         values ($1, $2, 'acc', 'gone'), ($1, 'cnv_young', 'acc', 'stays')`,
        [tenantId, id],
      );
      await tx.query(
        `insert into channel_identity (tenant_id, account_id, customer_id, person_id)
         values ($1, 'acc', 'gone', 'per_1'), ($1, 'acc', 'stays', 'per_1')`,
        [tenantId],
      );
    });
    expect(await asEraser(node.database, tenantId, tx => sql.forgetConversations(tx, 0, 10))).to.equal(0);
    expect(await actors()).to.have.length(1);
    const gone = await asEraser(node.database, tenantId, tx =>
      sql.forgetConversations(tx, Date.parse('2999-01-01'), 10),
    );
    expect(gone).to.equal(1);
    expect(await actors()).to.have.length(0);
    const linked = await node.database.withTenant(tenantId, tx =>
      tx.query('select customer_id from channel_identity'),
    );
    expect(linked, 'a customer with another conversation keeps what he linked').to.deep.equal([
      { customer_id: 'stays' },
    ]);
  });

  it('forgets what workflows and tools did as long ago, and nothing that is still open or unknown', async () => {
    const { tenantId } = tenants[1]!;
    await node.database.asOwner(async tx => {
      for (const statement of [
        `insert into workflow_run (tenant_id, run_id, workflow, version, phase, steps, started_at, ended_at, seq)
         select $1, name, 'w', '1', 'ended', 1, now() - interval '9 days', ended, 1
         from (values ('run_old', now() - interval '8 days'), ('run_new', now()), ('run_open', null::timestamptz)) v (name, ended)`,
        `insert into journal (tenant_id, actor, seq, epoch, unfinished, events)
         select $1, 'workflow-run/' || run_id, 1, 1, false, '[]' from workflow_run`,
        `insert into tool_call (tenant_id, idempotency_key, tool, started_at, content) select $1, key, 't', now() - age, content
         from (values ('old', interval '8 days', 'x'), ('unknown', interval '8 days', null), ('new', interval '1 hour', 'x')) v (key, age, content)`,
      ])
        await tx.query(statement, [tenantId]);
    });
    const weekAgo = Date.now() - 7 * 86_400_000;
    expect(await asEraser(node.database, tenantId, tx => sql.forgetWork(tx, weekAgo, 10))).to.equal(1);
    const [left] = await node.database.withTenant(tenantId, tx =>
      tx.query(`select (select array_agg(run_id order by run_id) from workflow_run where workflow = 'w') as runs,
        (select array_agg(idempotency_key order by idempotency_key) from tool_call where tool = 't') as calls,
        (select array_agg(actor order by actor) from journal where actor like 'workflow-run/%') as runs_of_journal`),
    );
    expect(left).to.deep.equal({
      runs: ['run_new', 'run_open'],
      calls: ['new', 'unknown'],
      runs_of_journal: ['workflow-run/run_new', 'workflow-run/run_open'],
    });
  });
});

describe('the order in which tables are emptied', () => {
  it('has whoever refers to others first, and says when there is none', () => {
    const order = erasureOrder([
      { name: 'tenant', refersTo: [] },
      { name: 'chunk', refersTo: ['document'] },
      { name: 'document', refersTo: ['tenant', 'document'] },
    ]);
    expect(order).to.deep.equal(['chunk', 'document', 'tenant']);
    const circle = [
      { name: 'a', refersTo: ['b'] },
      { name: 'b', refersTo: ['a'] },
    ];
    expect(() => erasureOrder(circle)).to.throw('circle');
  });
});

describe('an erased tenant in the event stream', () => {
  it('has no message left there, and others keep theirs', async () => {
    const db = await postgresAsPlainUser();
    try {
      await migrate(db.database);
      const [leaving, staying] = [await makeTenant(db.database, 'a'), await makeTenant(db.database, 'b')];
      const writer = await journalWriter(db.database);
      const { events, close } = await openRelayed(db.database, 'node-1');
      try {
        for (const tenantId of [leaving, staying, leaving])
          await writer.append(tenantId, 'conversation/a', []);
        const seen: string[] = [];
        const watch = await events.subscribe(
          'watcher',
          async batch => void seen.push(...batch.map(row => row.tenantId)),
        );
        await until(
          async () => seen.length,
          n => n >= 3,
        );
        await watch.stop();
        expect(await events.erase?.(leaving)).to.equal(2);
        expect(await events.erase?.(leaving)).to.equal(0);
        const left: string[] = [];
        const again = await events.subscribe(
          'newcomer',
          async batch => void left.push(...batch.map(row => row.tenantId)),
        );
        await until(
          async () => left.length,
          n => n >= 1,
        );
        await again.stop();
        expect(new Set(left)).to.deep.equal(new Set([staying]));
      } finally {
        await close();
      }
    } finally {
      await db.close();
    }
  });
});
