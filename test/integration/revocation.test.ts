// Protects: a revoked key is refused by every node within a second, under load, and nobody else's request fails for it.
import { expect } from 'chai';
import { createTenant } from '../../lib/contracts/platform.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startCluster, type TestCluster } from '../suites/cluster-nodes.ts';
import { ask } from '../suites/identity-client.ts';

const NODES = 3;
const CALLERS_PER_NODE = 4;
const LIMIT_MS = 1_000;

describe('revoking a key in a cluster under load', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let nodes: TestCluster['nodes'];
  before(async () => {
    cluster = await startCluster('revocation', NODES);
    nodes = cluster.nodes;
  });
  after(() => cluster?.stop());

  it('counts on every node within a second, and fails no other request', async () => {
    const { apiKey } = await call(nodes[0]!.broker, createTenant, { name: 'revocation' });
    const made = await ask(nodes[0]!.url!, 'POST', '/api/v1/tenants/keys', {
      key: apiKey,
      body: { name: 'to be revoked', scopes: ['view'] },
    });
    const { keyId, apiKey: doomed } = made.body;
    let revokedAt = Number.POSITIVE_INFINITY;
    const lastPassed = nodes.map(() => 0);
    const refusedSince = nodes.map(() => false);
    let others = 0;
    const failed: number[] = [];
    let over = false;

    const load = nodes.flatMap((node, n) =>
      Array.from({ length: CALLERS_PER_NODE }, async (_, c) => {
        while (!over) {
          const asked = performance.now();
          const { status } = await ask(node.url!, 'GET', '/api/v1/auth/me', {
            key: c === 0 ? doomed : apiKey,
          });
          if (c > 0) {
            others++;
            if (status !== 200) failed.push(status);
          } else if (status === 200) lastPassed[n] = Math.max(lastPassed[n]!, asked);
          else refusedSince[n] = asked > revokedAt;
          if (c === 0 && refusedSince.every(Boolean)) over = true;
        }
      }),
    );
    while (lastPassed.some(at => at === 0) || others < 500)
      await new Promise(resolve => setImmediate(resolve));
    revokedAt = performance.now();
    await ask(nodes[0]!.url!, 'DELETE', `/api/v1/tenants/keys/${keyId}`, { key: apiKey });
    await Promise.all(load);

    const lateMs = lastPassed.map(at => Math.max(0, at - revokedAt));
    console.log(
      `      obeyed ${lateMs.map(ms => ms.toFixed(0)).join(', ')} ms after it was asked for; ${others} other requests, ${failed.length} failed`,
    );
    expect(Math.max(...lateMs)).to.be.lessThan(LIMIT_MS);
    expect(failed).to.deep.equal([]);
    expect(others).to.be.greaterThan(0);
  });
});
