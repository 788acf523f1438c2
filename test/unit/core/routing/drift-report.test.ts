// Protects: a report tells drift when a level has changed and by how much, and keeps silent about noise.
import { expect } from 'chai';
import { type DriftPoint, driftReport } from '../../../../lib/core/routing/drift-report.ts';
import { seededRandom } from '../../../../lib/kernel/clock.ts';

describe('a report of drift', () => {
  const points = (quality: (n: number) => number, latency: (n: number) => number): DriftPoint[] => {
    const random = seededRandom(7);
    return Array.from({ length: 1_000 }, (_, n) => ({
      atMs: n,
      quality: Number(random() < quality(n)),
      misrouted: false,
      costRatio: null,
      latencyRatio: latency(n) * (0.8 + 0.4 * random()),
    }));
  };

  it('finds no drift in noise, nor in what was never expected', () => {
    const report = driftReport(
      points(
        () => 0.8,
        () => 1,
      ),
    );
    expect(report.filter(({ drifted }) => drifted)).to.deep.equal([]);
    expect(report.find(({ signal }) => signal === 'cost')).to.deep.include({ baseline: 0, present: 0 });
  });

  it('finds the signal that changed, about when, and its levels before and after', () => {
    const report = driftReport(
      points(
        n => (n < 600 ? 0.9 : 0.5),
        n => (n < 600 ? 1 : 1.02),
      ),
    );
    expect(report.filter(({ drifted }) => drifted).map(({ signal }) => signal)).to.deep.equal(['quality']);
    const quality = report[0]!;
    expect(quality.baseline).to.be.closeTo(0.9, 0.06);
    expect(quality.present).to.be.closeTo(0.5, 0.08);
    expect(quality.sinceMs).to.be.within(500, 720);
  });
});
