// Protects: what SQL finds is ranked as the index in memory ranks it, whatever order the rows come in.
import { expect } from 'chai';
import fc from 'fast-check';
import { InvertedIndex } from '../../../../lib/core/knowledge/inverted-index.ts';
import { queryTerms } from '../../../../lib/core/knowledge/query.ts';
import { type Posting, rankPostings } from '../../../../lib/core/knowledge/rank.ts';

const WORDS = ['kettle', 'return', 'parcel', 'refund', 'warranty', 'tea', 'order', 'brazil'];
const documents = fc.array(
  fc.record({
    title: fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }),
    body: fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 12 },
);

describe('ranking of stored postings', () => {
  it('agrees with the index in memory', () => {
    fc.assert(
      fc.property(documents, fc.subarray(WORDS, { minLength: 1 }), fc.nat(99), (texts, wanted, seed) => {
        const index = new InvertedIndex();
        for (const [i, { title, body }] of texts.entries())
          index.add({ id: String(i), title: title.join(' '), body: body.join(' ') });
        const terms = queryTerms(wanted.join(' ')).map((term, id) => ({ ...term, id }));
        const postings: Posting[] = texts.flatMap((_, i) => {
          const { counts, length } = index.vector(String(i))!;
          return terms.flatMap(({ id, text }) => {
            const count = counts.get(text);
            if (!count) return [];
            return [
              {
                term: id,
                chunk_id: i,
                title_count: count.title,
                body_count: count.body,
                title_length: length.title,
                body_length: length.body,
              },
            ];
          });
        });
        const { count, averageLength } = index.statistics;
        const stored = {
          chunks: count,
          titleTerms: averageLength.title * count,
          bodyTerms: averageLength.body * count,
        };
        const shuffled = postings.toSorted(
          (a, b) => ((a.chunk_id * 7 + a.term * 3 + seed) % 11) - ((b.chunk_id * 7 + b.term * 3 + seed) % 11),
        );
        const ranked = rankPostings(terms, shuffled, stored, 100);
        const expected = new Map(
          index.search(wanted.join(' '), 100).map(({ id, score }) => [Number(id), score]),
        );
        expect(new Set(ranked.map(each => each.chunkId))).to.deep.equal(new Set(expected.keys()));
        for (const { chunkId, score } of ranked) expect(score).to.be.closeTo(expected.get(chunkId)!, 1e-9);
      }),
      { numRuns: 200 },
    );
  });

  const posting = (chunk_id: number, term = 1): Posting => ({
    term,
    chunk_id,
    title_count: 0,
    body_count: 1,
    title_length: 3,
    body_length: 20,
  });
  const statistics = { chunks: 10, titleTerms: 30, bodyTerms: 200 };
  const terms = [{ id: 1, weight: 1 }];

  it('gives no more than was asked for, equals in the order of their ids', () => {
    const ranked = rankPostings(terms, [posting(3), posting(1), posting(2)], statistics, 2);
    expect(ranked.map(each => each.chunkId)).to.deep.equal([1, 2]);
  });

  it('is empty when nothing was found, and leaves out rows that nobody asked for', () => {
    expect(rankPostings(terms, [], { chunks: 0, titleTerms: 0, bodyTerms: 0 }, 5)).to.deep.equal([]);
    expect(rankPostings(terms, [posting(1, 99)], statistics, 5)).to.deep.equal([]);
  });
});
