// Protects: whatever is sent to whichever operation, nothing breaks, hangs or tells of another tenant (a slice of `npm run fuzz`).
import { expect } from 'chai';
import { openApiDocument } from '../../lib/contracts/openapi.ts';
import { startEmbeddedNode } from '../suites/embedded-node.ts';
import { fuzz } from '../suites/fuzz/run.ts';

describe('random requests', function () {
  this.timeout(60_000);

  it('on every operation of the document find no fault', async () => {
    const node = await startEmbeddedNode();
    try {
      const report = await fuzz(node, openApiDocument('1'), { requests: 600, seed: 7 });
      expect(report.faults).to.deep.equal([]);
      expect(report.requests).to.be.at.least(600);
      expect(report.answers).to.include.keys('2xx', '4xx');
    } finally {
      await node.stop();
    }
  });
});
