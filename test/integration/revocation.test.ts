// Protects: what is changed on one node (a key revoked, a flag, a version of tools, a data key) counts on every node within a second, under load, and nobody else's request fails for it.
import { expect } from 'chai';
import { createTenant } from '../../lib/contracts/platform.contracts.ts';
import { call } from '../../lib/moleculer/action.ts';
import { startCluster, type TestCluster } from '../suites/cluster-nodes.ts';
import { measureObedience } from '../suites/obedience.ts';

const NODES = 3;
const LIMIT_MS = 1_000;

describe('a change on one node of a cluster under load', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  before(async () => {
    cluster = await startCluster('revocation', NODES, { TROUPE_ADDRESS_PER_MINUTE: '0' });
  });
  after(() => cluster?.stop());

  it('counts on every node within a second, and fails no other request', async () => {
    const [node] = cluster.nodes;
    const { apiKey, tenantId } = await call(node!.broker, createTenant, { name: 'revocation' });
    const results = await measureObedience({
      urls: cluster.nodes.map(({ url }) => url!),
      apiKey,
      sealedConfigs: () =>
        node!.database.withTenant(tenantId, tx =>
          tx.query('select key, version, value from config_value where secret'),
        ),
    });
    for (const { change, lateMs, toldMs, asked, others, failed } of results) {
      console.log(
        `      ${change}: obeyed after ${lateMs.map(ms => ms.toFixed(0)).join(', ')} ms (told that it is made after ${toldMs.toFixed(0)}); ${asked} asked, ${others} other requests, ${failed.length} failed`,
      );
      expect(failed, change).to.deep.equal([]);
      expect(Math.max(...lateMs) - toldMs, change).to.be.lessThan(LIMIT_MS);
      expect(others).to.be.greaterThan(0);
    }
    expect(results).to.have.length(4);
  });
});
