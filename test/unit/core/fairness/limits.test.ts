// Guarantee: no window lets through more than burst + rate * t; each step of
// degradation is entered and left once for one wave of load.
import { expect } from 'chai';
import fc from 'fast-check';
import {
  LADDER,
  levelOf,
  observePressure,
  pressureOf,
  UNDEGRADED,
} from '../../../../lib/core/fairness/degradation.ts';
import { takeTokens } from '../../../../lib/core/fairness/gcra.ts';

describe('token bucket', () => {
  it('lets no window have more than burst + rate * time', () => {
    const arrivals = fc.array(fc.record({ gapMs: fc.nat(400), units: fc.integer({ min: 1, max: 5 }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        arrivals,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        (list, ratePerSecond, burst) => {
          let arrivalMs: number | null = null;
          let nowMs = 1_000;
          const passed: { atMs: number; units: number }[] = [];
          for (const { gapMs, units } of list) {
            nowMs += gapMs;
            const decision = takeTokens({ ratePerSecond, burst }, arrivalMs, nowMs, units);
            arrivalMs = decision.arrivalMs;
            if (decision.allowed) passed.push({ atMs: nowMs, units });
          }
          for (let from = 0; from < passed.length; from++) {
            let sum = 0;
            for (let to = from; to < passed.length; to++) {
              sum += passed[to]!.units;
              const seconds = (passed[to]!.atMs - passed[from]!.atMs) / 1000;
              expect(sum).to.be.at.most(burst + ratePerSecond * seconds + 1e-6);
            }
          }
        },
      ),
    );
  });

  it('says when the same request would pass, and it does', () => {
    const limit = { ratePerSecond: 2, burst: 3 };
    let state: number | null = null;
    for (let i = 0; i < 3; i++) state = takeTokens(limit, state, 0).arrivalMs;
    const refused = takeTokens(limit, state, 0);
    expect(refused).to.include({ allowed: false, retryAfterMs: 500, remaining: 0 });
    expect(takeTokens(limit, state, 499).allowed).to.equal(false);
    expect(takeTokens(limit, state, 500).allowed).to.equal(true);
    expect(takeTokens(limit, null, 0, 4).retryAfterMs).to.equal(Number.POSITIVE_INFINITY);
  });
});

describe('degradation', () => {
  it('enters and leaves each step once for one wave of load', () => {
    let state = UNDEGRADED;
    const steps = [0];
    for (let second = 0; second < 300; second++) {
      const noise = 0.04 * Math.sin(second * 2.3);
      const wave =
        second < 120 ? 1.35 * Math.min(1, second / 60) : 1.35 * Math.max(0, 1 - (second - 120) / 60);
      state = observePressure(state, wave + noise, second * 1_000);
      if (state.step !== steps.at(-1)) steps.push(state.step);
    }
    expect(steps).to.deep.equal([0, 1, 2, 3, 4, 3, 2, 1, 0]);
  });

  it('gives up hedges first and new conversations last', () => {
    expect(
      LADDER.map(
        l => [l.noHedging, l.smallTiersOnly, l.shedsBackground, l.refusesNew].filter(Boolean).length,
      ),
    ).to.deep.equal([0, 1, 2, 3, 4]);
    expect(levelOf(UNDEGRADED).name).to.equal('normal');
  });

  it('does not move for a spike shorter than the hold', () => {
    let state = UNDEGRADED;
    for (const [ms, pressure] of [
      [0, 2],
      [1_999, 2],
      [2_000, 0.1],
      [4_100, 2],
    ] as const)
      state = observePressure(state, pressure, ms);
    expect(state.step).to.equal(0);
  });

  it('takes the worst load as the pressure', () => {
    const loads = { slotsBusy: 1, waitMs: 100, bearableWaitMs: 1_000, eventLoopLagMs: 60, bearableLagMs: 50 };
    expect(pressureOf(loads)).to.equal(1.2);
  });
});
