// Guarantee: a call's cost is exact whole micro-units at the price valid when it was made.
import { expect } from 'chai';
import fc from 'fast-check';
import { costOf, type ModelPrice, PriceList, worstCostOf } from '../../../../lib/core/pricing/price-list.ts';

const price: ModelPrice = {
  model: 'm',
  fromMs: 0,
  untilMs: 1_000,
  inputPerMillion: 150_000,
  cachedInputPerMillion: 75_000,
  outputPerMillion: 600_000,
  perCall: 3,
};

describe('price list', () => {
  it('adds input, cached input, output and the price of the call', () => {
    const cost = costOf(price, { inputTokens: 1_000, cachedInputTokens: 400, outputTokens: 100 });
    expect([cost.inputMicro, cost.cachedInputMicro, cost.outputMicro, cost.totalMicro]).to.deep.equal([
      90, 30, 60, 183,
    ]);
  });

  it('rounds each part up, so one token is never free', () => {
    const cost = costOf({ ...price, perCall: 0 }, { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 });
    expect(cost.totalMicro).to.equal(2);
  });

  it('stays exact where a double would not', () => {
    const dear = { ...price, inputPerMillion: 9_007_199_254_741, perCall: 0 };
    const cost = costOf(dear, { inputTokens: 1_000_003, cachedInputTokens: 0, outputTokens: 0 });
    expect(BigInt(cost.totalMicro)).to.equal((9_007_199_254_741n * 1_000_003n + 999_999n) / 1_000_000n);
  });

  it('takes the price of the moment: from inclusive, until exclusive, none in a gap', () => {
    const later = { ...price, fromMs: 2_000, untilMs: null };
    const list = new PriceList([later, price]);
    expect([-1, 0, 999, 1_000, 1_999, 2_000, 9e15].map(at => list.at('m', at)?.fromMs ?? null)).to.deep.equal(
      [null, 0, 0, null, null, 2_000, 2_000],
    );
    expect(list.at('other', 5)).to.equal(null);
  });

  it('refuses prices that overlap, end before they begin, or are not whole', () => {
    for (const bad of [
      [price, { ...price, fromMs: 999 }],
      [
        { ...price, untilMs: null },
        { ...price, fromMs: 5_000 },
      ],
      [{ ...price, untilMs: 0 }],
      [{ ...price, perCall: 0.5 }],
      [{ ...price, outputPerMillion: -1 }],
    ])
      expect(() => new PriceList(bad))
        .to.throw()
        .with.property('code', 'validation-failed');
  });

  it('reserves at least what any outcome of the call can cost', () => {
    fc.assert(
      fc.property(
        fc.nat(50_000),
        fc.nat(50_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(50_000),
        (input, max, cachedShare, out) => {
          const cachedInputTokens = Math.floor(input * cachedShare);
          const actual = costOf(price, {
            inputTokens: input,
            cachedInputTokens,
            outputTokens: Math.min(out, max),
          });
          expect(worstCostOf(price, input, max)).to.be.at.least(actual.totalMicro);
        },
      ),
    );
  });
});
