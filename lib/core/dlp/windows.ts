/**
 * The parts of a text that can hold an identifier: words with a digit in them, joined while only short words lie
 * between, with the short words at either side ("AB 12 34 56 C", "W1A 1HQ", "HH AB 1234").
 * Also which signs stand in it, so that a recogniser that needs one is not asked without.
 */
export interface Window {
  readonly start: number;
  readonly end: number;
  readonly digits: number;
  /** One number without punctuation at which a match could start or end inside it. */
  readonly single: boolean;
}

/** Signs that recognisers need. */
export const AT = 1;
export const COLON = 2;
/** A dot before a letter, as in domain names. */
export const INNER_DOT = 4;
/** A dot before a digit. */
export const DECIMAL_DOT = 8;
export const DASHES = 16;
/** A zero before an x. */
export const HEX = 32;
/** A slash after a slash. */
export const SLASHES = 64;
/** An opening bracket of a placeholder. */
export const BRACKET = 128;
/** Longest word that joins to a number beside it, and how many of them do at either side. */
const SHORT = 4;
const JOINED = 2;

/** Windows as a text is read word by word. */
export class Windows {
  readonly found: Window[] = [];
  digits = 0;
  /** Length of the longest run without white space. */
  longestRun = 0;
  #open: { start: number; end: number; digits: number; single: boolean } | undefined;
  /** Starts of the one or two short words before, the nearer one and the one before it. */
  #nearer = -1;
  #farther = -1;
  #after = 0;

  clear(): void {
    this.found.length = 0;
    this.digits = 0;
    this.longestRun = 0;
    this.#open = undefined;
    this.#nearer = -1;
    this.#farther = -1;
    this.#after = 0;
  }

  /** Takes the next run without white space; offsets that are kept are raised by `shift`. */
  add(text: string, start: number, end: number, digits: number, shift: number): void {
    const run = end - start;
    if (run > this.longestRun) this.longestRun = run;
    const open = this.#open;
    if (digits > 0) {
      this.digits += digits;
      if (open === undefined) {
        const before = this.#farther >= 0 ? this.#farther : this.#nearer;
        const single = isPlainNumber(text, start, end);
        this.#open = { start: before >= 0 ? before : start + shift, end: end + shift, digits, single };
        this.found.push(this.#open);
      } else {
        open.end = end + shift;
        open.digits += digits;
        open.single = false;
      }
      this.#after = 0;
      this.#nearer = -1;
      this.#farther = -1;
    } else if (run > SHORT) {
      this.#open = undefined;
      this.#nearer = -1;
      this.#farther = -1;
    } else if (open !== undefined && this.#after < JOINED) {
      open.end = end + shift;
      this.#after++;
    } else {
      this.#open = undefined;
      this.#farther = this.#nearer;
      this.#nearer = start + shift;
    }
  }
}

/** The sign that a character and the one after it make, or 0; `code` is no letter, digit or space. */
export function signOf(code: number, next: number): number {
  switch (code) {
    case 64:
      return AT;
    case 58:
      return COLON;
    case 46:
      return isLetter(next) ? INNER_DOT : isDigit(next) ? DECIMAL_DOT : 0;
    case 45:
      return next === 45 ? DASHES : 0;
    case 47:
      return next === 47 ? SLASHES : 0;
    case 0x27e6:
      return BRACKET;
    default:
      return 0;
  }
}

/** The signs inside a number such as "12:30", "1.5", "0x1f", and a word such as "U.S.". */
export function signsWithin(text: string, start: number, end: number): number {
  let signs = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 46 || code === 58) signs |= signOf(code, text.charCodeAt(i + 1));
    else if (code === 120 && i === start + 1 && text.charCodeAt(start) === 48) signs |= HEX;
  }
  return signs;
}

/** Letters, digits and hyphens only, but for punctuation at either end. */
function isPlainNumber(text: string, start: number, end: number): boolean {
  let from = start;
  let to = end;
  while (from < to && !isPart(text.charCodeAt(from))) from++;
  while (to > from && !isPart(text.charCodeAt(to - 1))) to--;
  for (let i = from; i < to; i++) if (!isPart(text.charCodeAt(i)) && text.charCodeAt(i) !== 45) return false;
  return true;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

function isPart(code: number): boolean {
  return isDigit(code) || isLetter(code);
}
