/** Identifiers of India. */
import { digitsOf, verhoeff } from '../checksum.ts';
import { words } from '../context.ts';
import { pattern, type Recognizer } from '../recognizer.ts';
import { LETTERS } from '../windows.ts';

/** Aadhaar: Verhoeff's digit last, never a palindrome. */
function isAadhaar(value: string): boolean {
  const digits = digitsOf(value);
  return verhoeff(digits) && digits !== [...digits].reverse().join('');
}

const BASE36 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Check character of a GST number: base 36, factors 1 and 2 in turn. A wrong one leaves it a mere shape. */
function isGstin(value: string): boolean | undefined {
  const text = value.toUpperCase();
  let sum = 0;
  for (let i = 0; i < 14; i++) {
    const product = BASE36.indexOf(text[i]!) * (i % 2 === 0 ? 1 : 2);
    sum += Math.floor(product / 36) + (product % 36);
  }
  return BASE36[(36 - (sum % 36)) % 36] === text[14] ? true : undefined;
}

const STATES =
  'AN|AP|AR|AS|BH|BR|CG|CH|DD|DL|DN|GA|GJ|HP|HR|JH|JK|KA|KL|LA|LD|MH|ML|MN|MP|MZ|NL|OD|OR|PB|PY|RJ|SK|TG|TN|TR|TS|UA|UK|UP|WB';

export const INDIAN_IDS: readonly Recognizer[] = [
  pattern({
    entity: 'IN_PAN',
    pattern: /(?<![\w-])[A-Z]{5}\d{4}[A-Z](?![\w-])/gi,
    score: 0.35,
    contextScore: 0.95,
    check: value => (/^[A-Z]{3}[ABCFGHJLPTE]/i.test(value) ? true : undefined),
    checkedScore: 0.7,
    context: words('pan', 'permanent account number', 'income tax', 'pan card'),
    digitRun: 4,
    has: LETTERS,
    minDigits: 4,
    maxDigits: 4,
  }),
  pattern({
    entity: 'IN_AADHAAR',
    pattern: /(?<![\w-])[2-9]\d{3}([- :]?)\d{4}\1\d{4}(?![\w-]|[ :]\d)/g,
    score: 0.1,
    checkedScore: 0.6,
    contextScore: 0.97,
    check: isAadhaar,
    context: words('aadhaar', 'aadhar', 'uidai', 'uid'),
    digitRun: 4,
    minDigits: 12,
    maxDigits: 12,
  }),
  pattern({
    entity: 'IN_VEHICLE_REGISTRATION',
    pattern: new RegExp(
      `(?<![\\w-])(?:(?:${STATES})[ -]?\\d{1,2}[ -]?[A-Z]{0,3}[ -]?\\d{4}|\\d{2}[ -]?BH[ -]?\\d{4}[ -]?[A-Z]{1,2})(?![\\w-])`,
      'gi',
    ),
    score: 0.3,
    contextScore: 0.85,
    context: words(
      'rto',
      'vehicle',
      'registration',
      'plate',
      'bike',
      'car',
      'challan',
      'registration number',
    ),
    minDigits: 5,
    maxDigits: 8,
  }),
  pattern({
    entity: 'IN_VOTER',
    pattern: /(?<![\w-])[A-Z]{3}\d{7}(?![\w-])/gi,
    score: 0.3,
    contextScore: 0.8,
    context: words('voter', 'epic', 'elector', 'vote', 'election'),
    minDigits: 7,
    maxDigits: 7,
  }),
  pattern({
    entity: 'IN_PASSPORT',
    pattern: /(?<![\w-])[A-Z][1-9]\d{5}[1-9](?![\w-])/gi,
    score: 0.1,
    contextScore: 0.6,
    context: words('passport', 'indian passport', 'travel document'),
    minDigits: 7,
    maxDigits: 7,
  }),
  pattern({
    entity: 'IN_GSTIN',
    pattern: /(?<![\w-])(?:0[1-9]|[1-3]\d|9[79])[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z](?![\w-])/gi,
    score: 0.7,
    checkedScore: 0.97,
    check: isGstin,
    context: words('gst', 'gstin', 'goods and services'),
    digitRun: 4,
    has: LETTERS,
    minDigits: 6,
    maxDigits: 9,
  }),
];
