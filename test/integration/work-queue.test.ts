// Protects: work that was accepted is done once, on whichever node, though handlers fail and nodes leave; on JetStream and in one process alike.
import { expect } from 'chai';
import { KEEPER } from '../../lib/core/knowledge/access.ts';
import { lexicalEmbedder } from '../../lib/io/embeddings.ts';
import { migrate } from '../../lib/io/migrations.ts';
import { addItems, insertIngestion } from '../../lib/io/sql/ingestion.ts';
import { readProgress } from '../../lib/io/sql/ingestion-progress.ts';
import { openWorkQueue, type WorkQueue } from '../../lib/io/work-queue.ts';
import { systemClock } from '../../lib/kernel/clock.ts';
import { readConfig } from '../../lib/kernel/config.ts';
import { newId } from '../../lib/kernel/ids.ts';
import { silentLog } from '../../lib/kernel/log.ts';
import { provided } from '../../scripts/provision/settings.ts';
import { ingestionWorker } from '../../services/knowledge/ingestion-worker.ts';
import { until } from '../e2e/client.ts';
import { makeTenant, pgliteInMemory, postgresAsPlainUser, type TestDatabase } from '../suites/databases.ts';

const ITEMS = 24;

const MODES: Readonly<Record<string, { database: () => Promise<TestDatabase>; cluster: boolean }>> = {
  'in one process': { database: pgliteInMemory, cluster: false },
  'on JetStream': { database: postgresAsPlainUser, cluster: true },
};

for (const [name, { database: open, cluster }] of Object.entries(MODES))
  describe(`the work queue ${name}`, function () {
    this.timeout(60_000);
    const config = () =>
      readConfig(
        cluster
          ? {
              TROUPE_MODE: 'cluster',
              TROUPE_NATS_URL: provided('nats'),
              TROUPE_DATABASE_URL: 'postgres://unused',
              TROUPE_REDIS_URL: 'redis://unused',
              TROUPE_NAMESPACE: namespace,
            }
          : {},
      );
    const namespace = newId('node');
    const queues: WorkQueue[] = [];
    const queue = async (of: string, handle: (token: string) => Promise<void>) => {
      const made = await openWorkQueue({ config: config(), name: of, atOnce: 2, handle, log: silentLog });
      queues.push(made);
      return made;
    };
    let test: TestDatabase;
    before(async () => {
      test = await open();
      await migrate(test.database);
    });
    after(async () => {
      await Promise.all(queues.map(each => each.close()));
      await test?.close();
    });

    if (cluster)
      it('gives a token again whose handler failed, or whose node left', async () => {
        const seen: string[] = [];
        const first = await queue('tries', async token => {
          seen.push(token);
          if (seen.length === 1) throw new Error('not this time');
        });
        await first.offer('a');
        await until(
          async () => seen.length,
          length => length === 2,
        );
        await first.close();
        const second = await queue('tries', async token => void seen.push(token));
        await second.offer('b');
        await until(
          async () => seen.length,
          length => length === 3,
        );
        expect(seen).to.deep.equal(['a', 'a', 'b']);
      });

    it('has every document of an ingestion taken in once, by two nodes that share it', async () => {
      const { database } = test;
      const tenantId = await makeTenant(database, 'shared');
      const ingestionId = newId('ingestion');
      await database.withTenant(
        tenantId,
        async tx => {
          const spec = { access: {}, caller: { scopes: ['knowledge'] } };
          await insertIngestion(tx, { tenantId, ingestionId, kind: 'file', label: 'many', spec });
          const items = Array.from({ length: ITEMS }, (_, i) => ({
            name: `part ${i}.txt`,
            step: 'index' as const,
            body: Buffer.from(`Part ${i} tells of the ${i}th kettle.`),
          }));
          await addItems(tx, tenantId, ingestionId, items);
        },
        KEEPER,
      );
      const work = ingestionWorker({
        database,
        embedder: lexicalEmbedder,
        clock: systemClock,
        log: silentLog,
        outbound: () => Promise.reject(new Error('nothing is fetched here')),
      });
      const nodes: WorkQueue[] = [];
      for (let i = 0; i < (cluster ? 2 : 1); i++)
        nodes.push(
          await queue('shared', async token => {
            if (await work(tenantId, ingestionId)) await nodes[i]!.offer(`${token}x`.slice(0, 100));
          }),
        );
      for (const node of nodes) await node.offer('begin');
      const progress = () => database.withTenant(tenantId, tx => readProgress(tx, ingestionId), KEEPER);
      await until(progress, row => row?.done === ITEMS);
      const [count] = await database.withTenant(
        tenantId,
        tx =>
          tx.query<{ n: number; tried: number }>(
            'select (select count(*)::int from document) as n, (select sum(attempts)::int from ingestion_item) as tried',
          ),
        KEEPER,
      );
      expect(count).to.deep.equal({ n: ITEMS, tried: ITEMS });
    });
  });
