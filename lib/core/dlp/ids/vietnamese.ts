/** Identifiers of Viet Nam. */
import { digitsOf, weighted } from '../checksum.ts';
import { words } from '../context.ts';
import { pattern, type Recognizer } from '../recognizer.ts';
import { LETTERS } from '../windows.ts';

/** Province codes of the citizen number (circular 59/2021/TT-BCA): 001 to 096 with gaps. */
const PROVINCES = new Set(
  [
    '001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040',
    '042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084',
    '086 087 089 091 092 093 094 095 096',
  ]
    .join(' ')
    .split(' '),
);

/** Citizen number: province of birth, then a digit for century and sex, then two digits of the year. */
function isCccd(value: string): boolean {
  const digits = digitsOf(value);
  return PROVINCES.has(digits.slice(0, 3)) && Number(digits[3]) <= 3;
}

/** Tax code: tenth digit is 10 minus the weighted sum modulo 11 (circular 105/2020/TT-BTC). */
function isTaxCode(value: string): boolean {
  const digits = digitsOf(value).slice(0, 10);
  return 10 - (weighted(digits, [31, 29, 23, 19, 17, 13, 7, 5, 3]) % 11) === Number(digits[9]);
}

export const VIETNAMESE_IDS: readonly Recognizer[] = [
  pattern({
    entity: 'VN_CCCD',
    pattern: /(?<![\w-])0\d{2}(?:\d{9}|[ .]\d{3}[ .]\d{3}[ .]\d{3})(?![\w-]| \d)/g,
    score: 0.2,
    checkedScore: 0.6,
    contextScore: 0.97,
    check: isCccd,
    context: words(
      'cccd',
      'căn cước',
      'can cuoc',
      'căn cước công dân',
      'cmnd',
      'số định danh',
      'citizen id',
      'id card',
    ),
    digitRun: 3,
    minDigits: 12,
    maxDigits: 12,
  }),
  pattern({
    entity: 'VN_CMND',
    pattern: /(?<![\w-])\d{3} ?\d{3} ?\d{3}(?![\w-]| \d)/g,
    score: 0.05,
    contextScore: 0.85,
    context: words('cmnd', 'cmtnd', 'chứng minh', 'chứng minh nhân dân', 'chung minh nhan dan', 'số cmt'),
    minDigits: 9,
    maxDigits: 9,
  }),
  pattern({
    entity: 'VN_TAX_CODE',
    pattern: /(?<![\w-])\d{10}(?:-\d{3})?(?![\w-])/g,
    score: 0.05,
    checkedScore: 0.3,
    contextScore: 0.95,
    check: isTaxCode,
    context: words('mst', 'mã số thuế', 'ma so thue', 'tax code', 'tax id'),
    minDigits: 10,
    maxDigits: 13,
  }),
  pattern({
    entity: 'VN_SOCIAL_INSURANCE',
    pattern: /(?<![\w-])\d{10}(?![\w-])/g,
    score: 0.05,
    contextScore: 0.8,
    context: words('bhxh', 'bảo hiểm xã hội', 'bao hiem xa hoi', 'sổ bảo hiểm'),
    minDigits: 10,
    maxDigits: 10,
  }),
  pattern({
    entity: 'VN_HEALTH_INSURANCE',
    pattern:
      /(?<![\w-])(?:DN|HX|CH|NN|TK|HC|XK|HT|TB|NO|CT|XB|TN|CS|QN|CA|CY|XN|MS|CC|CK|CB|KC|HD|TE|BT|HN|DT|DK|XD|TS|TC|TQ|TA|TY|HG|LS|PV|CN|HS|SV|GB|GD)[1-5]\d{2} ?\d{10}(?![\w-])/g,
    score: 0.6,
    contextScore: 0.95,
    context: words('bhyt', 'bảo hiểm y tế', 'bao hiem y te', 'thẻ bảo hiểm'),
    digitRun: 3,
    has: LETTERS,
    minDigits: 13,
    maxDigits: 13,
  }),
  pattern({
    entity: 'VN_BANK_ACCOUNT',
    pattern: /(?<![\w-])\d{6,19}(?![\w-]| \d)/g,
    score: 0.02,
    contextScore: 0.85,
    context: words(
      'stk',
      'số tài khoản',
      'so tai khoan',
      'tài khoản',
      'tai khoan',
      'chuyển khoản',
      'chuyen khoan',
    ),
    minDigits: 6,
    maxDigits: 19,
  }),
  pattern({
    entity: 'VN_PASSPORT',
    pattern: /(?<![\w-])[A-Z]\d{7,8}(?![\w-])/g,
    score: 0.1,
    contextScore: 0.8,
    context: words('hộ chiếu', 'ho chieu', 'số hộ chiếu'),
    minDigits: 7,
    maxDigits: 8,
  }),
  pattern({
    entity: 'VN_LICENSE_PLATE',
    pattern: /(?<![\w-])[1-9]\d[- ]?[A-Z][A-Z0-9]?[- ]?\d{3}\.?\d{2}(?![\w-])/g,
    score: 0.3,
    contextScore: 0.9,
    context: words('biển số', 'bien so', 'xe', 'biển kiểm soát', 'bks', 'plate'),
    minDigits: 6,
    maxDigits: 9,
  }),
];
