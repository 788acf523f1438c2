/** A whole platform inside the test's process: embedded database in memory, files in a folder of its own, gateway on a free port. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTenant } from '../../lib/contracts/platform.contracts.ts';
import { openPglite } from '../../lib/io/pglite.ts';
import { updateSettings } from '../../lib/io/sql/tenants.ts';
import { readConfig } from '../../lib/kernel/config.ts';
import { call } from '../../lib/moleculer/action.ts';
import { type Node, startNode } from '../../moleculer.config.ts';
import type { ModelSettings } from '../../services/model.service.ts';
import { pgliteTemplate } from './pglite-template.ts';

export interface TestNode extends Node {
  readonly url: string;
  readonly dataDir: string;
  makeTenant(
    name: string,
    settings?: ModelSettings & { readonly toolsets?: readonly string[] },
  ): Promise<{ tenantId: string; apiKey: string }>;
  /** Rows of every table, by its name. Leases come and go by themselves and are left out. */
  rowCounts(): Promise<Record<string, number>>;
}

export async function startEmbeddedNode(env: Readonly<Record<string, string>> = {}): Promise<TestNode> {
  const dataDir = await mkdtemp(join(tmpdir(), 'troupe-node-'));
  const database = await openPglite({ template: await pgliteTemplate() });
  const node = await startNode(
    readConfig({ TROUPE_PORT: '0', TROUPE_LOG_LEVEL: 'error', ...env, TROUPE_DATA_DIR: dataDir }),
    { database },
  );
  return asTestNode(node, dataDir, () => database.close());
}

/** A node with what tests ask of it; stopping it removes its folder and closes what was opened for it. */
export function asTestNode(node: Node, dataDir: string, close = async () => {}): TestNode {
  const { broker, database } = node;
  return {
    ...node,
    url: node.url!,
    dataDir,
    async makeTenant(name, settings) {
      const made = await call(broker, createTenant, { name });
      if (settings) await updateSettings(database, made.tenantId, settings);
      return made;
    },
    rowCounts: () =>
      database.asOwner(async tx => {
        const tables = await tx.query<{ name: string }>(
          `select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
             and relname <> 'node_lease' order by 1`,
        );
        const counts: Record<string, number> = {};
        for (const { name } of tables)
          counts[name] = (await tx.query<{ n: number }>(`select count(*)::int as n from ${name}`))[0]!.n;
        return counts;
      }),
    async stop() {
      await node.stop();
      await close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
