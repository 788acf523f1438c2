// Guarantee: no text, however made, takes the analyzer, the chunker or the sentence splitter more than linear time.
import { expect } from 'chai';
import { analyze } from '../../../../lib/core/knowledge/analyze.ts';
import { chunkText } from '../../../../lib/core/knowledge/chunk.ts';
import { sentences } from '../../../../lib/core/knowledge/sentences.ts';

const SIZE = 400_000;
const HOSTILE: Record<string, string> = {
  'one letter': 'a',
  'full stops': '.',
  'full stops and quotes': '."',
  'open fences': '```\n',
  pipes: '|',
  'table rules': '|a\n|---\n',
  hyphens: 'a-',
  apostrophes: "a'",
  'combining marks': '\u0301',
  abbreviations: 'e.g. ',
  'numbered items': '1. ',
  headings: '# a\n',
  'empty lines': '\n',
  'lone surrogates': '\ud800',
};

describe('hostile texts', () => {
  for (const [name, unit] of Object.entries(HOSTILE)) {
    it(`of ${name} are read quickly`, () => {
      const text = unit.repeat(SIZE / unit.length);
      const start = performance.now();
      analyze(text);
      sentences(text);
      for (const chunk of chunkText(text, { maxChunks: SIZE })) {
        expect(text.slice(chunk.start, chunk.end) === chunk.body).to.equal(true);
      }
      expect(performance.now() - start).to.be.lessThan(4_000);
    });
  }
});
