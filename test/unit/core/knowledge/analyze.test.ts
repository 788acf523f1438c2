// Guarantees: a question finds its text whatever the case, inflection, compound spelling or missing diacritics.
import { expect } from 'chai';
import {
  analyze,
  characterNgrams,
  hashTerm,
  MAX_TERM_CHARS,
} from '../../../../lib/core/knowledge/analyze.ts';
import { stemEnglish } from '../../../../lib/core/knowledge/porter2.ts';
import { foldDiacritics, looksVietnamese, normaliseTone } from '../../../../lib/core/knowledge/vietnamese.ts';

const texts = (text: string) => analyze(text).map(term => term.text);

describe('the analyzer', () => {
  it('stems English as the published samples do', () => {
    const samples = {
      consistency: 'consist',
      knackeries: 'knackeri',
      generate: 'generat',
      generally: 'general',
      communication: 'communic',
      hopping: 'hop',
      hoping: 'hope',
      agreed: 'agre',
      dying: 'die',
      relational: 'relat',
      biology: 'biolog',
      refunded: 'refund',
      replies: 'repli',
      succeeding: 'succeed',
      news: 'news',
    };
    for (const [word, stem] of Object.entries(samples)) expect(stemEnglish(word), word).to.equal(stem);
  });

  it('drops what carries no meaning and keeps negation', () => {
    expect(texts('Is the refund not possible?')).to.deep.equal(['refund', 'not', 'possibl']);
  });

  it('gives a compound its parts and its joined form, and Greek letters their names', () => {
    expect(texts('TGF-β')).to.deep.equal(['tgf', 'beta', 'tgfbeta']);
    expect(texts('TGFβ')).to.deep.equal(['tgfbeta']);
    expect(texts('e-mail')).to.include('email');
    expect(texts('1,000.50 USD')).to.deep.equal(['1000.50', 'usd']);
  });

  it('meets Vietnamese with and without diacritics', () => {
    const written = texts('Hoàn tiền đơn hàng');
    expect(written).to.include.members([
      'hoan',
      'tien',
      'don',
      'hang',
      'hoàn',
      'tiền',
      'hoan_tien',
      'don_hang',
    ]);
    for (const term of texts('hoan tien don hang')) expect(written).to.include(term);
    expect(texts('hòa')).to.deep.equal(texts('hoà'));
    expect(texts('Hoa\u0300n tie\u0302\u0300n')).to.deep.equal(texts('Hoàn tiền'));
  });

  it('knows Vietnamese from other languages', () => {
    expect(looksVietnamese('Tôi muốn đổi trả sản phẩm này')).to.equal(true);
    expect(looksVietnamese('I met Nguyễn in Berlin, and we spoke of the weather')).to.equal(false);
    expect(looksVietnamese('Où est passé mon colis, déjà expédié ?')).to.equal(false);
    expect(foldDiacritics('Đường đi')).to.equal('Duong di');
    expect(normaliseTone('quý')).to.equal('quý');
  });

  it('bounds terms and hashes them evenly into 32 bits', () => {
    expect(texts('x'.repeat(500))[0]).to.have.length(MAX_TERM_CHARS);
    const buckets = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) buckets[hashTerm(`term${i}`) % 16]!++;
    for (const size of buckets) expect(size).to.be.within(850, 1150);
    expect(characterNgrams('refund', 4)).to.deep.equal(['#ref', 'refu', 'efun', 'fund', 'und#']);
  });
});
