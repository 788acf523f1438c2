// Guarantee: equal arms are rolled back in at most 5 % of canaries though the test is read after every outcome;
// a real drop is found; what was before a change of level is forgotten, a steady stream is kept.
import { expect } from 'chai';
import {
  CANARY,
  canaryArm,
  canaryReport,
  NEW_CANARY,
  observeCanary,
} from '../../../../lib/core/routing/canary.ts';
import { adaptiveMean, NEW_ADWIN, observeAdaptive } from '../../../../lib/core/routing/drift.ts';
import { seededRandom } from '../../../../lib/kernel/clock.ts';

function runCanary(seed: number, control: number, candidate: number, conversations: number, share = 0.1) {
  const random = seededRandom(seed);
  let state = NEW_CANARY;
  for (let i = 0; i < conversations && state.status === 'running'; i++) {
    const arm = canaryArm(`c${i}`, `canary-${seed}`, share);
    const rate = arm === 'control' ? control : candidate;
    state = observeCanary(state, arm, random() < rate ? 1 : 0, CANARY);
  }
  return state;
}

describe('canary', () => {
  it('rolls back at most 5 % of 400 canaries whose arms are equal, read after each of 3,000 outcomes', () => {
    const falsely = Array.from({ length: 400 }, (_, seed) => runCanary(seed, 0.8, 0.8, 3_000)).filter(
      state => state.status === 'rolled-back',
    );
    expect(falsely.length / 400).to.be.at.most(0.05);
  });

  it('finds a planted drop: 20 points always and soon, 10 points nearly always', () => {
    const steep = Array.from({ length: 50 }, (_, seed) => runCanary(seed + 1_000, 0.8, 0.6, 3_000));
    expect(steep.every(state => state.status === 'rolled-back')).to.equal(true);
    const slight = Array.from({ length: 50 }, (_, seed) => runCanary(seed + 2_000, 0.8, 0.7, 8_000));
    expect(slight.filter(state => state.status === 'rolled-back').length).to.be.at.least(45);
  });

  it('finds a 10-point drop within 500 pairs where the share is a half (replayed conversations)', () => {
    const found = Array.from({ length: 50 }, (_, seed) => runCanary(seed + 3_000, 0.9, 0.8, 1_000, 0.5));
    expect(found.filter(state => state.status === 'rolled-back').length).to.be.at.least(35);
  });

  it('promotes a candidate that is surely not worse, and a verdict is final', () => {
    const better = runCanary(5, 0.7, 0.9, 20_000);
    expect(better.status).to.equal('promoted');
    expect(observeCanary(better, 'candidate', 0)).to.equal(better);
    expect(canaryReport(better).low).to.be.above(-CANARY.margin);
  });

  it('keeps a conversation on its arm, in the stated share, independently of other canaries', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `cnv_${i}`);
    const first = ids.map(id => canaryArm(id, 'one', 0.07));
    expect(first).to.deep.equal(ids.map(id => canaryArm(id, 'one', 0.07)));
    const share = (arms: string[]) => arms.filter(arm => arm === 'candidate').length / arms.length;
    expect(share(first)).to.be.closeTo(0.07, 0.007);
    const inBoth = ids.filter(
      (id, i) => first[i] === 'candidate' && canaryArm(id, 'two', 0.07) === 'candidate',
    );
    expect(inBoth.length / ids.length).to.be.closeTo(0.0049, 0.003);
  });
});

describe('drift', () => {
  const stream = (seed: number, n: number, change: number, before: number, after: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: n }, (_, i) => (random() < (i < change ? before : after) ? 1 : 0));
  };

  it('ADWIN forgets what was before a shift, keeps a steady stream, in logarithmic space', () => {
    let state = NEW_ADWIN;
    for (const value of stream(1, 3_000, 2_000, 0.2, 0.6)) state = observeAdaptive(state, value);
    expect(adaptiveMean(state).mean).to.be.closeTo(0.6, 0.06);
    expect(adaptiveMean(state).n).to.be.within(800, 1_100);
    let steady = NEW_ADWIN;
    for (const value of stream(2, 4_000, 4_000, 0.3, 0.3)) steady = observeAdaptive(steady, value);
    expect(adaptiveMean(steady).n).to.be.above(3_000);
    expect(steady.buckets.length).to.be.below(70);
  });
});
