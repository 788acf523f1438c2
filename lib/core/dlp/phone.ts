/** Telephone numbers: candidates by shape, judged by libphonenumber's metadata, then by context. */
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { contextKeys, words } from './context.ts';
import { type Emit, hasContext, type Recognizer } from './recognizer.ts';

const CONTEXT = words(
  'phone',
  'telephone',
  'tel',
  'cell',
  'cellphone',
  'mobile',
  'call',
  'calling',
  'fax',
  'office',
  'desk',
  'home',
  'whatsapp',
  'zalo',
  'sms',
  'text me',
  'reach',
  'contact',
  'ring',
  'dial',
  'hotline',
  'answering',
  'registered',
  'điện thoại',
  'số điện thoại',
  'sđt',
  'di động',
  'liên hệ',
  'gọi',
  'telefon',
  'telefono',
  'teléfono',
  'téléphone',
  'handy',
);

const CANDIDATE =
  /(?<![\p{L}\p{N}_+@#/.=-])(?:(?:\+|00)\d{1,3}[ .-]?)?(?:\(\d{1,5}\)[ .-]?)?\d(?:[ .\-/]{0,2}\(?\d\)?){4,14}(?:\s?(?:x|ext\.?|extension|#)\s?\d{1,6})?(?![\p{L}\p{N}_%€$]|[.,-]\d)/giu;
/** Scores from which a number counts by itself, or by its shape; what is below needs a word of context close by. */
const LIKELY = 0.32;
const SHAPED = 0.31;
const NEAR = 24;
const MAX_REMEMBERED = 2000;

/** Regions whose national numbers are tried when a number has no country code, in this order. */
export const DEFAULT_REGIONS: readonly CountryCode[] = [
  'US',
  'GB',
  'VN',
  'DE',
  'FR',
  'IN',
  'IL',
  'BR',
  'JP',
  'CN',
  'AU',
];

/** Valid in a region as it stands: a country code without its plus sign makes it something else. */
function isNational(number: string, region: CountryCode): boolean {
  const parsed = parsePhoneNumberFromString(number, region);
  if (!parsed?.isValid()) return false;
  const digits = number.replace(/(?:x|ext|#).*$/i, '').replace(/\D+/g, '');
  return digits.endsWith(parsed.nationalNumber) && digits.length - parsed.nationalNumber.length <= 1;
}

/** A recogniser for the given regions; it remembers at most 2,000 verdicts. */
export function phoneRecognizer(regions: readonly CountryCode[] = DEFAULT_REGIONS): Recognizer {
  const verdicts = new Map<string, boolean>();

  function isValid(value: string): boolean {
    const known = verdicts.get(value);
    if (known !== undefined) return known;
    const international = value.startsWith('+') || value.startsWith('00');
    const number = value.startsWith('00') ? `+${value.slice(2)}` : value;
    const valid = international
      ? (parsePhoneNumberFromString(number)?.isValid() ?? false)
      : regions.some(region => isNational(number, region));
    if (verdicts.size >= MAX_REMEMBERED) verdicts.delete(verdicts.keys().next().value!);
    verdicts.set(value, valid);
    return valid;
  }

  return {
    entity: 'PHONE_NUMBER',
    source: 'libphonenumber',
    minDigits: 6,
    windowed: true,
    contexts: contextKeys(CONTEXT)!,
    scan(text: string, from: number, emit: Emit, whole = text, base = 0, contextual = true) {
      CANDIDATE.lastIndex = from;
      for (let match = CANDIDATE.exec(text); match; match = CANDIDATE.exec(text)) {
        const value = match[0];
        const start = base + match.index;
        const end = start + value.length;
        const score = judge(value, isValid);
        if (score === 0) continue;
        if (score >= LIKELY) {
          const named = contextual && hasContext(whole, start, end, CONTEXT);
          emit(start, end, named ? Math.min(0.95, score + 0.4) : score);
          continue;
        }
        const near = contextual && whole.slice(Math.max(0, start - NEAR), start);
        if (near !== false && (CONTEXT.test(near) || CONTEXT.test(whole.slice(end, end + 12))))
          emit(start, end, score + 0.4);
        else if (score >= SHAPED) emit(start, end, score + 0.08);
      }
    },
  };
}

/** Score by validity and shape: 0 refuses. */
function judge(value: string, isValid: (value: string) => boolean): number {
  const digits = value.replace(/\D+/g, '');
  if (digits.length < 6 || digits.length > 18 || /^(\d)\1+$/.test(digits)) return 0;
  if (/^(?:1[89]|20)\d{2}[-/. ](?:1[89]|20)\d{2}$/.test(value)) return 0;
  if (/^(?:1[89]|20)\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d)/.test(value)) return 0;
  if (/^\d{1,2}([/.-])\d{1,2}\1\d{2,4}(?![\d.-])(?! ?\d)/.test(value)) return 0;
  // Thousands with their points, and a year with a number, as documents have them.
  if (/^\d{1,3}(?:[.,]\d{3})+$/.test(value) || /^20\d{2}-\d{2,4}$/.test(value)) return 0;
  const international = /^(?:\+|00)/.test(value);
  const groups = value.split(/[^\d+]+/).filter(Boolean);
  if (isValid(value))
    return international ? 0.8 : groups.length > 1 ? 0.6 : value.startsWith('0') ? 0.45 : LIKELY;
  if (value.startsWith('+')) return digits.length >= 8 && groups.length >= 3 ? 0.2 : 0;
  if (digits.length > 13 || groups.length < 2 || groups.some(group => group.length > 8))
    return groups.length === 1 && digits.length <= 11 ? 0.12 : 0;
  const shaped = /\(\d+\)|^0\d/.test(value) || /\d-\d/.test(value) || /x\d+$/.test(value);
  if (digits.length > 11 && !/x\d+$/.test(value)) return 0;
  return shaped && digits.length < 12 ? SHAPED : groups.length >= 3 || digits.length >= 7 ? 0.25 : 0.15;
}
