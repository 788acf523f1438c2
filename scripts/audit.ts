/**
 * `make audit-verify TENANT=<name>` checks a tenant's audit log and fails when it is not intact; `make audit-export`
 * writes it as JSON Lines, entry by entry. Beside an embedded platform it asks the running process.
 */
import { parseArgs } from 'node:util';
import { listAudit, verifyAudit } from '../lib/contracts/audit.contracts.ts';
import type { Contract } from '../lib/contracts/contract.ts';
import { findTenant } from '../lib/contracts/platform.contracts.ts';
import { processConfig } from '../lib/kernel/config.ts';
import { TroupeError } from '../lib/kernel/errors.ts';
import { call } from '../lib/moleculer/action.ts';
import { startNode } from '../moleculer.config.ts';
import { askRunningNode } from './control-socket.ts';

const { values, positionals } = parseArgs({
  options: { tenant: { type: 'string' } },
  allowPositionals: true,
});
const PAGE = 1_000;

type Ask = <P, R>(contract: Contract<P, R>, params: P, meta: { tenantId?: string }) => Promise<R>;

async function withPlatform(work: (ask: Ask) => Promise<void>): Promise<void> {
  const config = processConfig();
  if (config.TROUPE_MODE === 'embedded')
    return await work((contract, params, meta) =>
      askRunningNode(config.TROUPE_DATA_DIR, {
        action: contract.name,
        params: params as Record<string, unknown>,
        meta,
      }),
    );
  const node = await startNode({ ...config, TROUPE_UNITS: ['none'], TROUPE_NODE_ID: '' });
  try {
    await node.broker.waitForServices(['audit', 'tenants'], 30_000, 100);
    await work((contract, params, meta) => call(node.broker, contract, params, { meta }));
  } finally {
    await node.stop();
  }
}

try {
  const name = values.tenant ?? '';
  if (!name) throw new TroupeError('validation-failed', 'Say whose: TENANT=<name or id>');
  await withPlatform(async ask => {
    const tenantId = name.startsWith('ten_') ? name : (await ask(findTenant, { name }, {})).tenantId;
    if (!tenantId) throw new TroupeError('not-found', `There is no tenant ${name}`);
    if (positionals[0] === 'export') {
      let after: number | undefined = 0;
      while (after !== undefined) {
        const page: { entries: readonly object[]; next?: number } = await ask(
          listAudit,
          { after, limit: PAGE },
          { tenantId },
        );
        for (const entry of page.entries) console.log(JSON.stringify({ tenantId, ...entry }));
        after = page.next;
      }
      return;
    }
    const result = await ask(verifyAudit, {}, { tenantId });
    console.log(JSON.stringify(result));
    if (!result.intact) process.exitCode = 1;
  });
} catch (error) {
  console.error(error instanceof TroupeError ? error.message : error);
  process.exitCode = 1;
}
