// Protects: an answer's text becomes plain data; nothing in it can become markup, a script or an unsafe address.
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Block,
  type Inline,
  parseInline,
  parseMarkdown,
  safeHref,
} from '../../../web/src/text/markdown.ts';

const paragraph = (...content: Inline[]): Block => ({ type: 'paragraph', lines: [content] });
const text = (words: string): Inline => ({ type: 'text', text: words });

describe('the Markdown of answers', () => {
  it('knows paragraphs, lines, lists, headings and code', () => {
    expect(parseMarkdown('# Returns\nOne\ntwo\n\n- a\n- b\n1. c\n2) d\n```\nx < y\n```\nend')).to.deep.equal([
      { type: 'heading', content: [text('Returns')] },
      { type: 'paragraph', lines: [[text('One')], [text('two')]] },
      { type: 'list', ordered: false, items: [[text('a')], [text('b')]] },
      { type: 'list', ordered: true, items: [[text('c')], [text('d')]] },
      { type: 'code', text: 'x < y' },
      paragraph(text('end')),
    ]);
  });

  it('knows bold, code, links and references to sources', () => {
    expect(parseInline('**30 days** `KM-1` [here](https://example.com/a) [2]')).to.deep.equal([
      { type: 'bold', text: '30 days' },
      text(' '),
      { type: 'code', text: 'KM-1' },
      text(' '),
      { type: 'link', text: 'here', href: 'https://example.com/a' },
      text(' '),
      { type: 'cite', number: 2 },
    ]);
  });

  it('finds a bare address without the stop behind it', () => {
    expect(parseInline('See https://example.com/a?b=1.')).to.deep.equal([
      text('See '),
      { type: 'link', text: 'https://example.com/a?b=1', href: 'https://example.com/a?b=1' },
      text('.'),
    ]);
  });

  it('leaves what is not finished as it stands, as it does while an answer streams', () => {
    for (const unfinished of ['**bold', '`code', '[link](exa', '[', '**', 'a * b * c', '[]', '****'])
      expect(parseInline(unfinished)).to.deep.equal([text(unfinished)]);
  });

  it('links to pages only', () => {
    for (const address of [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'data:text/html,x',
      '/etc',
      '//example.com',
      'https://',
      ' https://example.com',
    ])
      expect(safeHref(address), address).to.equal(null);
    expect(parseInline('[x](javascript:alert(1))').every(part => part.type !== 'link')).to.equal(true);
  });

  it('loses no word of any text', () => {
    const anyText = fc.string({
      unit: fc.constantFrom('a', ' ', '*', '`', '[', ']', '(', ')', '1', 'h', 'ế'),
    });
    fc.assert(
      fc.property(anyText, source => {
        const shown = parseInline(source)
          .map(part => (part.type === 'cite' ? `[${part.number}]` : part.text))
          .join('');
        const bare = (words: string) => words.replaceAll(/[*`[\]()0]/g, '');
        expect(bare(shown)).to.equal(bare(source));
      }),
    );
  });

  it('takes time in proportion to the text, whatever the text', () => {
    const began = process.cpuUsage();
    for (const unit of ['[', '**', '`', '[a](', 'h', 'https://', '* ', '1. ', '# ', '(['])
      parseMarkdown(unit.repeat(50_000));
    const { user } = process.cpuUsage(began);
    expect(user / 1_000, 'milliseconds of work').to.be.lessThan(3_000);
  });
});
