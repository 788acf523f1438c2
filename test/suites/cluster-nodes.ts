/** Several nodes of a cluster inside the test's process, on real PostgreSQL, NATS and Redis; each has a gateway. */
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../lib/kernel/config.ts';
import { startNode } from '../../moleculer.config.ts';
import { provided } from '../../scripts/provision/settings.ts';
import { emptyPostgres } from './databases.ts';
import { asTestNode, type TestNode } from './embedded-node.ts';

export interface TestCluster {
  readonly nodes: readonly TestNode[];
  stop(): Promise<void>;
}

/** `name` keeps tests apart that run on the same servers. The first node migrates. */
export async function startCluster(
  name: string,
  count: number,
  env: Readonly<Record<string, string>> = {},
): Promise<TestCluster> {
  const postgres = await emptyPostgres();
  const kmsKeys = `test:${randomBytes(32).toString('base64')}`;
  const nodes: TestNode[] = [];
  for (let i = 0; i < count; i++) {
    const dataDir = await mkdtemp(join(tmpdir(), `troupe-${name}-`));
    const node = await startNode(
      readConfig({
        TROUPE_MODE: 'cluster',
        TROUPE_NODE_ID: `${name}-${i}`,
        TROUPE_NAMESPACE: `${name}${process.pid}`,
        TROUPE_PORT: '0',
        TROUPE_LOG_LEVEL: 'error',
        TROUPE_DATA_DIR: dataDir,
        TROUPE_KMS_KEYS: kmsKeys,
        TROUPE_DATABASE_URL: postgres.ownerUrl,
        ...(i === 0 ? { TROUPE_MIGRATION_URL: postgres.ownerUrl } : {}),
        TROUPE_NATS_URL: provided('nats'),
        TROUPE_REDIS_URL: provided('redis'),
        ...env,
      }),
    );
    nodes.push(asTestNode(node, dataDir));
  }
  return {
    nodes,
    async stop() {
      await Promise.all(nodes.map(node => node.stop()));
      await postgres.drop();
    },
  };
}
