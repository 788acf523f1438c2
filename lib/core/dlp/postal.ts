/** Postal codes beside a word that says so. Those inside an address belong to the address. */
import { POSTAL_WORD } from './cues.ts';
import { pattern, type Recognizer } from './recognizer.ts';

export const POSTAL: readonly Recognizer[] = [
  pattern({
    entity: 'ZIP_CODE',
    pattern:
      /(?=[A-Z]{0,2}\d)(?<=(?<!\p{L})(?:zip(?:[ -]?code)?|post(?:al)?[ -]?code|plz|postleitzahl|c\.?p\.?|código postal|code postal|cap|mã bưu (?:chính|điện))(?: (?:is|was|to|for|number|of|:|=)){0,2}\s?[:=#]?\s{0,3})(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{3,6}(?:[ -]\d{2,4})?(?: [A-Z]{2})?)(?![\w]|[.,]\d)/giu,
    score: 0.85,
    minDigits: 1,
    cue: POSTAL_WORD,
    windowed: false,
    source: 'context:zip',
  }),
  pattern({
    entity: 'ZIP_CODE',
    pattern: /(?<![\w-])\d{5}(?:-\d{4})?(?![\w-])/g,
    score: 0.05,
    contextScore: 0.5,
    context: /(?<!\p{L})(?:zip|zip ?code|postal ?code|post ?code)(?!\p{L})/iu,
    minDigits: 5,
    cue: POSTAL_WORD,
    source: 'pattern:zip_us',
  }),
];
