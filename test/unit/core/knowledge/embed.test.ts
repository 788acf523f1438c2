// Guarantee: the lexical embedding brings spellings together, is bounded, and is the same on every machine.
import { expect } from 'chai';
import { cosine, EMBEDDING_DIMENSIONS, embed } from '../../../../lib/core/knowledge/embed.ts';

describe('the lexical embedding', () => {
  it('is a unit vector of fixed size, and zeros without words', () => {
    const vector = embed('Refunds arrive within five days');
    expect(vector).to.have.length(EMBEDDING_DIMENSIONS);
    expect(cosine(vector, vector)).to.be.closeTo(1, 1e-5);
    expect(embed('…').every(value => value === 0)).to.equal(true);
  });

  it('brings inflected, misspelt and unaccented words near, and leaves others far', () => {
    const near = (a: string, b: string) => cosine(embed(a), embed(b));
    expect(near('refunds', 'refunded')).to.be.greaterThan(0.95);
    expect(near('refund policy', 'refnud policy')).to.be.greaterThan(
      near('refund policy', 'opening hours') + 0.3,
    );
    expect(near('hoàn tiền', 'hoan tien')).to.be.closeTo(1, 1e-5);
  });

  it('lets a question weigh its words', () => {
    const rare = (term: string) => (term === 'kettl' ? 5 : 0.1);
    expect(cosine(embed('the kettle price', rare), embed('kettle'))).to.be.greaterThan(
      cosine(embed('the kettle price'), embed('kettle')),
    );
  });
});
