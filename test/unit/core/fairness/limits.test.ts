// Guarantee: no window lets through more than burst + rate * t; refusals name their layer; each step of
// degradation is entered and left once for one wave of load.
import { expect } from 'chai';
import fc from 'fast-check';
import { type AdmissionFacts, decideAdmission } from '../../../../lib/core/fairness/admission.ts';
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

describe('admission', () => {
  const rate = { limit: { ratePerSecond: 100, burst: 10_000 }, arrivalMs: null };
  const facts: AdmissionFacts = {
    nowMs: 1_000,
    level: LADDER[0]!,
    maxTokensPerCall: 8_000,
    tenant: {
      running: 0,
      maxRunning: 4,
      queued: 0,
      maxQueued: 10,
      requests: rate,
      tokens: rate,
      quotaLeft: 100_000,
      quotaRenewsMs: 61_000,
      budgetLeftMicroUsd: 500,
    },
    expectedWaitMs: 0,
    deadlineMs: 31_000,
  };
  const request = {
    inputTokens: 100,
    maxOutputTokens: 200,
    priority: 'interactive',
    estimatedMicroUsd: 90,
  } as const;
  const layer = (change: Partial<AdmissionFacts>, tenant: Partial<AdmissionFacts['tenant']> = {}) => {
    const decision = decideAdmission(request, {
      ...facts,
      ...change,
      tenant: { ...facts.tenant, ...tenant },
    });
    return decision.admit ? 'admitted' : `${decision.layer} ${decision.retryAfterMs}`;
  };

  it('refuses in the layer that is exhausted, with the time to come again', () => {
    expect(layer({})).to.equal('admitted');
    expect(layer({ maxTokensPerCall: 299 })).to.equal('size null');
    expect(layer({}, { queued: 10 })).to.equal('concurrency 1000');
    expect(layer({}, { requests: { limit: { ratePerSecond: 1, burst: 1 }, arrivalMs: 2_000 } })).to.equal(
      'rate 1000',
    );
    expect(layer({}, { quotaLeft: 299 })).to.equal('quota 60000');
    expect(layer({}, { budgetLeftMicroUsd: 89 })).to.equal('budget null');
    expect(layer({ expectedWaitMs: 30_000 })).to.equal('load 30000');
  });

  it('pauses background work before it touches a customer', () => {
    const essential = { ...facts, level: LADDER[3]! };
    expect(decideAdmission({ ...request, priority: 'background' }, essential).admit).to.equal(false);
    expect(decideAdmission(request, essential).admit).to.equal(true);
  });

  it('has a running tenant at its limit wait, not leave', () => {
    const decision = decideAdmission(request, { ...facts, tenant: { ...facts.tenant, running: 4 } });
    expect(decision).to.include({ admit: true, immediately: false });
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
