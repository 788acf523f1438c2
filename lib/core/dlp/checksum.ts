/**
 * Check digits of identifiers, each from its public specification. All take digits without separators unless said
 * otherwise, and answer false for anything of the wrong length.
 */
import { createHash } from 'node:crypto';

/** The digits of a text, without its separators. */
export function digitsOf(value: string): string {
  return value.replace(/\D+/g, '');
}

/** Letters and digits in upper case, without separators. */
export function compact(value: string): string {
  return value.replace(/[^A-Za-z0-9]+/g, '').toUpperCase();
}

export function allSame(value: string): boolean {
  for (let i = 1; i < value.length; i++) if (value[i] !== value[0]) return false;
  return true;
}

/** Sum of digit times weight, position by position. */
export function weighted(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (digits.charCodeAt(i) - 48) * weights[i]!;
  return sum;
}

/** Luhn's formula (ISO/IEC 7812-1), check digit last. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    let digit = digits.charCodeAt(i) - 48;
    if (double) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
  }
  return digits.length > 1 && sum % 10 === 0;
}

/** ISO 7064 mod 97-10 as ISO 13616 uses it: the first four characters moved to the end, letters as 10..35. */
export function mod97(value: string): boolean {
  let rest = 0;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt((i + 4) % value.length);
    if (code >= 48 && code <= 57) rest = (rest * 10 + code - 48) % 97;
    else if (code >= 65 && code <= 90) rest = (rest * 100 + code - 55) % 97;
    else return false;
  }
  return rest === 1;
}

/** ISO 7064 mod 11,10 (hybrid), check digit last. */
export function mod11_10(digits: string): boolean {
  let product = 10;
  for (let i = 0; i < digits.length - 1; i++) {
    let sum = (digits.charCodeAt(i) - 48 + product) % 10;
    if (sum === 0) sum = 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digits.charCodeAt(digits.length - 1) - 48;
}

const DIHEDRAL = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const PERMUTATION = (() => {
  const table = ['0123456789', '1576283094'];
  for (let row = 2; row < 8; row++) {
    table.push([...table[row - 1]!].map(digit => table[1]![Number(digit)]!).join(''));
  }
  return table;
})();

/** Verhoeff's dihedral check (1969), check digit last. */
export function verhoeff(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    check = Number(DIHEDRAL[check]![Number(PERMUTATION[i % 8]![digit])]);
  }
  return check === 0;
}

/** Whether year, month and day exist in the Gregorian calendar; `year` may be of two digits (then either century). */
export function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0 || year < 100);
  const last =
    month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return day <= last;
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Base58Check of a 25 byte payload (Bitcoin addresses of the P2PKH and P2SH kinds). */
export function base58check(value: string): boolean {
  let number = 0n;
  for (const char of value) {
    const digit = BASE58.indexOf(char);
    if (digit < 0) return false;
    number = number * 58n + BigInt(digit);
  }
  const hex = number.toString(16);
  if (hex.length > 50) return false;
  const bytes = Buffer.from(hex.padStart(50, '0'), 'hex');
  const twice = createHash('sha256')
    .update(createHash('sha256').update(bytes.subarray(0, 21)).digest())
    .digest();
  return bytes.subarray(21).equals(twice.subarray(0, 4));
}

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const BECH32_GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** Checksum of a segwit address, bech32 (BIP 173) or bech32m (BIP 350). */
export function bech32(value: string): boolean {
  const lower = value.toLowerCase();
  const split = lower.lastIndexOf('1');
  if (split < 1 || (lower !== value && value.toUpperCase() !== value)) return false;
  const prefix = [...lower.slice(0, split)].map(char => char.charCodeAt(0));
  const data = [...lower.slice(split + 1)].map(char => BECH32.indexOf(char));
  if (data.length < 6 || data.includes(-1)) return false;
  let state = 1;
  for (const part of [...prefix.map(code => code >> 5), 0, ...prefix.map(code => code & 31), ...data]) {
    const top = state >>> 25;
    state = ((state & 0x1ffffff) << 5) ^ part;
    for (let i = 0; i < 5; i++) if ((top >> i) & 1) state ^= BECH32_GENERATORS[i]!;
  }
  return state === 1 || state === 0x2bc830a3;
}
