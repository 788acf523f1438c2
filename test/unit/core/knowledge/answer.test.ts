// Guarantees: an extractive answer quotes its source exactly, in English and Vietnamese, and says when it doesn't know.
import { expect } from 'chai';
import { ANSWERABLE_FROM, extractAnswer, type Passage } from '../../../../lib/core/knowledge/answer.ts';
import { sentences } from '../../../../lib/core/knowledge/sentences.ts';

const PASSAGES: Passage[] = [
  {
    documentId: 'refunds',
    title: 'Refunds',
    text: '## Money back\n\nWe are a small shop. Refunds arrive within 5 days after we receive the parcel, e.g. by card. Gift cards are never refunded.',
    score: 3,
  },
  {
    documentId: 'shipping',
    title: 'Shipping',
    text: '- Parcels ship within 2 days.\n- Express costs $9.',
    score: 1,
  },
];
const VIETNAMESE: Passage[] = [
  {
    documentId: 'doi-tra',
    title: 'Chính sách đổi trả',
    text: 'Cửa hàng mở cửa lúc 8 giờ. Bạn được hoàn tiền trong vòng 5 ngày kể từ khi nhận hàng.',
    score: 2,
  },
];

describe('the extractive answer', () => {
  it('quotes the sentence that says it, exactly', () => {
    const answer = extractAnswer('When do refunds arrive?', PASSAGES);
    expect(answer.text).to.contain('Refunds arrive within 5 days after we receive the parcel, e.g. by card.');
    for (const { documentId, quote, start, end } of answer.citations) {
      expect(PASSAGES.find(each => each.documentId === documentId)?.text.slice(start, end)).to.equal(quote);
    }
    expect(answer.answerability).to.be.greaterThan(ANSWERABLE_FROM);
  });

  it('gathers from several passages what one does not hold', () => {
    const answer = extractAnswer('When do refunds arrive and what does express cost?', PASSAGES);
    expect(answer.citations.map(each => each.documentId)).to.include.members(['refunds', 'shipping']);
    expect(answer.text).to.contain('Express costs $9.').and.not.to.contain('- ');
  });

  it('answers Vietnamese with and without diacritics', () => {
    for (const question of ['Bao lâu thì được hoàn tiền?', 'bao lau thi hoan tien']) {
      expect(extractAnswer(question, VIETNAMESE).text).to.match(/^Bạn được hoàn tiền trong vòng 5 ngày/);
    }
  });

  it('says that it does not know', () => {
    const answer = extractAnswer('Do you sell bicycles for children?', PASSAGES);
    expect(answer.answerability).to.be.lessThan(ANSWERABLE_FROM);
    expect(extractAnswer('', PASSAGES)).to.deep.equal({ text: '', citations: [], answerability: 0 });
    expect(extractAnswer('refunds', []).answerability).to.equal(0);
  });
});

describe('sentences', () => {
  it('end where sentences end, not at abbreviations, numbers or wrapped lines', () => {
    const text =
      'Dr. Lan paid 3.5 USD, e.g. by card. It\nwrapped here! Is it 5 p.m. now?\n\n1. First item\n2. Second item. More.';
    expect(sentences(text).map(({ start, end }) => text.slice(start, end))).to.deep.equal([
      'Dr. Lan paid 3.5 USD, e.g. by card.',
      'It\nwrapped here!',
      'Is it 5 p.m. now?',
      '1. First item',
      '2. Second item.',
      'More.',
    ]);
  });
});
