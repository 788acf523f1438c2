// Protects: the page speaks the reader's language, completely, and has words for what it does not know.
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { errorWords, languageOf, messagesOf, toolWords } from '../../../web/src/i18n/messages.ts';

describe('the words of the page', () => {
  it('are those of the first language that it speaks', () => {
    expect(languageOf(['vi-VN', 'en'])).to.equal('vi');
    expect(languageOf(['fr', 'EN-gb', 'vi'])).to.equal('en');
    expect(languageOf([])).to.equal('en');
  });

  it('exist in each language, and for each tool of the demo shop', () => {
    const { tools } = JSON.parse(readFileSync('demo/shop/agent.json', 'utf8')) as { tools: string[] };
    for (const words of [messagesOf('en'), messagesOf('vi')]) {
      expect(Object.values(words).every(word => word.length > 0)).to.equal(true);
      for (const name of tools)
        for (const status of ['running', 'done', 'failed'] as const)
          expect(toolWords(words, name, status), name)
            .to.not.include('_')
            .and.not.include(':');
    }
  });

  it('name an unknown tool and an unknown error as well as they can', () => {
    const words = messagesOf('en');
    expect(toolWords(words, 'book_table', 'done')).to.equal('book table: Done');
    expect(toolWords(words, 'toString', 'done')).to.equal('toString: Done');
    expect(errorWords(words, 'conflict', 'The request does not fit')).to.equal('The request does not fit');
    expect(errorWords(words, 'constructor', '')).to.equal('Something went wrong on our side.');
  });
});
