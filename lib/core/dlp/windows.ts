/**
 * The parts of a text that can hold an identifier: words with a digit in them, joined while only short words lie
 * between, with the short words at either side ("AB 12 34 56 C", "W1A 1HQ", "HH AB 1234").
 * Also which signs stand in it, so that a recogniser that needs one is not asked without.
 */
export interface Window {
  readonly start: number;
  readonly end: number;
  readonly digits: number;
  /** Most digits in a row. */
  readonly digitRun: number;
  /** What else stands in it, as bits: `LETTERS`, `JOINTS`, `COLONS`. */
  readonly has: number;
  /** One number without punctuation at which a match could start or end inside it. */
  readonly single: boolean;
}

/** What stands in a window beside digits. */
export const LETTERS = 1;
/** A hyphen, slash or dot in a run with digits. */
export const JOINTS = 2;
export const COLONS = 4;

/** From so many characters on, a run without white space may be a key, an address of a network or a coin. */
export const LONG_RUN = 14;

/** A run of at least `LONG_RUN` characters without white space. */
export interface LongRun {
  readonly start: number;
  readonly end: number;
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

/** The digits of one run without white space. */
export class Digits {
  count = 0;
  /** Most in a row. */
  longest = 0;
  has = 0;

  clear(): void {
    this.count = 0;
    this.longest = 0;
    this.has = 0;
  }

  punctuation(code: number): void {
    if (code === 45 || code === 46 || code === 47) this.has |= JOINTS;
    else if (code === 58) this.has |= COLONS;
  }

  add(text: string, start: number, end: number): void {
    let row = 0;
    for (let i = start; i < end; i++) {
      const code = text.charCodeAt(i);
      if (isDigit(code)) {
        this.count++;
        row++;
        if (row > this.longest) this.longest = row;
      } else {
        row = 0;
        if (isLetter(code)) this.has |= LETTERS;
        else this.punctuation(code);
      }
    }
  }
}

interface Open {
  start: number;
  end: number;
  digits: number;
  digitRun: number;
  has: number;
  single: boolean;
}

/** Windows as a text is read word by word. */
export class Windows {
  readonly found: Window[] = [];
  readonly long: LongRun[] = [];
  digits = 0;
  /** Length of the longest run without white space. */
  longestRun = 0;
  #open: Open | undefined;
  /** Starts of the one or two short words before, the nearer one and the one before it; whether they hold letters. */
  #nearer = -1;
  #farther = -1;
  #after = 0;
  #hasBefore = 0;

  clear(): void {
    if (this.found.length > 0) this.found.length = 0;
    if (this.long.length > 0) this.long.length = 0;
    this.digits = 0;
    this.longestRun = 0;
    this.#open = undefined;
    this.#nearer = -1;
    this.#farther = -1;
    this.#after = 0;
    this.#hasBefore = 0;
  }

  /** Takes the next run without white space; offsets that are kept are raised by `shift`. */
  add(text: string, start: number, end: number, digits: Digits, shift: number): void {
    const run = end - start;
    if (run > this.longestRun) this.longestRun = run;
    if (run >= LONG_RUN) this.long.push({ start: start + shift, end: end + shift });
    const open = this.#open;
    const { count, longest, has } = digits;
    if (count > 0) {
      this.digits += count;
      if (open === undefined) {
        const before = this.#farther >= 0 ? this.#farther : this.#nearer;
        const single = isPlainNumber(text, start, end);
        this.#open = {
          start: before >= 0 ? before : start + shift,
          end: end + shift,
          digits: count,
          digitRun: longest,
          has: before >= 0 ? has | this.#hasBefore : has,
          single,
        };
        this.found.push(this.#open);
      } else {
        open.end = end + shift;
        open.digits += count;
        if (longest > open.digitRun) open.digitRun = longest;
        open.has |= has;
        open.single = false;
      }
      this.#after = 0;
      this.#nearer = -1;
      this.#farther = -1;
      this.#hasBefore = 0;
    } else if (run > SHORT) {
      this.#open = undefined;
      this.#nearer = -1;
      this.#farther = -1;
      this.#hasBefore = 0;
    } else if (open !== undefined && this.#after < JOINED) {
      open.end = end + shift;
      open.has |= has;
      this.#after++;
    } else {
      this.#open = undefined;
      // A word with letters before these two is forgotten: better one question too many.
      this.#hasBefore |= has;
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
