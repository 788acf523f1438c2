// Guarantees: misspelt and long questions still find their documents; a rare topic outweighs a rare word.
import { expect } from 'chai';
import { InvertedIndex } from '../../../../lib/core/knowledge/inverted-index.ts';
import {
  combineParts,
  LONG_QUERY_TERMS,
  queryParts,
  searchByParts,
} from '../../../../lib/core/knowledge/long-query.ts';
import { queryTerms } from '../../../../lib/core/knowledge/query.ts';
import { topicality } from '../../../../lib/core/knowledge/score.ts';
import { corrections, isOneEditApart } from '../../../../lib/core/knowledge/spelling.ts';

const index = new InvertedIndex();
for (const [id, title, body] of [
  [
    'refunds',
    'Refunds',
    'A refund arrives within five days after the parcel does. Refunds go to the same card.',
  ],
  ['warranty', 'Warranty', 'The warranty of a kettle lasts five years. A warranty claim needs the receipt.'],
  ['shipping', 'Shipping', 'Shipping abroad takes ten days and is paid by the customer.'],
  ['points', 'Loyalty points', 'Points expire after eighteen months. Points are earned with every order.'],
] as const) {
  index.add({ id, title, body });
}

describe('misspelt questions', () => {
  it('find what was meant', () => {
    expect(index.search('waranty kettel')[0]?.id).to.equal('warranty');
    expect(index.search('refudn')[0]?.id).to.equal('refunds');
    expect(index.search('loylaty poitns')[0]?.id).to.equal('points');
  });

  it('count letters missing, added, changed or swapped as one edit', () => {
    for (const misspelt of ['refnd', 'refuund', 'refend', 'refudn'])
      expect(isOneEditApart('refund', misspelt)).to.equal(true);
    for (const other of ['refund', 'refunding', 'rfeudn', 'fund'])
      expect(isOneEditApart('refund', other)).to.equal(false);
  });

  it('leave short words and numbers alone and prefer common words', () => {
    const frequency = (term: string) => ({ order: 1, older: 9 })[term] ?? 0;
    expect(corrections('olrder', ['order', 'older'], frequency)).to.deep.equal(['older', 'order']);
    expect(corrections('cat', ['car'], frequency)).to.deep.equal([]);
    expect(corrections('12345', ['12346'], frequency)).to.deep.equal([]);
  });
});

describe('long questions', () => {
  const story =
    'My name is Lan and I live in Hue with two cats, a dog and my old mother who likes gardening very much. ' +
    'Last Tuesday my colleague bought the blue one while walking home along the river in heavy rain. ' +
    'I want to know whether the warranty covers my kettle. ' +
    'Then I thought about the weather, the news, a film with an actor whose name nobody remembers, and football. ' +
    'Also, do my loyalty points expire?';

  it('are taken apart, short ones are not', () => {
    expect(queryParts('When do refunds arrive? And points?')).to.have.length(1);
    expect(queryTerms(story).length).to.be.greaterThan(LONG_QUERY_TERMS);
    expect(queryParts(story)).to.have.length(5);
  });

  it('find what each of their sentences asks', () => {
    const ids = searchByParts(index, story).map(each => each.id);
    expect(ids.slice(0, 2)).to.have.members(['warranty', 'points']);
  });

  it('add up scores, a close match counting for more than several vague ones', () => {
    const close = [{ id: 'close', score: 9 }];
    const vague = [{ id: 'vague', score: 3 }];
    expect(combineParts([close, vague, vague], 2).map(each => each.id)).to.deep.equal(['close', 'vague']);
    expect(combineParts([close], 5)).to.deep.equal(close);
  });
});

describe('topicality', () => {
  it('is more for a term of titles and repetition than for one said in passing', () => {
    const topic = topicality({ documentFrequency: 10, titleFrequency: 9, occurrences: 60 });
    const passing = topicality({ documentFrequency: 10, titleFrequency: 0, occurrences: 10 });
    expect(topic).to.be.greaterThan(2 * passing);
    expect(topicality({ documentFrequency: 0, titleFrequency: 0, occurrences: 0 })).to.be.within(1, 2);
  });
});
