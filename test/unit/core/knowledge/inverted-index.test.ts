// Guarantees: an index that grew and shrank ranks as one built at once, and as the scorer that SQL rows go through.
import { expect } from 'chai';
import fc from 'fast-check';
import { fuse } from '../../../../lib/core/knowledge/fuse.ts';
import { InvertedIndex } from '../../../../lib/core/knowledge/inverted-index.ts';
import { queryTerms } from '../../../../lib/core/knowledge/query.ts';
import { scorer } from '../../../../lib/core/knowledge/score.ts';

const DOCUMENTS = [
  { id: 'refunds', title: 'Refunds', body: 'Money comes back within five days after the parcel arrives.' },
  {
    id: 'shipping',
    title: 'Shipping',
    body: 'Parcels are shipped within two days. Refunds of shipping cost: none.',
  },
  { id: 'cards', title: 'Gift cards', body: 'Gift cards are valid for three years.' },
  { id: 'doi-tra', title: 'Đổi trả', body: 'Bạn được hoàn tiền đơn hàng trong vòng năm ngày.' },
];
const built = (documents = DOCUMENTS) => {
  const index = new InvertedIndex();
  for (const document of documents) index.add(document);
  return index;
};

describe('the inverted index', () => {
  it('finds by title and body', () => {
    expect(built().search('refunded money')[0]?.id).to.equal('refunds');
    expect(built().search('how long is a gift card valid')[0]?.id).to.equal('cards');
  });

  it('finds Vietnamese text with and without diacritics', () => {
    expect(built().search('hoàn tiền')[0]?.id).to.equal('doi-tra');
    expect(built().search('hoan tien')[0]?.id).to.equal('doi-tra');
  });

  it('ranks as an index built at once after documents were added, replaced and removed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.boolean()), { maxLength: 20 }), steps => {
        const index = new InvertedIndex();
        const present = new Map<string, (typeof DOCUMENTS)[number]>();
        for (const [at, adding] of steps) {
          const document = DOCUMENTS[at]!;
          if (adding) {
            index.add(document);
            present.set(document.id, document);
          } else {
            expect(index.remove(document.id)).to.equal(present.delete(document.id));
          }
        }
        const fresh = built([...present.values()]);
        expect(index.search('refund of shipping in days')).to.deep.equal(
          fresh.search('refund of shipping in days'),
        );
        expect(index.statistics).to.deep.equal(fresh.statistics);
      }),
    );
  });

  it('scores as the scorer of single candidates does', () => {
    const index = built();
    const terms = queryTerms('refund shipping days').map(term => ({
      ...term,
      ...index.termStatistics(term.text),
    }));
    const score = scorer(terms, index.statistics);
    for (const { id, score: expected } of index.search('refund shipping days')) {
      const { length, counts } = index.vector(id)!;
      const candidate = { length, counts: terms.map(term => counts.get(term.text)) };
      expect(score(candidate)).to.be.closeTo(expected, 1e-12);
    }
  });
});

describe('reciprocal rank fusion', () => {
  it('prefers what several rankings agree on', () => {
    const fused = fuse([{ ids: ['a', 'b', 'c'] }, { ids: ['d', 'b'] }, { ids: ['b'], weight: 0.5 }]);
    expect(fused.map(each => each.id)).to.deep.equal(['b', 'a', 'd', 'c']);
    expect(fused[1]?.score).to.be.closeTo(1 / 61, 1e-12);
  });
});
