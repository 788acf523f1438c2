// Protects: widgets in the middle of an answer end with a whole, ordered transcript when one node of three is killed.
import { expect } from 'chai';
import { addressesFromEnvironment } from '../../scripts/cluster.ts';
import { crashUnderWidgets } from '../crash/realtime.ts';

describe('widgets on three nodes of which one is killed', function () {
  this.timeout(120_000);

  it('miss nothing, see nothing twice, and go on within seconds', async () => {
    const result = await crashUnderWidgets({
      widgets: 24,
      words: 16,
      paceMs: 150,
      addresses: addressesFromEnvironment(),
    });
    expect(result.underWay, 'answers under way').to.be.at.least(15);
    expect(result.connectionsLost, 'connections lost').to.be.at.least(8);
    const { complete, gaps, outOfOrder, shownTwice, brokenText } = result;
    expect({ complete, gaps, outOfOrder, shownTwice, brokenText }).to.deep.equal({
      complete: 24,
      gaps: 0,
      outOfOrder: 0,
      shownTwice: 0,
      brokenText: 0,
    });
    expect(result.heardAgain.max).to.be.below(20);
  });
});
