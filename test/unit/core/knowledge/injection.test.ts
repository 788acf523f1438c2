// Protects: what a document says to the assistant reaches neither model nor customer, its honest words do, and the keeper is told.
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { neutralise } from '../../../../lib/core/knowledge/injection.ts';
import { POISONED } from '../../../suites/poisoned-documents.ts';

describe('poisoned documents', () => {
  it('are at least fifty', () => {
    expect(POISONED.length).to.be.at.least(50);
  });

  for (const { name, text, gone, kind } of POISONED)
    it(`${kind}: ${name}`, () => {
      const { text: left, findings } = neutralise(text);
      for (const part of gone) expect(left).not.to.include(part);
      expect(findings).to.have.property(kind);
      expect(left).to.include('A kettle can be returned within 30 days.').and.include('Refunds take 5 days.');
    });

  it('differ from honest ones: the articles of the demo shop stay as they are', () => {
    const folder = new URL('../../../../demo/shop/articles', import.meta.url);
    for (const file of readdirSync(folder).filter(each => each.endsWith('.md'))) {
      const text = readFileSync(new URL(`${folder}/${file}`), 'utf8');
      expect(neutralise(text), file).to.deep.equal({ text, findings: {} });
    }
  });

  it('differ from honest sentences that use the same words', () => {
    const text = `Ignore the beep during boiling. You are now ready to order.
Never share your password with anybody. Previous instructions for model K2 are in the manual.
Call the service desk, or use the form. Our agents are happy to help.`;
    expect(neutralise(text)).to.deep.equal({ text, findings: {} });
  });

  it('end quickly, whatever stands in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), text => {
        const once = neutralise(text).text;
        expect(neutralise(once).text.length).to.be.at.most(once.length + 40);
      }),
      { numRuns: 100 },
    );
    for (const text of [
      '!['.repeat(4_000),
      '<!--'.repeat(4_000),
      'ignore '.repeat(4_000),
      'a '.repeat(4_000),
      '[x]('.repeat(4_000),
      'you are '.repeat(4_000),
    ]) {
      const start = performance.now();
      neutralise(text);
      expect(performance.now() - start).to.be.below(3_000);
    }
  });
});
