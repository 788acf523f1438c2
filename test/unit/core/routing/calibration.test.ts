// Guarantee: calibration changes how sure an answer is, never which answer it is; the measures are as published.
import { expect } from 'chai';
import fc from 'fast-check';
import {
  areaUnderRoc,
  argmax,
  expectedCalibrationError,
  fitTemperature,
  meanLoss,
  softmax,
} from '../../../../lib/core/routing/calibration.ts';
import { routerQuality } from '../../../../lib/core/routing/router-quality.ts';
import { seededRandom } from '../../../../lib/kernel/clock.ts';

describe('temperature scaling', () => {
  it('leaves the argmax unchanged at any temperature, and sums to one', () => {
    const scores = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(scores, fc.double({ min: 0.05, max: 50, noNaN: true }), (list, temperature) => {
        const shares = softmax(list, temperature);
        expect(argmax(shares)).to.equal(argmax(list));
        expect(shares.reduce((a, b) => a + b, 0)).to.be.closeTo(1, 1e-9);
      }),
    );
  });

  it('finds the temperature that scores were sharpened by, and mends the calibration error', () => {
    const random = seededRandom(3);
    const scores: number[][] = [];
    const labels: number[] = [];
    for (let i = 0; i < 4_000; i++) {
      const honest = Array.from({ length: 5 }, () => 4 * random());
      let left = random();
      const label = softmax(honest).findIndex(p => {
        left -= p;
        return left < 0;
      });
      labels.push(Math.max(0, label));
      scores.push(honest.map(s => s * 3));
    }
    const temperature = fitTemperature(scores, labels);
    const error = (t: number) => {
      const shares = scores.map(s => softmax(s, t));
      return expectedCalibrationError(
        shares.map(s => Math.max(...s)),
        shares.map((s, i) => argmax(s) === labels[i]),
      );
    };
    expect(temperature).to.be.closeTo(3, 0.25);
    expect(error(1)).to.be.above(0.1);
    expect(error(temperature)).to.be.below(0.03);
    expect(meanLoss(scores, labels, temperature)).to.be.below(meanLoss(scores, labels, 1));
  });

  it('measures a perfectly sure liar as one, a fair coin as none', () => {
    expect(expectedCalibrationError([1, 1], [false, false])).to.equal(1);
    expect(expectedCalibrationError([0.5, 0.5], [true, false])).to.equal(0);
  });

  it('counts ties as half in the area under the curve', () => {
    expect(areaUnderRoc([0.9, 0.8, 0.1], [true, true, false])).to.equal(1);
    expect(areaUnderRoc([0.5, 0.5], [true, false])).to.equal(0.5);
    expect(areaUnderRoc([1, 2], [true, true])).to.equal(0.5);
  });
});

describe('router quality', () => {
  const rows = (score: (i: number) => number) =>
    Array.from({ length: 1_000 }, (_, i) => ({ score: score(i), weak: i >= 200, strong: true }));

  it('is about 0.9 for an oracle that knows the 20 % that need the strong model', () => {
    const { apgr, cpt50, cpt80 } = routerQuality(rows(i => -i));
    expect([apgr, cpt50, cpt80].map(x => Math.round(x! * 1000) / 1000)).to.deep.equal([0.9, 0.1, 0.16]);
  });

  it('is a half for a coin, and for a score that says nothing', () => {
    const random = seededRandom(1);
    expect(routerQuality(rows(() => random())).apgr).to.be.closeTo(0.5, 0.05);
    const blind = routerQuality(rows(() => 1));
    expect([blind.apgr, blind.cpt50!, blind.cpt80!].map(x => Math.round(x * 1000) / 1000)).to.deep.equal([
      0.5, 0.5, 0.8,
    ]);
  });

  it('is poor for a score that is upside down', () => {
    expect(routerQuality(rows(i => i)).apgr).to.be.closeTo(0.1, 1e-9);
  });
});
