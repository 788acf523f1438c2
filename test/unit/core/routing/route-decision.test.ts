// Guarantee: a routing decision is explained, repeatable, honours what is allowed, and learns from outcomes.
import { expect } from 'chai';
import { exitsEarly, judgeAnswer } from '../../../../lib/core/routing/early-exit.ts';
import {
  emptyLearner,
  learnerFromPrior,
  learnOutcome,
  probabilitySuffices,
} from '../../../../lib/core/routing/outcome-learner.ts';
import {
  approximateTokens,
  emptySketch,
  FEATURE_COUNT,
  featureVector,
  noveltyOf,
  type RouteRequest,
  remember,
  routeFeatures,
  schemaStrictness,
} from '../../../../lib/core/routing/request-features.ts';
import { auditRoute, decideRoute, type RouteInput } from '../../../../lib/core/routing/route-decision.ts';
import { emptyBandit } from '../../../../lib/core/routing/tier-bandit.ts';
import { seededRandom } from '../../../../lib/kernel/clock.ts';

const REQUEST: RouteRequest = {
  text: 'Where is my order?',
  language: 'en',
  turnDepth: 0,
  toolsWanted: 0,
  historicalFailureRate: 0,
  novelty: 0,
};
const STRICT = {
  type: 'object',
  additionalProperties: false,
  required: ['status', 'count'],
  properties: { status: { enum: ['open', 'closed'] }, count: { type: 'integer', maximum: 9 } },
};
const expectations = {
  SLM_A: { costMicroUsd: 10, latencyMs: 300 },
  SLM_B: { costMicroUsd: 40, latencyMs: 500 },
  LLM: { costMicroUsd: 400, latencyMs: 1_500 },
};
const input = (change: Partial<RouteInput> = {}, request: Partial<RouteRequest> = {}): RouteInput => ({
  features: routeFeatures({ ...REQUEST, ...request }),
  allowed: ['SLM_A', 'SLM_B', 'LLM'],
  learner: emptyLearner(FEATURE_COUNT),
  bandit: emptyBandit(['SLM_A', 'SLM_B', 'LLM'], FEATURE_COUNT),
  expectations,
  ...change,
});
const decide = (given: RouteInput, seed = 1) => decideRoute(given, seededRandom(seed));

describe('route decision', () => {
  it('locks a strict-JSON request to the small tier and escalates when the answer does not validate', () => {
    const decision = decide(input({}, { schema: STRICT }));
    expect(decision).to.include({ tier: 'SLM_A', reason: 'early-exit' });
    expect(decision.propensities).to.deep.equal({ SLM_A: 1 });
    const invalid = { tier: 'SLM_A', schemaValid: false, confidence: null } as const;
    expect(judgeAnswer(invalid, 1)).to.deep.equal({
      accept: false,
      escalateTo: 'SLM_B',
      reason: 'schema-invalid',
    });
    expect(judgeAnswer(invalid, 1, ['SLM_A', 'LLM'])).to.include({ escalateTo: 'LLM' });
    expect(judgeAnswer({ ...invalid, schemaValid: true }, 1)).to.deep.equal({ accept: true });
    expect(judgeAnswer({ ...invalid, schemaValid: true, confidence: 0.1 }, 1)).to.include({
      reason: 'low-confidence',
    });
    expect(judgeAnswer({ ...invalid, tier: 'LLM' }, 3)).to.include({ accept: false, escalateTo: null });
  });

  it('does not exit early with tools, a loose schema, or a matter of law, health or security', () => {
    const early = (change: Partial<RouteRequest>) =>
      exitsEarly(routeFeatures({ ...REQUEST, schema: STRICT, ...change }));
    expect(early({})).to.equal(true);
    expect(early({ toolsWanted: 1 })).to.equal(false);
    expect(early({ schema: { type: 'object' } })).to.equal(false);
    expect(early({ text: 'My account was hacked, summarise what happened' })).to.equal(false);
  });

  it('takes the only allowed tier, and an override only where it is allowed', () => {
    expect(decide(input({ allowed: ['LLM'] }))).to.include({ tier: 'LLM', reason: 'only-tier' });
    const override = { tier: 'LLM', by: 'request' } as const;
    expect(decide(input({ override }))).to.include({
      tier: 'LLM',
      reason: 'override',
      overriddenBy: 'request',
    });
    expect(decide(input({ override, allowed: ['SLM_A', 'SLM_B'] })).tier).to.not.equal('LLM');
  });

  it('is a plain object that the same input and random numbers give again', () => {
    const decision = decide(input(), 7);
    expect(decision).to.deep.equal(decide(input(), 7));
    expect(structuredClone(decision)).to.deep.equal(decision);
    expect(Object.values(decision.propensities).reduce((a, b) => a + b, 0)).to.be.closeTo(1, 1e-9);
    expect(decision.context).to.have.length(FEATURE_COUNT);
  });

  it('names a misroute and compares what was expected with what came', () => {
    const decision = decide(
      input({ allowed: ['SLM_A', 'LLM'], override: { tier: 'SLM_A', by: 'safe-mode' } }),
    );
    const audit = auditRoute(decision, { costMicroUsd: 12, latencyMs: 250, quality: 0.2, escalated: true });
    expect(audit).to.deep.equal({ misrouted: 'too-small', costErrorMicroUsd: 2, latencyErrorMs: -50 });
  });
});

describe('outcome learner', () => {
  it('learns when the small tier suffices and says so with calibrated probabilities', () => {
    const random = seededRandom(2);
    let learner = emptyLearner(FEATURE_COUNT);
    const sample = () =>
      featureVector(routeFeatures({ ...REQUEST, novelty: random(), historicalFailureRate: random() }));
    const chance = (x: readonly number[]) => 1 / (1 + Math.exp(-(3 - 5 * x[3]! - 2 * x[4]!)));
    for (let i = 0; i < 1_500; i++) {
      const x = sample();
      learner = learnOutcome(learner, x, random() < chance(x));
    }
    let gap = 0;
    for (let i = 0; i < 300; i++) {
      const x = sample();
      gap += Math.abs(probabilitySuffices(learner, x) - chance(x)) / 300;
    }
    expect(gap).to.be.below(0.06);
    expect(learner.history.length).to.be.at.most(400);
    const tenant = learnerFromPrior(learner, 0.1);
    const x = sample();
    expect(probabilitySuffices(tenant, x)).to.be.closeTo(probabilitySuffices(learner, x), 1e-9);
  });
});

describe('request features', () => {
  it('estimates tokens cheaply, for long texts too', () => {
    expect(approximateTokens('')).to.equal(0);
    expect(approximateTokens('Where is my order? It has not arrived.')).to.be.within(8, 12);
    expect(approximateTokens('a'.repeat(1_000_000))).to.be.within(100_000, 250_000);
    expect(approximateTokens('你好，请问')).to.be.within(4, 6);
  });

  it('measures how little room a schema leaves', () => {
    expect(schemaStrictness(undefined)).to.equal(0);
    expect(schemaStrictness({ type: 'object' })).to.be.below(0.61);
    expect(schemaStrictness(STRICT)).to.equal(1);
    const endless: Record<string, unknown> = { type: 'array' };
    endless.items = endless;
    expect(schemaStrictness(endless)).to.be.within(0, 1);
  });

  it('flags domains and measures novelty against what the tenant said before', () => {
    expect(routeFeatures({ ...REQUEST, text: 'my doctor changed the dosage' }).domainFlags).to.deep.equal([
      'medical',
    ]);
    const sketch = remember(emptySketch(), 'where is my order');
    expect(noveltyOf(emptySketch(), 'where is my order')).to.equal(1);
    expect(noveltyOf(sketch, 'where is my order')).to.equal(0);
    expect(noveltyOf(sketch, 'where is my parcel')).to.be.closeTo(0.25, 1e-9);
  });
});
