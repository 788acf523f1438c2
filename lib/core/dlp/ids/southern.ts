/** Identifiers of Australia, South Africa and Nigeria. */
import { allSame, digitsOf, isDate, luhn, verhoeff, weighted } from '../checksum.ts';
import { words } from '../context.ts';
import { pattern, type Recognizer } from '../recognizer.ts';

function isAbn(value: string): boolean {
  const digits = digitsOf(value);
  const lowered = String(Number(digits[0]) - 1) + digits.slice(1);
  return digits[0] !== '0' && weighted(lowered, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) % 89 === 0;
}

function isAcn(value: string): boolean {
  const digits = digitsOf(value);
  return (10 - (weighted(digits, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10 === Number(digits[8]);
}

function isTfn(value: string): boolean {
  const digits = digitsOf(value);
  return !allSame(digits) && weighted(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0;
}

function isMedicare(value: string): boolean {
  const digits = digitsOf(value);
  return weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(digits[8]);
}

/** South African number: birth date, citizenship 0 to 2, check digit by Luhn. */
function isSouthAfrican(digits: string): boolean {
  const [yy, month, day] = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6)].map(Number);
  return isDate(yy!, month!, day!) && luhn(digits);
}

export const SOUTHERN_IDS: readonly Recognizer[] = [
  pattern({
    entity: 'AU_ABN',
    pattern: /(?<![\w-])\d{2} ?\d{3} ?\d{3} ?\d{3}(?![\w-]| \d)/g,
    score: 0.1,
    checkedScore: 0.5,
    contextScore: 0.97,
    check: isAbn,
    context: words('abn', 'australian business number', 'business number'),
    digitRun: 3,
    minDigits: 11,
    maxDigits: 11,
  }),
  pattern({
    entity: 'AU_ACN',
    pattern: /(?<![\w-])(?<!\d )\d{3} ?\d{3} ?\d{3}(?![\w-]| \d)/g,
    score: 0.05,
    checkedScore: 0.35,
    contextScore: 0.95,
    check: isAcn,
    context: words('acn', 'australian company number', 'company number'),
    minDigits: 9,
    maxDigits: 9,
  }),
  pattern({
    entity: 'AU_TFN',
    pattern: /(?<![\w-])(?<!\d )\d{3} ?\d{3} ?\d{3}(?![\w-]| \d)/g,
    score: 0.05,
    checkedScore: 0.35,
    contextScore: 0.95,
    check: isTfn,
    context: words('tfn', 'tax file number', 'tax file'),
    minDigits: 9,
    maxDigits: 9,
  }),
  pattern({
    entity: 'AU_MEDICARE',
    pattern: /(?<![\w-])[2-6]\d{3} ?\d{5} ?\d(?![\w-]| \d)/g,
    score: 0.05,
    checkedScore: 0.36,
    contextScore: 0.95,
    check: isMedicare,
    context: words('medicare', 'medicare card', 'irn'),
    minDigits: 10,
    maxDigits: 10,
  }),
  pattern({
    entity: 'ZA_ID_NUMBER',
    pattern: /(?<![\w-])\d{10}[0-2]\d{2}(?![\w-])/g,
    score: 0.2,
    checkedScore: 0.6,
    contextScore: 0.97,
    check: isSouthAfrican,
    context: words('id number', 'rsa id', 'sa id', 'identity number', 'south african', 'refugee id', 'id'),
    digitRun: 13,
    minDigits: 13,
    maxDigits: 13,
  }),
  pattern({
    entity: 'NG_NIN',
    pattern: /(?<![\w-])\d{11}(?![\w-])/g,
    score: 0.05,
    checkedScore: 0.36,
    contextScore: 0.95,
    check: value => verhoeff(value) && !allSame(value),
    context: words('nin', 'national identification number', 'nimc', 'nigeria', 'nigerian'),
    minDigits: 11,
    maxDigits: 11,
  }),
  pattern({
    entity: 'NG_VEHICLE_REGISTRATION',
    pattern: /(?<![\w-])[A-Z]{3}[- ]?\d{3}[- ]?[A-Z]{2}(?![\w-])/gi,
    score: 0.3,
    contextScore: 0.85,
    context: words('plate', 'plate number', 'vehicle', 'registration', 'frsc', 'nigeria', 'car'),
    minDigits: 3,
    maxDigits: 3,
  }),
];
