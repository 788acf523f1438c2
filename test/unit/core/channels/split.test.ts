// Protects: a long answer arrives whole, in parts that the platform takes, and never cut through a character or link.
import { expect } from 'chai';
import fc from 'fast-check';
import type { TextUnit } from '../../../../lib/core/channels/limits.ts';
import { renderMarkup } from '../../../../lib/core/channels/markup.ts';
import { lengthOf, splitText } from '../../../../lib/core/channels/split.ts';

const UNITS: readonly TextUnit[] = ['utf16', 'codePoints', 'utf8Bytes'];
const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });
const word = fc.constantFrom(
  'Xin',
  'chào',
  '👨‍👩‍👧‍👦',
  '🇻🇳',
  'e\u0301',
  'order',
  'https://shop.vn/a?b=1',
  '[bill](https://shop.vn/b)',
  '**now**',
  '`x y`',
  'สวัสดี',
);
const prose = fc
  .array(fc.tuple(word, fc.constantFrom(' ', ' ', ' ', '. ', '! ', '\n', '\n\n', '')), { maxLength: 120 })
  .map(words => words.flat().join(''));
const squeezed = (text: string) => text.replace(/\s+/g, '');

describe('splitting text', () => {
  it('leaves a short text alone', () => {
    expect(splitText('One. Two.', 100)).to.deep.equal(['One. Two.']);
    expect(splitText('  \n ', 100)).to.deep.equal([]);
  });

  it('cuts at paragraphs before lines before sentences before words', () => {
    expect(splitText('First part.\n\nSecond one. Third one.', 26)).to.deep.equal([
      'First part.',
      'Second one. Third one.',
    ]);
    expect(splitText('First sentence. Second sentence here.', 30)).to.deep.equal([
      'First sentence.',
      'Second sentence here.',
    ]);
    expect(splitText('aaaa bbbb cccc', 10)).to.deep.equal(['aaaa bbbb', 'cccc']);
    expect(splitText('aaaaaaaaaaaa', 5)).to.deep.equal(['aaaaa', 'aaaaa', 'aa']);
  });

  it('keeps links, addresses, emphasis and code whole', () => {
    const link = '[the whole bill](https://shop.vn/bills/1234567890)';
    expect(splitText(`See this please ${link} now`, 55)).to.include(`See this please`);
    expect(splitText(`See this please ${link} now`, 55)[1]).to.equal(`${link} now`);
    expect(splitText('Read https://shop.vn/very/long/path now', 32)).to.deep.equal([
      'Read',
      'https://shop.vn/very/long/path',
      'now',
    ]);
  });

  it('closes and opens a code block that is too long', () => {
    const code = Array.from({ length: 20 }, (_, line) => `  line ${line}`).join('\n');
    const parts = splitText(`Run:\n\n\`\`\`sh\n${code}\n\`\`\``, 100);
    for (const part of parts.slice(1)) expect(part).to.match(/^```sh\n[\s\S]*\n```$/);
    expect(parts.join('')).to.contain('line 19');
  });

  it('never exceeds the limit nor loses a character, in any unit', () => {
    fc.assert(
      fc.property(prose, fc.integer({ min: 30, max: 200 }), fc.constantFrom(...UNITS), (text, max, unit) => {
        const parts = splitText(text, max, unit);
        for (const part of parts) expect(lengthOf(part, unit)).to.be.within(1, max);
        expect(squeezed(parts.join(''))).to.equal(squeezed(text));
      }),
      { numRuns: 500 },
    );
  });

  it('never cuts through a grapheme cluster, whatever the text', () => {
    const any = fc.string({
      unit: fc.oneof(
        fc.constantFrom('👩‍🚀', '👍🏽', 'ạ\u0301', '🇻🇳', ' '),
        fc.string({ unit: 'grapheme', maxLength: 1 }),
      ),
      maxLength: 150,
    });
    fc.assert(
      fc.property(any, fc.integer({ min: 40, max: 60 }), (text, max) => {
        const known = new Set(Array.from(segmenter.segment(text.replace(/`/g, ' ')), each => each.segment));
        for (const part of splitText(text.replace(/`/g, ' '), max)) {
          expect(part.length).to.be.at.most(max);
          for (const { segment } of segmenter.segment(part))
            expect(known.has(segment), segment).to.equal(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps every link whole', () => {
    fc.assert(
      fc.property(prose, fc.integer({ min: 60, max: 120 }), (text, max) => {
        const spaced = text.replace(/(\[bill\]\(https:\/\/shop\.vn\/b\))/g, ' $1 ');
        const links = spaced.match(/\[bill\]\(https:\/\/shop\.vn\/b\)/g)?.length ?? 0;
        const kept = splitText(spaced, max).reduce(
          (sum, part) => sum + (part.match(/\[bill\]\(https:\/\/shop\.vn\/b\)/g)?.length ?? 0),
          0,
        );
        expect(kept).to.equal(links);
      }),
      { numRuns: 300 },
    );
  });

  it('is quick on hostile text', () => {
    for (const text of [
      '['.repeat(50_000),
      '**a'.repeat(30_000),
      `\`\`\`${'a'.repeat(60_000)}`,
      'https://'.repeat(10_000),
      '\n'.repeat(100_000),
    ]) {
      const from = performance.now();
      splitText(text, 2000);
      renderMarkup(text, 'telegramHtml');
      expect(performance.now() - from).to.be.below(5_000);
    }
  });
});

describe('markup', () => {
  const markdown = '# Title\n- **one** and *two* at [bill](https://x.vn/?a=1&b=2)\n~~old~~ `a < b` 2*3*4';

  it('is written in the dialect of the channel', () => {
    expect(renderMarkup(markdown, 'plain')).to.equal(
      'Title\n• one and two at bill (https://x.vn/?a=1&b=2)\nold a < b 2*3*4',
    );
    expect(renderMarkup(markdown, 'whatsapp')).to.equal(
      '*Title*\n• *one* and _two_ at bill (https://x.vn/?a=1&b=2)\n~old~ `a < b` 2*3*4',
    );
    expect(renderMarkup(markdown, 'telegramHtml')).to.equal(
      '<b>Title</b>\n• <b>one</b> and <i>two</i> at <a href="https://x.vn/?a=1&amp;b=2">bill</a>\n<s>old</s> <code>a &lt; b</code> 2*3*4',
    );
  });

  it('lets no text become a tag of Telegram, nor a link leave its attribute', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'<>&"*`[]()~ a/:'.split(''), 'https://x"y'), maxLength: 60 }),
        text => {
          const tags = renderMarkup(text, 'telegramHtml').replace(
            /<\/?(?:b|i|s|code|pre|a)>|<a href="https?:\/\/[^"<>]*">/g,
            '',
          );
          expect(tags).not.to.match(/[<>]/);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never makes a text longer than its Markdown', () => {
    fc.assert(
      fc.property(prose, text => {
        for (const markup of ['plain', 'whatsapp'] as const)
          expect(renderMarkup(text, markup).length).to.be.at.most(text.length);
      }),
    );
  });
});
