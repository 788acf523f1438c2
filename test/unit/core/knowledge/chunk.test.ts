// Guarantees: every chunk is an exact piece of its document, within the limits, and nothing that carries text is lost.
import { expect } from 'chai';
import fc from 'fast-check';
import { blocks } from '../../../../lib/core/knowledge/blocks.ts';
import { chunkText } from '../../../../lib/core/knowledge/chunk.ts';

const GUIDE = `# Returns

Intro to returns, long enough to stand alone. ${'It says one thing and another. '.repeat(8)}

## Refunds

You get your money back within 5 days. ${'We wait for the parcel to arrive first. '.repeat(6)}

| Country | Days |
| ------- | ---- |
| Vietnam | 5    |
| Germany | 7    |

### Gift cards

Gift cards are not refunded.
`;

/** The text with its headings blanked: they are carried by `headings` instead. */
function withoutHeadings(text: string): string {
  let blanked = text;
  for (const { kind, start, end } of blocks(text)) {
    if (kind === 'heading') blanked = blanked.slice(0, start) + ' '.repeat(end - start) + blanked.slice(end);
  }
  return blanked;
}

describe('chunking', () => {
  it('keeps exact spans and the path of headings', () => {
    const chunks = chunkText(GUIDE);
    for (const chunk of chunks) expect(GUIDE.slice(chunk.start, chunk.end)).to.equal(chunk.body);
    expect(chunks[0]?.headings).to.deep.equal(['Returns']);
    expect(chunks[1]?.headings).to.deep.equal(['Returns', 'Refunds']);
    expect(chunks.some(chunk => chunk.body.includes('Gift cards are not refunded.'))).to.equal(true);
  });

  it('keeps a table whole when it fits, and cuts it by rows under its header when it does not', () => {
    const whole = chunkText(GUIDE).find(chunk => chunk.body.includes('| Country'));
    expect(whole?.body).to.contain('| Germany | 7    |');
    const rows = Array.from({ length: 200 }, (_, i) => `| item ${i} | price ${i} |`);
    const table = ['| name | price |', '| --- | --- |', ...rows].join('\n');
    const chunks = chunkText(table);
    expect(chunks.length).to.be.greaterThan(2);
    for (const chunk of chunks) expect(chunk.body).to.match(/^\|.*\|$/s);
    expect(chunks[1]?.context).to.equal('| name | price |');
  });

  it('joins small sections of one parent and keeps a heading that has no text of its own', () => {
    const chunks = chunkText('# FAQ\n\n## One\n\nShort.\n\n## Two\n\nAlso short.\n\n## Three\n');
    expect(chunks).to.have.length(1);
    expect(chunks[0]?.body).to.contain('Also short.').and.to.contain('## Three');
  });

  it('loses no word and stays within the limits, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '# Head\n',
        '## Sub\n',
        '\n\n',
        '- item\n',
        '| a | b |\n',
        '|---|---|\n',
        '```\n',
        'Hoàn tiền. ',
      ),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), parts => {
        const text = parts.join('');
        const chunks = chunkText(text, { maxChars: 120, targetChars: 80, minChars: 20 });
        let end = 0;
        for (const chunk of chunks) {
          expect(text.slice(chunk.start, chunk.end)).to.equal(chunk.body);
          expect(chunk.start).to.be.at.least(end);
          expect(chunk.body.length).to.be.at.most(120);
          expect(withoutHeadings(text).slice(end, chunk.start).trim()).to.equal('');
          end = chunk.end;
        }
        expect(withoutHeadings(text).slice(end).trim()).to.equal('');
      }),
    );
  });

  it('refuses a document past its limits', () => {
    expect(() => chunkText('a'.repeat(101), { maxTextChars: 100 })).to.throw(/at most 100 characters/);
    expect(() => chunkText('word. '.repeat(2000), { maxChunks: 3 })).to.throw(/at most 3 chunks/);
  });
});
