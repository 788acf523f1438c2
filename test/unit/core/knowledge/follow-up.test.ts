// Protects: a question that goes on from another is searched with it, and one that stands by itself is left alone.
import { expect } from 'chai';
import { standalone } from '../../../../lib/core/knowledge/follow-up.ts';

describe('a question in a conversation', () => {
  const earlier = ['How much is shipping to Norway?'];
  const brings: Readonly<Record<string, readonly string[]>> = {
    'and to Canada?': earlier,
    'What about express?': earlier,
    'how long does it take?': earlier,
    'Canada?': earlier,
    'Còn Canada thì sao?': ['Phí gửi hàng đi Na Uy là bao nhiêu?'],
    'nó bảo hành bao lâu?': ['Ấm đun nước màu đỏ giá bao nhiêu?'],
  };
  for (const [question, before] of Object.entries(brings))
    it(`brings along what it goes on from: ${question}`, () => {
      expect(standalone(question, before)).to.equal(`${question} ${before[0]}`);
    });

  it('goes back to the first that stands by itself', () => {
    expect(standalone('and by air?', ['Do you sell tea?', ...earlier, 'and to Canada?'])).to.equal(
      'and by air? and to Canada? How much is shipping to Norway?',
    );
  });

  for (const question of [
    'How many days do I have to return something?',
    'Is it possible to change the delivery address of an order after payment?',
    'Do you repair kettles?',
  ])
    it(`is left alone: ${question}`, () => {
      expect(standalone(question, earlier)).to.equal(question);
    });

  it('has nothing to bring along at first', () => {
    expect(standalone('and to Canada?', [])).to.equal('and to Canada?');
  });
});
