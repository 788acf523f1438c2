/** Identifiers of Korea, Thailand, Singapore and the Philippines. */
import { allSame, digitsOf, isDate, weighted } from '../checksum.ts';
import { words } from '../context.ts';
import { pattern, type Recognizer } from '../recognizer.ts';
import { LETTERS } from '../windows.ts';

const KOREAN_WEIGHTS = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];

/** Registration number; since October 2020 new ones carry no check digit, so a wrong one only lowers the score. */
function isKorean(value: string, offset: number): boolean | undefined {
  const digits = digitsOf(value);
  if (!isDate(Number(digits.slice(0, 2)), Number(digits.slice(2, 4)), Number(digits.slice(4, 6))))
    return false;
  const check = (offset - (weighted(digits, KOREAN_WEIGHTS) % 11)) % 10;
  return check === Number(digits[12]) ? true : undefined;
}

function isKoreanBusiness(value: string): boolean {
  const digits = digitsOf(value);
  const sum = weighted(digits, [1, 3, 7, 1, 3, 7, 1, 3, 5]) + Math.floor((Number(digits[8]) * 5) / 10);
  return (10 - (sum % 10)) % 10 === Number(digits[9]);
}

const THAI_PROVINCES = /^(?:1[0-9]|2[0-7]|3[0-9]|4[0-9]|5[0-8]|6[0-7]|7[0-7]|8[0-6]|9[0-6])$/;

/** Thai national number: kind of person 1 to 8, province of registration, check digit modulo 11. */
function isThai(value: string): boolean {
  const digits = digitsOf(value);
  if (!THAI_PROVINCES.test(digits.slice(1, 3))) return false;
  const sum = weighted(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  return (11 - (sum % 11)) % 10 === Number(digits[12]) && !allSame(digits);
}

/** NRIC and FIN: the offset and the letters depend on the series. Unknown letters leave it a mere shape. */
function isNric(value: string): boolean | undefined {
  const text = value.toUpperCase();
  const series = text[0]!;
  const offset = series === 'T' || series === 'G' ? 4 : series === 'M' ? 3 : 0;
  const rest = (weighted(text.slice(1, 8), [2, 7, 6, 5, 4, 3, 2]) + offset) % 11;
  const letters =
    series === 'S' || series === 'T' ? 'JZIHGFEDCBA' : series === 'M' ? 'KLJNPQRTUWX' : 'XWUTRQPNMLK';
  const letter = series === 'M' ? letters[10 - rest] : letters[rest];
  return letter === text[8] ? true : undefined;
}

const UEN_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWX0123456789';

function isUen(value: string): boolean {
  const text = value.toUpperCase();
  if (/^\d{8}[A-Z]$/.test(text)) {
    return 'XMKECAWLJDB'[weighted(text, [10, 4, 9, 3, 8, 2, 7, 1]) % 11] === text[8];
  }
  if (/^\d{9}[A-Z]$/.test(text)) {
    return 'ZKCMDNERGWH'[weighted(text, [10, 8, 6, 4, 9, 7, 5, 3, 1]) % 11] === text[9];
  }
  const weights = [4, 3, 5, 3, 10, 2, 2, 5, 7];
  const sum = weights.reduce((total, weight, i) => total + weight * UEN_ALPHABET.indexOf(text[i]!), 0);
  return UEN_ALPHABET[(((sum - 5) % 11) + 11) % 11] === text[9];
}

/** Taxpayer number of the Bureau of Internal Revenue: ninth digit checks the first eight, modulo 11. */
function isPhilippineTin(value: string): boolean {
  const digits = digitsOf(value);
  return weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11 === Number(digits[8]) && !/^0{9}/.test(digits);
}

export const ASIAN_IDS: readonly Recognizer[] = [
  pattern({
    entity: 'KR_RRN',
    pattern: /(?<![\w-])\d{6}-?[1-4]\d{6}(?![\w-])/g,
    score: 0.35,
    checkedScore: 0.8,
    contextScore: 0.95,
    check: value => isKorean(value, 11),
    context: words('rrn', 'resident registration', '주민등록번호', 'korean rrn'),
    digitRun: 6,
    minDigits: 13,
    maxDigits: 13,
  }),
  pattern({
    entity: 'KR_FRN',
    pattern: /(?<![\w-])\d{6}-?[5-8]\d{6}(?![\w-])/g,
    score: 0.35,
    checkedScore: 0.8,
    contextScore: 0.95,
    check: value => isKorean(value, 13),
    context: words('frn', 'foreigner registration', 'korean frn', '외국인등록번호'),
    digitRun: 6,
    minDigits: 13,
    maxDigits: 13,
  }),
  pattern({
    entity: 'KR_DRIVER_LICENSE',
    pattern: /(?<![\w-])(?:1[1-9]|2[0-8])-\d{2}-\d{6}-\d{2}(?![\w-])/g,
    score: 0.55,
    contextScore: 0.9,
    context: words('driver', 'license', 'licence', '운전면허', '면허번호'),
    digitRun: 6,
    minDigits: 12,
    maxDigits: 12,
  }),
  pattern({
    entity: 'KR_PASSPORT',
    pattern: /(?<![\w-])[MSRODGmsrodg](?:\d{8}|\d{3}[A-Za-z]\d{4})(?![\w-])/g,
    score: 0.15,
    contextScore: 0.7,
    context: words('passport', '여권', '여권번호', 'korean passport'),
    minDigits: 7,
    maxDigits: 8,
  }),
  pattern({
    entity: 'KR_BRN',
    pattern: /(?<![\w-])\d{3}(-?)\d{2}\1\d{5}(?![\w-])/g,
    score: 0.1,
    checkedScore: 0.38,
    contextScore: 0.9,
    check: isKoreanBusiness,
    context: words('brn', 'business registration', '사업자등록번호', 'korean brn'),
    minDigits: 10,
    maxDigits: 10,
  }),
  pattern({
    entity: 'TH_TNIN',
    pattern: /(?<![\w-])[1-8](?:\d{12}|-\d{4}-\d{5}-\d{2}-\d|\s\d{4}\s\d{5}\s\d{2}\s\d)(?![\w-])/g,
    score: 0.2,
    checkedScore: 0.5,
    contextScore: 0.95,
    check: isThai,
    context: words(
      'thai',
      'tnin',
      'thai id',
      'national id',
      'เลขบัตรประชาชน',
      'เลขประจำตัวประชาชน',
      'บัตรประชาชน',
    ),
    digitRun: 4,
    minDigits: 13,
    maxDigits: 13,
  }),
  pattern({
    entity: 'SG_NRIC_FIN',
    pattern: /(?<![\w-])[STFGM]\d{7}[A-Z](?![\w-])/gi,
    score: 0.35,
    checkedScore: 0.9,
    check: isNric,
    context: words('nric', 'fin', 'singapore', 'work permit'),
    digitRun: 7,
    has: LETTERS,
    minDigits: 7,
    maxDigits: 7,
  }),
  pattern({
    entity: 'SG_NRIC_FIN',
    pattern: /(?<![\w-])[A-EH-LN-RU-Z]\d{7}[A-Z](?![\w-])/gi,
    score: 0.1,
    contextScore: 0.5,
    context: words('nric', 'fin', 'singapore'),
    minDigits: 7,
    maxDigits: 7,
    source: 'pattern:sg_nric_fin_other_series',
  }),
  pattern({
    entity: 'SG_UEN',
    pattern: /(?<![\w-])(?:\d{8}[A-Z]|(?:19|20)\d{7}[A-Z]|[TSR]\d{2}[A-Z]{2}\d{4}[A-Z])(?![\w-])/gi,
    score: 0.2,
    checkedScore: 0.6,
    contextScore: 0.95,
    check: isUen,
    context: words('uen', 'unique entity', 'business registration', 'acra'),
    digitRun: 4,
    has: LETTERS,
    minDigits: 6,
    maxDigits: 9,
  }),
  pattern({
    entity: 'PH_TIN',
    pattern: /(?<![\w-])[0-5]\d{2}(-?)\d{3}\1\d{3}(?:\1\d{3}|\1\d{5})?(?![\w-])/g,
    score: 0.1,
    checkedScore: 0.3,
    contextScore: 0.9,
    check: isPhilippineTin,
    context: words('tin', 'bir', 'tax id', 'taxpayer identification'),
    minDigits: 9,
    maxDigits: 14,
  }),
  pattern({
    entity: 'PH_MOBILE_NUMBER',
    pattern:
      /(?<![\w+-])(?:\+63[ -]?(?:\(9\d{2}\)|9\d{2})|0[ -]?9\d{2}|\(09\d{2}\)|0\(9\d{2}\))[ -]?\d{3}[ -]?\d{4}(?![\w-])/g,
    score: 0.35,
    contextScore: 0.8,
    context: words('philippines', 'globe', 'smart', 'mobile', 'cell', 'gcash', 'ph'),
    minDigits: 11,
    maxDigits: 12,
  }),
];
