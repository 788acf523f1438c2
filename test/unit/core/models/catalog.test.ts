// Protects: a model costs what its price of the day says, and a list of prices that contradicts itself is not taken.
import { expect } from 'chai';
import { candidatesFor, parseCatalog } from '../../../../lib/core/models/catalog.ts';

describe('prices of a catalogue', () => {
  const model = (prices: object[]) => ({
    endpoints: [
      {
        name: 'one',
        baseUrl: 'http://localhost/v1',
        models: [{ id: 'm', tier: 'LLM', inputPerMillion: 10, outputPerMillion: 20, prices }],
      },
    ],
  });
  const later = { inputPerMillion: 5, outputPerMillion: 8 };

  it('change on their day, end on theirs, and a model without one is not offered', () => {
    const catalog = parseCatalog(
      model([
        { from: '2026-12-01', ...later },
        { from: '2027-01-01', until: '2027-02-01', ...later, outputPerMillion: 9 },
      ]),
    );
    const at = (day: string) =>
      candidatesFor(catalog, { model: 'm' }, 'chat', null, Date.parse(day)).map(({ price }) => [
        price.inputPerMillion,
        price.outputPerMillion,
      ]);
    expect(at('2026-11-30T23:59:59Z')).to.deep.equal([[10, 20]]);
    expect(at('2026-12-01T00:00:00Z')).to.deep.equal([[5, 8]]);
    expect(at('2027-01-15')).to.deep.equal([[5, 9]]);
    expect(at('2027-02-01')).to.deep.equal([]);
  });

  it('may not overlap, run backwards or be no amounts', () => {
    for (const prices of [
      [
        { from: '2026-12-01', until: '2027-02-01', ...later },
        { from: '2027-01-01', ...later },
      ],
      [{ from: '2026-12-01', until: '2026-11-01', ...later }],
      [{ from: '2026-12-01' }],
      [{ from: 'soon', ...later }],
      [{ from: '2026-12-01', ...later, inputPerMillion: -1 }],
    ])
      expect(() => parseCatalog(model(prices)), JSON.stringify(prices)).to.throw('prices');
  });
});
