/** Identifiers of Spain, Italy, Poland, Finland, Sweden, Türkiye, France and the Netherlands. */
import { allSame, compact, digitsOf, isDate, luhn, weighted } from '../checksum.ts';
import { words } from '../context.ts';
import { pattern, type Recognizer } from '../recognizer.ts';
import { JOINTS, LETTERS } from '../windows.ts';

const DNI = 'TRWAGMYFPDXBNJZSQVHLCKE';

function isNif(value: string): boolean {
  const text = compact(value);
  const number = text.slice(0, -1).replace(/^[XYZ]/, first => String('XYZ'.indexOf(first)));
  return DNI[Number(number) % 23] === text.at(-1) && value.at(-1) === value.at(-1)!.toUpperCase();
}

const ODD_VALUES = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

/** Codice fiscale (decree of 23 December 1976): a wrong check letter leaves it a mere shape. */
function isFiscalCode(value: string): boolean | undefined {
  const text = value.toUpperCase();
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = text.charCodeAt(i);
    const index = code > 64 ? code - 65 : code - 48;
    sum += i % 2 === 0 ? ODD_VALUES[index]! : index;
  }
  return sum % 26 === text.charCodeAt(15) - 65 ? true : undefined;
}

/** PESEL: the month carries the century (80, 0, 20, 40, 60), weights 1, 3, 7, 9. */
function isPesel(digits: string): boolean {
  const month = Number(digits.slice(2, 4)) % 20;
  if (!isDate(Number(digits.slice(0, 2)), month, Number(digits.slice(4, 6)))) return false;
  return weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

function isNip(value: string): boolean {
  const digits = digitsOf(value);
  return !allSame(digits) && weighted(digits, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === Number(digits[9]);
}

function isHetu(value: string): boolean {
  const text = value.toUpperCase();
  if (!isDate(Number(text.slice(4, 6)), Number(text.slice(2, 4)), Number(text.slice(0, 2)))) return false;
  const number = Number(text.slice(0, 6) + text.slice(7, 10));
  return Number(text.slice(7, 10)) >= 2 && '0123456789ABCDEFHJKLMNPRSTUVWXY'[number % 31] === text[10];
}

/** Swedish personal number; a coordination number has 60 added to the day. */
function isPersonnummer(value: string): boolean {
  const digits = digitsOf(value).slice(-10);
  const day = Number(digits.slice(4, 6));
  const real = isDate(Number(digits.slice(0, 2)), Number(digits.slice(2, 4)), day > 60 ? day - 60 : day);
  return real && luhn(digits);
}

function isTurkishId(digits: string): boolean {
  const d = [...digits].map(Number);
  const odd = d[0]! + d[2]! + d[4]! + d[6]! + d[8]!;
  const even = d[1]! + d[3]! + d[5]! + d[7]!;
  const tenth = (((odd * 7 - even) % 10) + 10) % 10;
  const eleventh = (odd + even + d[9]!) % 10;
  return d[9] === tenth && d[10] === eleventh;
}

/** French NIR: key is 97 minus the number modulo 97; Corsica's 2A and 2B count as 19 and 18. */
function isNir(value: string): boolean {
  const text = compact(value).replace('2A', '19').replace('2B', '18');
  return 97n - (BigInt(text.slice(0, 13)) % 97n) === BigInt(text.slice(13));
}

function isBsn(value: string): boolean {
  const digits = digitsOf(value);
  return !allSame(digits) && weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

const PLATE = words('plaka', 'plakası', 'license plate', 'plate', 'araç');

export const EUROPEAN_IDS: readonly Recognizer[] = [
  pattern({
    entity: 'ES_NIF',
    pattern: /(?<![\w-])\d{7,8}-?[A-Za-z](?![\w-])/g,
    score: 0.3,
    checkedScore: 0.8,
    contextScore: 0.97,
    check: isNif,
    context: words('dni', 'nif', 'documento nacional', 'identificación', 'identificacion'),
    digitRun: 7,
    has: LETTERS,
    minDigits: 7,
    maxDigits: 8,
  }),
  pattern({
    entity: 'ES_NIE',
    pattern: /(?<![\w-])[XYZxyz]-?\d{7}-?[A-Za-z](?![\w-])/g,
    score: 0.3,
    checkedScore: 0.85,
    check: isNif,
    context: words('nie', 'extranjero', 'número de identificación'),
    digitRun: 7,
    has: LETTERS,
    minDigits: 7,
    maxDigits: 7,
  }),
  pattern({
    entity: 'ES_PASSPORT',
    pattern: /(?<![\w-])[A-Za-z]{3}\d{6}(?![\w-])/g,
    score: 0.1,
    contextScore: 0.7,
    context: words('pasaporte', 'pasaportes', 'passport', 'número de pasaporte'),
    minDigits: 6,
    maxDigits: 6,
  }),
  pattern({
    entity: 'IT_FISCAL_CODE',
    pattern:
      /(?<![\w-])[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z](?![\w-])/gi,
    score: 0.45,
    checkedScore: 0.97,
    check: isFiscalCode,
    inRun: true,
    minRun: 16,
    context: words('codice fiscale', 'fiscale', 'cf'),
  }),
  pattern({
    entity: 'IT_VAT_CODE',
    pattern: /(?<![\w-])(?:IT ?)?\d{4}[- _]?\d{5}[- _]?\d{2}(?![\w-])/gi,
    score: 0.1,
    checkedScore: 0.39,
    contextScore: 0.95,
    check: value => luhn(digitsOf(value)) && !allSame(digitsOf(value)),
    context: words('iva', 'partita iva', 'p.iva', 'piva', 'pi', 'vat'),
    minDigits: 11,
    maxDigits: 11,
  }),
  pattern({
    entity: 'IT_DRIVER_LICENSE',
    pattern: /(?<![\w-])(?:[A-Z]{2}\d{7}[A-Z]|U1[BCDFGHLJKMNPRSTUWYXZ0-9]{7}[A-Z])(?![\w-])/gi,
    score: 0.3,
    contextScore: 0.85,
    context: words('patente', 'patente di guida', 'licenza', 'guida', 'driving licence'),
    digitRun: 1,
    has: LETTERS,
    minDigits: 1,
    maxDigits: 9,
  }),
  pattern({
    entity: 'IT_IDENTITY_CARD',
    pattern: /(?<![\w-])(?:[A-Z]{2} ?\d{7}|\d{7}[A-Z]{2}|[A-Z]{2}\d{5}[A-Z]{2})(?![\w-])/gi,
    score: 0.1,
    contextScore: 0.7,
    context: words(
      'carta',
      'identità',
      'carta d’identità',
      "carta d'identità",
      'cie',
      'documento',
      'elettronica',
    ),
    minDigits: 5,
    maxDigits: 7,
  }),
  pattern({
    entity: 'IT_PASSPORT',
    pattern: /(?<![\w-])[A-Z]{2}\d{7}(?![\w-])/gi,
    score: 0.1,
    contextScore: 0.7,
    context: words('passaporto', 'passaporti', 'elettronico', 'documento di viaggio', 'rilasciato'),
    minDigits: 7,
    maxDigits: 7,
  }),
  pattern({
    entity: 'PL_PESEL',
    pattern: /(?<![\w-])\d{11}(?![\w-])/g,
    score: 0.1,
    checkedScore: 0.45,
    contextScore: 0.97,
    check: isPesel,
    context: words('pesel', 'numer ewidencyjny'),
    digitRun: 11,
    minDigits: 11,
    maxDigits: 11,
  }),
  pattern({
    entity: 'PL_NIP',
    pattern: /(?<![\w-])\d{3}-?\d{3}-?\d{2}-?\d{2}(?![\w-])/g,
    score: 0.05,
    checkedScore: 0.35,
    contextScore: 0.95,
    check: isNip,
    context: words('nip', 'identyfikacji podatkowej', 'vat'),
    minDigits: 10,
    maxDigits: 10,
  }),
  pattern({
    entity: 'FI_PERSONAL_IDENTITY_CODE',
    pattern: /(?<!\d)[0-3]\d[01]\d{3}[+\-A-FYXWVUa-fyxwvu]\d{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y](?![\w-])/g,
    score: 0.3,
    checkedScore: 0.9,
    check: isHetu,
    digitRun: 3,
    has: LETTERS | JOINTS,
    minDigits: 9,
    maxDigits: 10,
  }),
  pattern({
    entity: 'SE_PERSONNUMMER',
    pattern: /(?<!\d)(?<!\d-)(?:18|19|20)?\d{6}[-+]?\d{4}(?![\w-])/g,
    score: 0.1,
    checkedScore: 0.45,
    contextScore: 0.96,
    check: isPersonnummer,
    context: words('personnummer', 'pnr', 'personal identity', 'samordningsnummer', 'id code', 'personnr'),
    digitRun: 4,
    minDigits: 10,
    maxDigits: 12,
  }),
  pattern({
    entity: 'SE_ORGANISATIONSNUMMER',
    pattern: /(?<![\w-])(?:16)?[1-9]\d[2-9]\d{3}-?\d{4}(?![\w-])/g,
    score: 0.1,
    checkedScore: 0.38,
    contextScore: 0.96,
    check: value => luhn(digitsOf(value).slice(-10)),
    context: words(
      'organisationsnummer',
      'orgnummer',
      'orgnr',
      'org.nr',
      'company identity',
      'organisationsnr',
    ),
    minDigits: 10,
    maxDigits: 12,
  }),
  pattern({
    entity: 'TR_NATIONAL_ID',
    pattern: /(?<![\w-])[1-9]\d{10}(?![\w-])/g,
    score: 0.1,
    checkedScore: 0.7,
    contextScore: 0.97,
    check: isTurkishId,
    context: words('tc', 'kimlik', 'tckn', 'tc kimlik', 'vatandaşlık', 't.c.'),
    digitRun: 11,
    minDigits: 11,
    maxDigits: 11,
  }),
  pattern({
    entity: 'TR_LICENSE_PLATE',
    pattern: /(?<![\w-])(?:0[1-9]|[1-7]\d|8[01]) ?[A-Z]{1,3} ?\d{2,5}(?![\w-])/gi,
    score: 0.2,
    contextScore: 0.8,
    context: PLATE,
    digitRun: 2,
    has: LETTERS,
    minDigits: 4,
    maxDigits: 7,
  }),
  pattern({
    entity: 'FR_NIR',
    pattern: /(?<![\w-])[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?![\w-])/gi,
    score: 0.2,
    checkedScore: 0.9,
    check: isNir,
    minDigits: 14,
    maxDigits: 15,
  }),
  pattern({
    entity: 'NL_BSN',
    pattern: /(?<![\w-])\d{9}(?![\w-])/g,
    score: 0.05,
    checkedScore: 0.3,
    contextScore: 0.95,
    check: isBsn,
    context: words('bsn', 'burgerservicenummer', 'sofinummer'),
    minDigits: 9,
    maxDigits: 9,
  }),
];
