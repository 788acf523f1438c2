/** Identifiers of Germany. */
import { allSame, compact, digitsOf, isDate, mod11_10, weighted } from '../checksum.ts';
import { words } from '../context.ts';
import { pattern, type Recognizer } from '../recognizer.ts';
import { LETTERS } from '../windows.ts';

/** Sum of the digits of each product, as the pension and health insurers weigh their numbers. */
function crossSum(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const product = (digits.charCodeAt(i) - 48) * weights[i]!;
    sum += product > 9 ? Math.floor(product / 10) + (product % 10) : product;
  }
  return sum;
}

function letterAsTwoDigits(letter: string): string {
  return String(letter.charCodeAt(0) - 64).padStart(2, '0');
}

/** Krankenversichertennummer: letter as two digits, weights 1 and 2 in turn. */
function isHealthInsurance(value: string): boolean {
  const text = value.toUpperCase();
  const digits = letterAsTwoDigits(text[0]!) + text.slice(1, 9);
  return crossSum(digits, [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10 === Number(text[9]);
}

/** Pension insurance number: area, birth date (the day may be raised by 50), letter, serial, check digit. */
function isPensionInsurance(value: string): boolean {
  const text = compact(value);
  const day = Number(text.slice(2, 4));
  if (!isDate(Number(text.slice(6, 8)), Number(text.slice(4, 6)), day > 50 ? day - 50 : day)) return false;
  const digits = text.slice(0, 8) + letterAsTwoDigits(text[8]!) + text.slice(9, 11);
  return crossSum(digits, [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10 === Number(text[11]);
}

/** Document number whose ninth character checks the first eight (ICAO 9303: weights 7, 3, 1). */
function isDocument(value: string): boolean {
  const text = value.toUpperCase();
  let sum = 0;
  for (let i = 0; i < 8; i++) {
    const code = text.charCodeAt(i);
    sum += (code > 64 ? code - 55 : code - 48) * [7, 3, 1][i % 3]!;
  }
  return sum % 10 === Number(text[8]);
}

function isTaxId(value: string): boolean {
  const digits = digitsOf(value);
  const counts = new Map<string, number>();
  for (const digit of digits.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  return Math.max(...counts.values()) <= 3 && mod11_10(digits);
}

/** Physician number: weights 4 and 9 in turn over six digits, seventh is the check digit. */
function isLanr(value: string): boolean {
  const check = (10 - (weighted(value, [4, 9, 4, 9, 4, 9]) % 10)) % 10;
  return check === Number(value[6]) && !allSame(value);
}

/** Two leading digits of the unified tax number: the states' keys, or the offices' prefixes. */
function isTaxNumber(value: string): boolean | undefined {
  const digits = digitsOf(value);
  if (value !== digits) return undefined;
  const prefix = Number(digits.slice(0, 2));
  return prefix >= 1 &&
    (prefix <= 16 || (prefix >= 21 && prefix <= 32) || prefix === 40 || prefix === 41 || prefix >= 50)
    ? undefined
    : false;
}

export const GERMAN_IDS: readonly Recognizer[] = [
  pattern({
    entity: 'DE_BSNR',
    pattern: /(?<![\w-])(?!0{9})\d{9}(?![\w-])/g,
    score: 0.05,
    contextScore: 0.6,
    context: words('bsnr', 'betriebsstättennummer', 'betriebsstätte', 'betriebsstätten-nr', 'praxisnummer'),
    minDigits: 9,
    maxDigits: 9,
  }),
  pattern({
    entity: 'DE_FUEHRERSCHEIN',
    pattern: /(?<![\w-])[A-Z][A-Z0-9]\d{2}[A-Z0-9]{5}\d[A-Z0-9](?![\w-])/gi,
    score: 0.25,
    contextScore: 0.8,
    context: words(
      'führerschein',
      'führerscheinnummer',
      'fahrerlaubnis',
      'fuehrerschein',
      'fahrerlaubnisnummer',
    ),
    minDigits: 3,
    maxDigits: 11,
  }),
  pattern({
    entity: 'DE_HANDELSREGISTER',
    pattern: /(?<![\w-])HR[AB](?:[ -]?Nr\.?)? ?\d{1,6}(?: ?[A-Z]{1,2})?(?![\w-])/g,
    score: 0.8,
    digitRun: 1,
    has: LETTERS,
    minDigits: 1,
    maxDigits: 6,
  }),
  pattern({
    entity: 'DE_HEALTH_INSURANCE',
    pattern: /(?<![\w-])[A-Za-z]\d{9}(?![\w-])/g,
    score: 0.1,
    checkedScore: 0.5,
    contextScore: 0.95,
    check: isHealthInsurance,
    context: words(
      'krankenversicherung',
      'krankenkasse',
      'versichertennummer',
      'kvnr',
      'egk',
      'egk-nummer',
      'gkv',
    ),
    digitRun: 9,
    has: LETTERS,
    minDigits: 9,
    maxDigits: 9,
  }),
  pattern({
    entity: 'DE_ID_CARD',
    pattern: /(?<![\w-])[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7}\d(?![\w-])/gi,
    score: 0.1,
    checkedScore: 0.38,
    contextScore: 0.95,
    check: value => isDocument(value) || (/^T\d{8}$/i.test(value) ? undefined : false),
    context: words('personalausweis', 'ausweis', 'personalausweisnummer', 'ausweisnummer', 'id card', 'npa'),
    minDigits: 1,
    maxDigits: 9,
  }),
  pattern({
    entity: 'DE_PASSPORT',
    pattern: /(?<![\w-])[CFGHJKL][CFGHJKLMNPRTVWXYZ0-9]{7}\d(?![\w-])/gi,
    score: 0.1,
    checkedScore: 0.37,
    contextScore: 0.94,
    check: isDocument,
    context: words('reisepass', 'pass', 'passnummer', 'reisepassnummer', 'passport', 'pass-nr'),
    minDigits: 1,
    maxDigits: 9,
  }),
  pattern({
    entity: 'DE_KFZ',
    pattern: /(?<![\w-])[A-ZÄÖÜ]{1,3}(?: [A-Z]{1,2} |-[A-Z]{1,2}[ -]|[ -][A-Z]{1,2})\d{1,4}[EH]?(?![\w-])/gi,
    score: 0.2,
    contextScore: 0.8,
    context: words('kennzeichen', 'kfz', 'fahrzeug', 'nummernschild', 'auto', 'halter', 'license plate'),
    minDigits: 1,
    maxDigits: 4,
  }),
  pattern({
    entity: 'DE_LANR',
    pattern: /(?<![\w-])\d{9}(?![\w-])/g,
    score: 0.05,
    checkedScore: 0.3,
    contextScore: 0.9,
    check: isLanr,
    context: words('lanr', 'arztnummer', 'arzt', 'vertragsarzt', 'arztnr'),
    minDigits: 9,
    maxDigits: 9,
  }),
  pattern({
    entity: 'DE_PLZ',
    pattern: /(?<![\w.,-])(?!00000|99999)\d{5}(?![\w-]|[.,]\d)/g,
    score: 0.05,
    contextScore: 0.7,
    context: words('plz', 'postleitzahl', 'anschrift', 'adresse', 'wohnort'),
    minDigits: 5,
    maxDigits: 5,
  }),
  pattern({
    entity: 'DE_SOCIAL_SECURITY',
    pattern: /(?<![\w-])\d{2} ?\d{6} ?[A-Z] ?\d{3}(?![\w-])/gi,
    score: 0.2,
    checkedScore: 0.9,
    check: isPensionInsurance,
    digitRun: 3,
    has: LETTERS,
    minDigits: 11,
    maxDigits: 11,
  }),
  pattern({
    entity: 'DE_TAX_ID',
    pattern: /(?<![\w-])[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?![\w-])/g,
    score: 0.1,
    checkedScore: 0.39,
    contextScore: 0.95,
    check: isTaxId,
    context: words(
      'steuer-id',
      'steueridentifikationsnummer',
      'idnr',
      'steuer id',
      'identifikationsnummer',
      'tin',
    ),
    minDigits: 11,
    maxDigits: 11,
  }),
  pattern({
    entity: 'DE_TAX_NUMBER',
    pattern: /(?<![\w/-])(?:\d{13}|\d{2,3}\/\d{3,4}\/\d{4,5})(?![\w/-])/g,
    score: 0.15,
    checkedScore: 0.15,
    contextScore: 0.85,
    check: isTaxNumber,
    context: words('steuernummer', 'st-nr', 'stnr', 'finanzamt', 'steuer-nr'),
    minDigits: 10,
    maxDigits: 13,
  }),
  pattern({
    entity: 'DE_VAT_ID',
    pattern: /(?<![\w-])DE ?\d{3} ?\d{3} ?\d{3}(?![\w-])/gi,
    score: 0.7,
    contextScore: 0.95,
    context: words('ust-id', 'ustid', 'umsatzsteuer', 'vat', 'ust-idnr'),
    digitRun: 3,
    has: LETTERS,
    minDigits: 9,
    maxDigits: 9,
  }),
];
