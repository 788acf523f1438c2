/**
 * `make tenant NAME=<name>`: makes a tenant on a running platform and prints its API key last. With `--demo` the
 * demo shop. On the embedded default it asks the running process through its control socket; in a cluster it joins.
 */
import { parseArgs } from 'node:util';
import { createTenant } from '../lib/contracts/platform.contracts.ts';
import { systemClock } from '../lib/kernel/clock.ts';
import { processConfig } from '../lib/kernel/config.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { call } from '../lib/moleculer/action.ts';
import { startNode } from '../moleculer.config.ts';
import { askRunningNode } from './control-socket.ts';
import { seedDemo } from './seed-demo.ts';

const { values } = parseArgs({ options: { name: { type: 'string' }, demo: { type: 'boolean' } } });

async function main(): Promise<void> {
  const config = processConfig();
  const name = values.name ?? process.env.NAME ?? '';
  if (!values.demo && !name)
    throw new TroupeError('validation-failed', 'Say which tenant: make tenant NAME=<name>');
  if (config.TROUPE_MODE === 'embedded') {
    const { apiKey } = await askRunningNode<{ apiKey: string }>(config.TROUPE_DATA_DIR, {
      action: createTenant.name,
      params: { name },
      meta: {},
    });
    console.log(apiKey);
    return;
  }
  const node = await startNode({ ...config, TROUPE_UNITS: ['none'], TROUPE_NODE_ID: '' });
  try {
    await node.broker.waitForServices(
      values.demo ? ['tenants', 'knowledge', 'orchestrator', 'shop'] : ['tenants'],
      30_000,
      100,
    );
    const made = values.demo
      ? await seedDemo(node.broker, node.database, systemClock.now(), line =>
          process.stderr.write(`${line}\n`),
        )
      : await call(node.broker, createTenant, { name });
    if (!made) throw new TroupeError('conflict', 'The demo tenant is there already');
    console.log(made.apiKey);
  } finally {
    await node.stop();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof TroupeError ? error.message : error);
  process.exitCode = 1;
}
