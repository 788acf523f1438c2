// Protects: tenants never meet: by SQL in every table and by HTTP in every operation, on both databases; and the suite itself would see it.
import { expect } from 'chai';
import { openApiDocument } from '../../lib/contracts/openapi.ts';
import type { Database } from '../../lib/io/database.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { startCluster, type TestCluster } from '../suites/cluster-nodes.ts';
import { pgliteInMemory, postgresAsPlainUser, type TestDatabase } from '../suites/databases.ts';
import { startEmbeddedNode, type TestNode } from '../suites/embedded-node.ts';
import { fillTenant, operationsOf, routeFindings } from '../suites/isolation/routes.ts';
import {
  catalogueFindings,
  type Finding,
  type Planted,
  plant,
  type Table,
  tableFindings,
  tablesOf,
} from '../suites/isolation/tables.ts';

const WITHOUT_WALLS = `do $$ declare t text; begin
  for t in select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') loop
    execute format('alter table %I disable row level security', t);
  end loop;
end $$`;

const told = (findings: readonly Finding[]) => findings.map(({ where, what }) => `${where}: ${what}`);

const DATABASES: Readonly<Record<string, () => Promise<TestDatabase>>> = {
  PGlite: pgliteInMemory,
  PostgreSQL: postgresAsPlainUser,
};

for (const [name, open] of Object.entries(DATABASES))
  describe(`tenants in ${name}`, function () {
    this.timeout(60_000);
    let test: TestDatabase;
    let database: Database;
    let tables: readonly Table[];
    let planted: Planted;
    before(async () => {
      test = await open();
      database = test.database;
      await migrate(database);
    });
    after(() => test?.close());

    it('are kept apart as the catalogue says: forced, owned by nobody who works, no key across', async () => {
      expect(told(await catalogueFindings(database))).to.deep.equal([]);
    });

    it('cannot read, count, lock, add, change, remove, give or infer a row of each other in any table', async () => {
      tables = await tablesOf(database);
      planted = await plant(database, tables);
      const { findings, tried } = await tableFindings(database, tables, planted);
      expect(told(findings)).to.deep.equal([]);
      expect([...tried.keys()].toSorted(), 'every table was tried').to.deep.equal(
        tables.map(table => table.name).toSorted(),
      );
      expect(tables.length).to.be.above(20);
    });

    it('would be seen to meet: with the walls down every table that the application reads is found', async () => {
      await database.asOwner(tx => tx.script(WITHOUT_WALLS));
      const open = await database.asOwner(tx =>
        tx.query<{ name: string }>(
          `select relname::text as name from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
             and has_table_privilege('troupe_app', oid, 'select')
             and exists (select 1 from pg_attribute where attrelid = c.oid and attname = 'tenant_id')`,
        ),
      );
      const found = new Set(
        (await tableFindings(database, tables, planted)).findings.map(each => each.where),
      );
      expect(open.map(each => each.name).filter(table => !found.has(table))).to.deep.equal([]);
      expect(found.size).to.be.above(10);
      expect(await catalogueFindings(database)).to.not.deep.equal([]);
    });
  });

const operations = operationsOf(openApiDocument('1'));
const MARK = 'planted-7f3c';

/** Two tenants on a platform, one of them with its mark in everything that it has. */
async function neighboursOn(node: TestNode): Promise<Parameters<typeof routeFindings>[0]> {
  const theirs = await node.makeTenant('theirs', {
    agents: [{ name: `agent-${MARK}`, instructions: MARK }],
  } as never);
  const ours = await node.makeTenant('ours');
  await fillTenant(node.url, operations, theirs.apiKey, MARK);
  return {
    base: node.url,
    database: node.database,
    tables: await tablesOf(node.database),
    operations,
    ourKey: ours.apiKey,
    their: { tenantId: theirs.tenantId, mark: MARK },
    settled: () => settled(node),
  };
}

async function keptApart(neighbours: Parameters<typeof routeFindings>[0]): Promise<void> {
  const { findings, tried } = await routeFindings(neighbours);
  expect(told(findings)).to.deep.equal([]);
  expect([...tried.keys()].toSorted(), 'every operation was tried').to.deep.equal(
    operations.map(({ method, path }) => `${method} ${path}`).toSorted(),
  );
}

describe('tenants over HTTP', function () {
  this.timeout(120_000);
  let node: TestNode;
  let neighbours: Parameters<typeof routeFindings>[0];
  before(async () => {
    node = await startEmbeddedNode();
    neighbours = await neighboursOn(node);
  });
  after(() => node?.stop());

  it('get nothing of each other by any operation of the document, and change nothing', () =>
    keptApart(neighbours));

  it('would be seen to: with the walls down texts of the other come through', async () => {
    await node.database.asOwner(tx => tx.script(WITHOUT_WALLS));
    const tells = ({ what }: Finding) => what.startsWith("tells the other's text");
    const { findings } = await routeFindings({ ...neighbours, enough: tells });
    expect(findings.filter(tells)).to.not.deep.equal([]);
  });
});

describe('tenants over HTTP in a cluster', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  before(async () => {
    cluster = await startCluster('isolation', 2);
  });
  after(() => cluster?.stop());

  it('get nothing of each other by any operation, whichever node answers', async () =>
    keptApart(await neighboursOn(cluster.nodes[1]!)));
});

/** Until rows stop to change: relay, projections and effects have done what the last request asked of them. */
async function settled(node: TestNode): Promise<void> {
  let last = '';
  for (let quiet = 0; quiet < 3; ) {
    const counts = JSON.stringify(await node.rowCounts());
    quiet = counts === last ? quiet + 1 : 0;
    last = counts;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
