/** Guarantee: no text makes detection slow. Twice the text costs about twice the time, whatever it is made of. */
import { expect } from 'chai';
import { createDetector } from '../../../../lib/core/dlp/detect.ts';
import { patternRecognizers } from '../../../../lib/core/dlp/recognizers.ts';
import { detect } from '../../../../lib/core/dlp/scanner.ts';
import { MAX_SEGMENT } from '../../../../lib/core/dlp/segment.ts';

const UNITS = [
  'a',
  'A',
  '1',
  '1-',
  '1 ',
  '1.',
  'a.',
  'a@',
  '@',
  ':',
  'A:',
  '0x',
  '(1',
  'Aa ',
  'Aa-',
  "A'",
  'eyJ',
  'eyJa.',
  '-----BEGIN PRIVATE KEY-----',
  '⟦',
  '⟦A_1',
  'http://',
  'password: ',
  'key=a1',
  'the corner of ',
  '12 Main ',
  'Mr. ',
  'x, Y and ',
  '\n',
  ' ',
  'é',
  '😀',
  'DE89 ',
  '4111 ',
  'https://a.b/',
  'bearer ',
];
const CHARACTERS = 50_000;
/** Far above what the slowest of them takes on a busy machine, far below what a quadratic one would. */
const MAX_MS = 4000;

describe('limits of detection', () => {
  const detector = createDetector();

  for (const unit of UNITS) {
    it(`stays linear on ${JSON.stringify(unit)} repeated to 50,000 characters`, () => {
      const text = unit.repeat(Math.ceil(CHARACTERS / unit.length));
      const start = process.cpuUsage();
      detect(text, detector);
      const { user, system } = process.cpuUsage(start);
      expect((user + system) / 1000).to.be.below(MAX_MS);
    });
  }

  it('gives each recogniser no more than a segment, on which none is slow', () => {
    for (const unit of UNITS) {
      const text = unit.repeat(Math.ceil(MAX_SEGMENT / unit.length));
      for (const recognizer of patternRecognizers()) {
        const start = process.cpuUsage();
        recognizer.scan(text, 0, () => {});
        const { user } = process.cpuUsage(start);
        expect(user / 1000, `${recognizer.source} on ${unit}`).to.be.below(250);
      }
    }
  });
});
