/** Payment cards, bank accounts by IBAN, and addresses of crypto currencies. */

import { allSame, base58check, bech32, digitsOf, luhn, mod97 } from './checksum.ts';
import { contextKeys, words } from './context.ts';
import { BANK_CODE } from './cues.ts';
import { type Emit, hasContext, pattern, type Recognizer } from './recognizer.ts';
import { HEX, LETTERS } from './windows.ts';

/** Length of an IBAN by country (SWIFT's IBAN registry). */
const IBAN_LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  [
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29',
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20',
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29',
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30',
  ]
    .join(' ')
    .split(' ')
    .map(entry => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const IBAN_START = /(?<![\p{L}\p{N}_])([A-Z]{2}|[a-z]{2})\d{2}(?=[ -]?[A-Za-z0-9])/gu;

/** End of the IBAN that starts at `start`, or -1: as many letters and digits as its country has, single separators. */
function ibanEnd(text: string, start: number): number {
  const length = IBAN_LENGTHS[text.slice(start, start + 2).toUpperCase()];
  if (length === undefined) return -1;
  const lower = text.charCodeAt(start) > 96;
  let value = '';
  let at = start;
  for (; value.length < length; at++) {
    const code = text.charCodeAt(at);
    const digit = code >= 48 && code <= 57;
    const letter = lower ? code >= 97 && code <= 122 : code >= 65 && code <= 90;
    if (digit || letter) value += text[at];
    else if ((code !== 32 && code !== 45) || !/[A-Za-z0-9]/.test(text[at - 1] ?? '')) return -1;
  }
  if (/[\p{L}\p{N}_]/u.test(text[at] ?? '')) return -1;
  return mod97(value.toUpperCase()) ? at : -1;
}

const iban: Recognizer = {
  entity: 'IBAN_CODE',
  source: 'checksum:iban',
  minDigits: 10,
  has: LETTERS,
  windowed: true,
  scan(text: string, from: number, emit: Emit, _whole = text, base = 0) {
    IBAN_START.lastIndex = from;
    for (let match = IBAN_START.exec(text); match; match = IBAN_START.exec(text)) {
      const end = ibanEnd(text, match.index);
      if (end < 0) continue;
      emit(base + match.index, base + end, 1);
      IBAN_START.lastIndex = end;
    }
  },
};

const CARD = words(
  'card',
  'credit',
  'debit',
  'visa',
  'mastercard',
  'amex',
  'cc',
  'thẻ',
  'karte',
  'tarjeta',
  'carte',
);
const CARD_SHAPE = /(?<![\w.-])(?<!\d )\d(?:[ -]?\d){11,18}(?![\w-]|[ .]\d)/g;
/** Leading digits that networks use (ISO/IEC 7812: major industries 1, 2 airlines, 3 to 6 finance). */
const CARD_PREFIX = /^(?:4|5[0-8]|6[0-9]|3[0-9]|2[0-7]|1800|2131|9[0-9])/;

const card: Recognizer = {
  entity: 'CREDIT_CARD',
  source: 'checksum:card',
  minDigits: 12,
  maxDigits: 19,
  windowed: true,
  contexts: contextKeys(CARD)!,
  scan(text: string, from: number, emit: Emit, whole = text, base = 0, contextual = true) {
    CARD_SHAPE.lastIndex = from;
    for (let match = CARD_SHAPE.exec(text); match; match = CARD_SHAPE.exec(text)) {
      const digits = digitsOf(match[0]);
      if (allSame(digits) || !luhn(digits)) continue;
      const start = base + match.index;
      const end = start + match[0].length;
      const named = contextual && hasContext(whole, start, end, CARD);
      if (!(named || CARD_PREFIX.test(digits))) continue;
      const score = digits.length >= 13 ? 0.9 : 0.5;
      emit(start, end, named ? 0.98 : score);
    }
  },
};

export const FINANCE: readonly Recognizer[] = [
  card,
  iban,
  pattern({
    entity: 'CRYPTO',
    pattern:
      /(?<![A-Za-z0-9])(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc1|BC1)[02-9A-Za-z]{11,71})(?![A-Za-z0-9])/g,
    score: 0,
    inRun: true,
    minRun: 14,
    check: value => (/^bc1/i.test(value) ? bech32(value) : base58check(value)),
    checkedScore: 1,
    source: 'checksum:bitcoin',
  }),
  pattern({
    entity: 'CRYPTO',
    pattern: /(?<![A-Za-z0-9])0x[0-9a-fA-F]{40}(?![A-Za-z0-9])/g,
    score: 0.85,
    source: 'pattern:ethereum',
    signs: HEX,
  }),
  pattern({
    entity: 'SWIFT_CODE',
    pattern: /(?<![\w-])[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![\w-])/g,
    score: 0.02,
    contextScore: 0.8,
    cue: BANK_CODE,
    context: words('swift', 'bic', 'swift code', 'bic code'),
  }),
];
