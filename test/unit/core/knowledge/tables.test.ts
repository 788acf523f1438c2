// Guarantees: a row of a table is said as words with its header, quoted exactly, and found by a number in its range.
import { expect } from 'chai';
import { extractAnswer } from '../../../../lib/core/knowledge/answer.ts';
import { blocks } from '../../../../lib/core/knowledge/blocks.ts';
import {
  cellsOf,
  numbersIn,
  rangeHolds,
  rangeOf,
  sayRow,
  tableRows,
} from '../../../../lib/core/knowledge/tables.ts';
import { sayText } from '../../../../lib/core/knowledge/units.ts';

const SIZES = '| Size | Chest | Hip |\n| --- | --- | --- |\n| S | 87-93 | 94-100 |\n| M | 94-100 | 101-107 |';
const rowsOf = (text: string, header = '') => tableRows(text, blocks(text)[0]!, header);

describe('a row of a table', () => {
  it('is said with its header and is an exact span', () => {
    const row = rowsOf(SIZES)[1]!;
    expect(SIZES.slice(row.start, row.end)).to.equal('| M | 94-100 | 101-107 |');
    expect(sayRow(row, () => false)).to.equal('Size: M; Chest: 94-100; Hip: 101-107');
  });

  it('takes the header of the chunk before when the table was cut', () => {
    const text = '| Flask | 5 years |\n| Cup | 1 year |';
    const [, cup] = rowsOf(text, '| Product | Warranty |');
    expect(sayRow(cup!, () => false)).to.equal('Product: Cup; Warranty: 1 year');
    const passage = { documentId: 'w', title: 'Warranty', text, score: 1, context: '| Product | Warranty |' };
    const answer = extractAnswer('How long is the warranty of the cup?', [passage]);
    expect(answer.text).to.equal('Product: Cup; Warranty: 1 year.');
    expect(answer.citations.map(each => each.quote)).to.deep.equal(['| Cup | 1 year |']);
  });

  it('shortens a long enumeration to what is asked for', () => {
    const row = { start: 0, end: 1, header: ['To', ''], cells: ['A, B, C, D, E, F, G, H, I', '$1'] };
    expect(sayRow(row, part => part === 'D')).to.equal('To: A, …, D, …; $1');
    expect(sayRow(row, () => false)).to.equal('To: A, B, C, D, E, F, G, H, I; $1');
  });

  it('keeps a bar after a backslash in its cell', () => {
    expect(cellsOf('| a \\| b | c |')).to.deep.equal(['a | b', 'c']);
  });

  it('is found by a number in a range, in the column that is named', () => {
    const [small, medium] = rowsOf(SIZES);
    const chest = (header: string) => header === 'Chest';
    expect(rangeHolds(medium!, [98], chest)).to.equal('named');
    expect(rangeHolds(small!, [98], chest)).to.equal(undefined);
    expect(rangeHolds(small!, [98], () => false)).to.equal('unnamed');
    expect(rangeHolds(small!, [], chest)).to.equal(undefined);
  });

  it('reads ranges and numbers', () => {
    expect(rangeOf('$1,000 to $2,000')).to.deep.equal([1000, 2000]);
    expect(rangeOf('38–44 cm')).to.deep.equal([38, 44]);
    expect(rangeOf('500 and more')).to.deep.equal([500, Number.POSITIVE_INFINITY]);
    expect(rangeOf('a year')).to.equal(undefined);
    expect(numbersIn('98 cm, 1,500 g or KM-10234?')).to.deep.equal([98, 1500]);
  });
});

describe('a quote as it is said', () => {
  it('has no marks of markdown', () => {
    expect(
      sayText('- **Chest:** see [the *chart*](https://shop.example/a "A") and `code`, 2 * 3 * 4.'),
    ).to.equal('Chest: see the chart and code, 2 * 3 * 4.');
    expect(sayText('Bring:\n\n- a **photo**,\n- the\n  number.', 'list')).to.equal(
      'Bring:\n- a photo,\n- the number.',
    );
  });

  it('brings along the sentence that "it" needs, and a list with what leads in to it', () => {
    const text =
      'Leaf Post is a parcel. It costs $19.00 a month.\n\nTo leave, send us:\n\n- your number,\n- a reason.';
    const passage = { documentId: 'leaf', title: 'Leaf Post', text, score: 1 };
    expect(extractAnswer('How much is Leaf Post a month?', [passage]).text).to.equal(
      'Leaf Post is a parcel. It costs $19.00 a month.',
    );
    const list = extractAnswer('What do I have to send to leave?', [passage]);
    expect(list.text).to.equal('To leave, send us:\n- your number,\n- a reason.');
    expect(text).to.contain(list.citations[0]?.quote);
  });
});
