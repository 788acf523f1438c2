/** Identifiers of the United Kingdom. */
import { digitsOf, weighted } from '../checksum.ts';
import { words } from '../context.ts';
import { pattern, type Recognizer } from '../recognizer.ts';
import { LETTERS } from '../windows.ts';

/** NHS number: mod 11 over nine digits, weights 10 to 2. */
function isNhs(value: string): boolean {
  const digits = digitsOf(value);
  const check = (11 - (weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return check === Number(digits[9]) && !/^0{10}$/.test(digits);
}

/** Age identifier of a number plate since 2001: 02 to 29 for March, 51 to 79 for September. */
function isPlateAge(value: string): boolean | undefined {
  const age = /^[A-Z]{2}(\d{2})/i.exec(value);
  if (!age) return undefined;
  const year = Number(age[1]);
  return (year >= 1 && year <= 29) || (year >= 51 && year <= 79) ? undefined : false;
}

const VEHICLE = words(
  'vehicle',
  'vehicles',
  'registration',
  'number plate',
  'licence plate',
  'license plate',
  'reg',
  'car',
  'vrn',
  'plate',
  'dvla',
);

export const BRITISH_IDS: readonly Recognizer[] = [
  pattern({
    entity: 'UK_NHS',
    pattern: /(?<![\w-])\d{3}([- ]?)\d{3}\1\d{4}(?![\w-])/g,
    score: 0.2,
    checkedScore: 0.38,
    contextScore: 0.95,
    check: isNhs,
    context: words('nhs', 'national health', 'health service', 'health services', 'patient number'),
    minDigits: 10,
    maxDigits: 10,
  }),
  pattern({
    entity: 'UK_NINO',
    pattern:
      /(?<![\w-])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]( ?)\d{2}\1\d{2}\1\d{2}\1[A-D](?![\w-])/gi,
    score: 0.6,
    contextScore: 0.97,
    context: words('national insurance', 'ni number', 'nino', 'ni'),
    digitRun: 2,
    has: LETTERS,
    minDigits: 6,
    maxDigits: 6,
  }),
  pattern({
    entity: 'UK_PASSPORT',
    pattern: /(?<![\w-])[A-Z]{2}\d{7}(?![\w-])/gi,
    score: 0.1,
    contextScore: 0.6,
    context: words('passport', 'passports', 'hmpo', 'travel document'),
    minDigits: 7,
    maxDigits: 7,
  }),
  pattern({
    entity: 'UK_POSTCODE',
    pattern:
      /(?<![\w-])(?:GIR ?0AA|(?:[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRVWXY])) ?\d[ABD-HJLNP-UW-Z]{2})(?![\w-])/gi,
    score: 0.3,
    contextScore: 0.8,
    context: words('postcode', 'post code', 'postal code', 'zip', 'zip code', 'address'),
    minDigits: 1,
    maxDigits: 3,
  }),
  pattern({
    entity: 'UK_VEHICLE_REGISTRATION',
    pattern: /(?<![\w-])[A-HJ-PR-Y][A-HJ-PR-Y]\d{2} ?[A-HJ-PR-Z]{3}(?![\w-])/gi,
    score: 0.3,
    checkedScore: 0.3,
    contextScore: 0.8,
    check: isPlateAge,
    context: VEHICLE,
    minDigits: 2,
    maxDigits: 3,
  }),
  pattern({
    entity: 'UK_VEHICLE_REGISTRATION',
    pattern:
      /(?<![\w-])(?:[A-HJ-NPR-TV-Y]\d{1,3} ?[A-HJ-PR-Y][A-Z]{2}|[A-Z]{2}[A-HJ-PR-Y] ?\d{1,3}[A-HJ-NPR-TV-Y])(?![\w-])/gi,
    score: 0.15,
    contextScore: 0.6,
    context: VEHICLE,
    minDigits: 1,
    maxDigits: 3,
    source: 'pattern:uk_vehicle_registration_old',
  }),
  pattern({
    entity: 'UK_DRIVING_LICENCE',
    pattern:
      /(?<![\w-])(?:[A-Z]{5}|[A-Z]{4}9|[A-Z]{3}99|[A-Z]{2}999|[A-Z]9999)\d(?:0[1-9]|1[0-2]|5[1-9]|6[0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z][A-Z9][A-Z0-9][A-Z]{2}(?![\w-])/gi,
    score: 0.85,
    digitRun: 1,
    has: LETTERS,
    minDigits: 6,
    maxDigits: 11,
  }),
];
