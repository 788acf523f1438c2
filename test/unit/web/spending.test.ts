// Protects: the plot of costs adds up to the ledger, however it is grouped, and savings are told only where there is something to compare with.
import { expect } from 'chai';
import fc from 'fast-check';
import { grouped, type Spent, savedBySmaller } from '../../../web/src/portal/spending.ts';

const DAYS = ['2026-11-01', '2026-11-02', '2026-11-03'];
const row = (given: Partial<Spent>): Spent => ({
  day: DAYS[0]!,
  agent: 'fern',
  model: 'm',
  tier: 'LLM',
  tokens: 100,
  costMicroUsd: 10,
  ...given,
});
const rows = fc.array(
  fc.record({
    day: fc.constantFrom(...DAYS),
    agent: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')),
    model: fc.constantFrom('m', 'n'),
    tier: fc.constantFrom('SLM_A', 'LLM'),
    tokens: fc.nat(1_000),
    costMicroUsd: fc.nat(1_000),
  }),
);

describe('what models have cost, as a plot', () => {
  it('adds up, with five groups at most', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom('agent', 'model', 'tier'), (spent, by) => {
        const { groups, byDay } = grouped(spent, DAYS, by);
        const total = spent.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
        expect(groups.length).to.be.at.most(5);
        expect(groups.reduce((sum, { microUsd }) => sum + microUsd, 0)).to.equal(total);
        groups.forEach(({ microUsd }, at) => {
          expect(byDay.reduce((sum, day) => sum + day.microUsd[at]!, 0)).to.equal(microUsd);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('tells what smaller tiers saved, or nothing where there is no comparison', () => {
    expect(savedBySmaller([row({}), row({ tier: 'SLM_A', tokens: 200, costMicroUsd: 4 })], 'LLM')).to.equal(
      16,
    );
    expect(savedBySmaller([row({})], 'LLM')).to.equal(null);
    expect(savedBySmaller([row({ tier: 'SLM_A' })], 'LLM')).to.equal(null);
  });
});
