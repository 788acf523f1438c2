// Protects: what a router learnt depends on its prior and outcomes alone, survives being stored, and bends to a tenant's own outcomes within dozens.
import { expect } from 'chai';
import fc from 'fast-check';
import { TIERS } from '../../../../lib/core/routing/early-exit.ts';
import {
  decideWith,
  expectationsOf,
  failureRateOf,
  kindOf,
  type LearntRouter,
  learn,
  routerFromPrior,
} from '../../../../lib/core/routing/learnt-router.ts';
import { featureVector, routeFeatures } from '../../../../lib/core/routing/request-features.ts';
import { ROUTER_PRIOR } from '../../../../lib/core/routing/weights-router-prior.ts';
import { seededRandom } from '../../../../lib/kernel/clock.ts';

const stored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const untaught = routerFromPrior(ROUTER_PRIOR);
const featuresOf = (text: string, toolsWanted = 0) =>
  routeFeatures({ text, language: 'en', turnDepth: 0, toolsWanted, historicalFailureRate: 0, novelty: 0 });
const decide = (router: LearntRouter, text: string, seed: number) => {
  const features = featuresOf(text);
  const expectations = expectationsOf(router, features.tokenCount);
  return decideWith(router, { features, allowed: TIERS, expectations }, seededRandom(seed));
};

describe('a learnt router', () => {
  it('is the same whether it was kept in memory or stored between any outcomes', () => {
    const outcome = fc.record({
      tier: fc.constantFrom(...TIERS),
      text: fc.constantFrom('where is it', 'my tax dispute', 'a stack trace in typescript'),
      quality: fc.double({ min: 0, max: 1, noNaN: true }),
      escalated: fc.boolean(),
      costMicroUsd: fc.nat(100_000),
      latencyMs: fc.nat(60_000),
      store: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 40 }), fc.nat(), (outcomes, seed) => {
        let kept = untaught;
        let reread = untaught;
        for (const { tier, text, store, ...told } of outcomes) {
          const features = featuresOf(text);
          const decision = { tier, features, context: featureVector(features) };
          kept = learn(kept, decision, told);
          reread = learn(store ? stored(reread) : reread, stored(decision), told);
        }
        expect(stored(reread)).to.deep.equal(stored(kept));
        expect(stored(decide(reread, 'my tax', seed))).to.deep.equal(stored(decide(kept, 'my tax', seed)));
      }),
      { numRuns: 30 },
    );
  });

  it('goes to the small tier no more where it keeps failing, and goes on where it does well', () => {
    let router = untaught;
    for (let n = 0; n < 80; n++)
      for (const text of ['where is it', 'my tax dispute']) {
        const features = featuresOf(text);
        const quality = Number(text === 'where is it');
        for (const tier of ['SLM_A', 'LLM'] as const)
          router = learn(
            router,
            { tier, features, context: featureVector(features) },
            { quality: tier === 'LLM' ? 1 : quality, escalated: false, costMicroUsd: 100, latencyMs: 500 },
          );
      }
    expect(decide(router, 'where is it', 1).probabilitySuffices).to.be.greaterThan(0.85);
    expect(decide(router, 'my tax dispute', 1).probabilitySuffices).to.be.lessThan(0.3);
    const share = (text: string) => decide(router, text, 1).propensities.SLM_A ?? 1;
    expect(share('my tax dispute')).to.be.lessThan(0.1);
    expect(share('where is it')).to.be.greaterThan(0.25);
    expect(failureRateOf(router, kindOf(featuresOf('my tax dispute')))).to.be.greaterThan(0.9);
  });
});
