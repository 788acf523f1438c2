// Protects: a citation points at the words of the document that say what the answer says, and at nothing when none do.
import { expect } from 'chai';
import { citationsFor, spanOf } from '../../../../lib/core/knowledge/cite.ts';
import { freshness } from '../../../../lib/core/knowledge/freshness.ts';

const document =
  'About us.\n\nKettles are repaired for two years. Shipping to Norway costs 9 euros. We like tea.';
const start = document.indexOf('Kettles');
const passage = {
  documentId: 'd',
  title: 'Help',
  text: document.slice(start),
  start,
  end: document.length,
};

describe('citations of a written answer', () => {
  it('are the sentences that say it, with their exact place in the document', () => {
    const cited = citationsFor('Sure! Shipping to Norway will cost you 9 euros.', [passage]);
    expect(cited).to.have.length(1);
    expect(cited[0]!.quote).to.equal('Shipping to Norway costs 9 euros.');
    expect(document.slice(cited[0]!.start, cited[0]!.end)).to.equal(cited[0]!.quote);
  });

  it('are none for what no passage says', () => {
    expect(citationsFor('The moon is made of green cheese.', [passage])).to.deep.equal([]);
    expect(citationsFor('', [passage])).to.deep.equal([]);
  });

  it('point at the whole passage where something was taken out of it, and at no place that is not known', () => {
    const altered = { ...passage, text: passage.text.slice(0, 40) };
    expect(spanOf(altered, { start: 0, end: 5 })).to.deep.equal({ start, end: document.length });
    expect(spanOf({ text: 'x' }, { start: 0, end: 1 })).to.deep.equal({});
  });
});

describe('freshness', () => {
  it('is whole at first, half after 180 days, and never below nothing', () => {
    expect(freshness(0)).to.equal(1);
    expect(freshness(180 * 86_400_000)).to.be.closeTo(0.5, 1e-9);
    expect(freshness(1e15)).to.be.within(0, 0.001);
    expect(freshness(-5)).to.equal(1);
  });
});
