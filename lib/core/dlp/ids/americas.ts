/** Identifiers of the United States and Canada. */
import { allSame, digitsOf, luhn, weighted } from '../checksum.ts';
import { words } from '../context.ts';
import { pattern, type Recognizer } from '../recognizer.ts';
import { LETTERS } from '../windows.ts';

/** Numbers that the Social Security Administration withdrew because advertisements printed them. */
const VOID_SSN = new Set(['078051120', '219099999', '123456789', '987654321']);

function isSsn(value: string): boolean | undefined {
  const digits = digitsOf(value);
  const area = digits.slice(0, 3);
  if (area === '000' || area === '666' || area >= '900') return false;
  if (digits.slice(3, 5) === '00' || digits.slice(5) === '0000') return false;
  if (VOID_SSN.has(digits) || allSame(digits)) return false;
  return undefined;
}

/** Routing transit number: weights 3, 7, 1; prefixes of the Federal Reserve's districts. */
function isRouting(value: string): boolean {
  const digits = digitsOf(value);
  const prefix = Number(digits.slice(0, 2));
  const known =
    prefix <= 12 || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix === 80;
  return known && !allSame(digits) && weighted(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0;
}

/** Registration number of the Drug Enforcement Administration. */
function isDea(value: string): boolean {
  const digits = digitsOf(value.slice(2));
  const sum = weighted(digits, [1, 2, 1, 2, 1, 2]);
  return sum % 10 === Number(digits[6]);
}

const SSN = words(
  'ssn',
  'ssns',
  'social security',
  'social security number',
  'ss#',
  'ssid',
  'soc sec',
  'social',
);
const LICENSE = words(
  'driver',
  'drivers',
  "driver's",
  'driver’s',
  'license',
  'licence',
  'permit',
  'dl',
  'dmv',
);

export const AMERICAN_IDS: readonly Recognizer[] = [
  pattern({
    entity: 'US_SSN',
    pattern: /(?<![\w.-])\d{3}([- .])\d{2}\1\d{4}(?![\w-]|\.\d)/g,
    score: 0.6,
    contextScore: 0.97,
    check: isSsn,
    context: SSN,
    digitRun: 4,
    minDigits: 9,
    maxDigits: 9,
  }),
  pattern({
    entity: 'US_SSN',
    pattern: /(?<![\w.-])\d{9}(?![\w-]|\.\d)/g,
    score: 0.1,
    checkedScore: 0.1,
    contextScore: 0.8,
    check: isSsn,
    context: SSN,
    digitRun: 9,
    minDigits: 9,
    maxDigits: 9,
  }),
  pattern({
    entity: 'US_ITIN',
    pattern: /(?<![\w.-])9\d{2}([- ]?)(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\1\d{4}(?![\w-]|\.\d)/g,
    score: 0.35,
    context: words('itin', 'taxpayer', 'tax id', 'individual', 'tin', 'ssn', 'social security'),
    digitRun: 3,
    minDigits: 9,
    maxDigits: 9,
  }),
  pattern({
    entity: 'US_PASSPORT',
    pattern: /(?<![\w-])(?:\d{9}|[A-Za-z]\d{8})(?![\w-])/g,
    score: 0.1,
    contextScore: 0.6,
    context: words('passport', 'passports', 'travel document', 'us passport'),
    digitRun: 8,
    minDigits: 8,
    maxDigits: 9,
  }),
  pattern({
    entity: 'US_DRIVER_LICENSE',
    pattern:
      /(?<![\w-])(?:[A-Za-z]\d{3,14}|[A-Za-z]{2}\d{3,7}|[A-Za-z]{1,2}\d{3,4}[- ]\d{3,4}[- ]\d{3,5}|\d{1,2}[A-Za-z]{3}\d{5,6}|\d{3}[A-Za-z]{2}\d{4}|[A-Za-z]{3}\d{6}|\d{8}[A-Za-z]{2}|\d{9}[A-Za-z])(?![\w-])/g,
    score: 0.25,
    contextScore: 0.7,
    context: LICENSE,
    minDigits: 3,
    maxDigits: 16,
  }),
  pattern({
    entity: 'US_DRIVER_LICENSE',
    pattern: /(?<![\w-])(?:\d{6,14}|\d{2,4}-\d{2,4}-\d{2,6}(?:-\d{2,4})?)(?![\w-])/g,
    score: 0.02,
    contextScore: 0.62,
    context: LICENSE,
    minDigits: 6,
    maxDigits: 16,
  }),
  pattern({
    entity: 'US_BANK_NUMBER',
    pattern: /(?<![\w-])\d{8,17}(?![\w-])/g,
    score: 0.05,
    contextScore: 0.55,
    context: words(
      'bank',
      'account number',
      'account no',
      'acct',
      'bank account',
      'checking',
      'savings',
      'debit',
    ),
    digitRun: 8,
    minDigits: 8,
    maxDigits: 17,
  }),
  pattern({
    entity: 'ABA_ROUTING_NUMBER',
    pattern: /(?<![\w-])(?:\d{9}|\d{4}-\d{4}-\d)(?![\w-])/g,
    score: 0.05,
    checkedScore: 0.3,
    contextScore: 0.85,
    check: isRouting,
    context: words('aba', 'routing', 'routing number', 'rtn', 'transit', 'wire', 'ach'),
    digitRun: 4,
    minDigits: 9,
    maxDigits: 9,
  }),
  pattern({
    entity: 'US_NPI',
    pattern: /(?<![\w-])[12]\d{3}([- ]?)\d{3}\1\d{3}(?![\w-])/g,
    score: 0.1,
    checkedScore: 0.38,
    contextScore: 0.9,
    check: value => luhn(`80840${digitsOf(value)}`) && !allSame(digitsOf(value)),
    context: words('npi', 'national provider', 'provider', 'physician', 'prescriber'),
    minDigits: 10,
    maxDigits: 10,
  }),
  pattern({
    entity: 'US_MBI',
    pattern:
      /(?<![\w-])[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d(-?)[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d\1[AC-HJKMNP-RT-Y]{2}\d{2}(?![\w-])/gi,
    score: 0.6,
    contextScore: 0.95,
    context: words('mbi', 'medicare', 'beneficiary', 'cms', 'patient'),
    digitRun: 1,
    has: LETTERS,
    minDigits: 4,
    maxDigits: 9,
  }),
  pattern({
    entity: 'MEDICAL_LICENSE',
    pattern: /(?<![\w-])[ABCDEFGHJKLMPRSTUXabcdefghjklmprstux][A-Za-z9]\d{7}(?![\w-])/g,
    score: 0.2,
    checkedScore: 0.75,
    contextScore: 0.95,
    check: isDea,
    context: words('dea', 'medical', 'certificate', 'prescriber', 'license'),
    digitRun: 7,
    has: LETTERS,
    minDigits: 7,
    maxDigits: 8,
  }),
  pattern({
    entity: 'CA_SIN',
    pattern: /(?<![\w-])[1-79]\d{2}([- ]?)\d{3}\1\d{3}(?![\w-]| \d)/g,
    score: 0.1,
    checkedScore: 0.36,
    contextScore: 0.9,
    check: value => luhn(digitsOf(value)) && !allSame(digitsOf(value)),
    context: words('sin', 'social insurance', 'nas', 'assurance sociale', 'canada'),
    minDigits: 9,
    maxDigits: 9,
  }),
];
