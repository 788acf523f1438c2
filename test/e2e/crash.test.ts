// Protects: nodes killed, paused and cut off under load lose no acknowledged message, answer none twice and double no effect; and the checker would see it.
import { expect } from 'chai';
import { runCrash } from '../crash/run.ts';

/** Longer runs with more conversations: `make crash`. */
const SHORT = { minutes: 0.35, conversations: 60, nodes: 3, thinkMs: 4_000 } as const;

describe('three nodes on real servers under faults', function () {
  this.timeout(180_000);

  it('keep every promise made to a customer', async () => {
    const result = await runCrash({ ...SHORT, seed: 11 });
    expect(result.violations, `${result.examples.join('\n')}\nrecords: ${result.folder}`).to.deep.equal({});
    expect(Object.keys(result.faults), 'kinds of faults').to.have.length.greaterThan(2);
    expect(result.compared.acknowledgedAnswers).to.be.greaterThan(100);
  });
});
