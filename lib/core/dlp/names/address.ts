/**
 * Street addresses by a small grammar over tokens: house number, street, unit, then town, state, code, country.
 * Evidence is summed (a number before, a street word, a number after, a unit, a cue to the left); one kind alone
 * is not enough, so that "Windows 10" stays what it is.
 */
import type { Emit } from '../recognizer.ts';
import { normalize } from './lexicon.ts';
import { ENDS, LOWER_STREETS, MEASURES } from './streets.ts';
import type { Token } from './tokens.ts';
import { COUNTRIES } from './vocabulary.ts';
import { BOX, CORNER } from './words.ts';

const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/).map(normalize));

const CUES = list(
  'address live lives lived living located reside resides home house moved ship sent send deliver delivered delivery mail billing office station street shop store corner meet meeting arrived pick địa chỉ ở ngụ',
);
const WEAK_CUES = list('at on to in is near from of');
const ACCEPT = 2.5;
const MAX_STREET_WORDS = 6;
const MAX_TAIL = 16;
/** Tokens within which an address that begins has its first number. */
const REACH = 20;

/** A word that may be part of a street's or a town's name. */
function isNameWord(token: Token | undefined, anyCase: boolean): boolean {
  if (token?.kind !== 'word') return false;
  const { word } = token;
  if (token.shape === 'lower' || token.shape === 'none') {
    if (word.particle || word.street.lower || token.shape === 'none') return true;
    return anyCase && (!word.common || word.street.street);
  }
  return word.street.street || word.countryStart || !word.neverName;
}

function isHouseNumber(token: Token | undefined): boolean {
  return token?.kind === 'number' && /^\d{1,6}(?:[A-Za-z]|\/\d{1,4}|-\d{1,4})?$/.test(token.text);
}

/** "5th" of "5th Ave". */
function isOrdinal(token: Token | undefined): boolean {
  return token?.kind === 'number' && /^\d{1,3}(?:st|nd|rd|th)$/i.test(token.text);
}

function isDot(token: Token | undefined): boolean {
  return token?.text === '.';
}

/** Three to six digits that end their line or stand before a town, not the start of a telephone number. */
function isPostalCode(tokens: readonly Token[], i: number): boolean {
  const next = tokens[i + 1];
  return (
    /^\d{3,6}(?:-\d{3,4})?$/.test(tokens[i]!.text) &&
    next?.kind !== 'number' &&
    next?.text !== '(' &&
    next?.text !== '-'
  );
}

interface Street {
  readonly next: number;
  readonly evidence: number;
  readonly trailing: boolean;
}

export class AddressFinder {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  readonly #anyCase: boolean;

  /** `anyCase`: the text is written in lower case, so case says nothing. */
  constructor(text: string, tokens: readonly Token[], anyCase: boolean) {
    this.#text = text;
    this.#tokens = tokens;
    this.#anyCase = anyCase;
  }

  /** Emits each address whose first token starts at `from` or later. */
  scan(from: number, emit: Emit): void {
    const tokens = this.#tokens;
    // A street and a box have a number; only a corner has none.
    const numbered = tokens.some(token => token.kind === 'number');
    let number = -1;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (numbered && number < i) {
        number = i;
        while (number < tokens.length && tokens[number]!.kind !== 'number') number++;
      }
      if (token.start < from || token.kind === 'punctuation' || token.kind === 'line') continue;
      if (token.shape === 'lower' && !this.#anyCase && !token.word.street.start) continue;
      const next =
        this.#corner(i) ??
        (number - i < REACH && number < tokens.length ? (this.#box(i) ?? this.#street(i)) : undefined);
      if (next === undefined) continue;
      const last = this.#tail(next.next, next.trailing) - 1;
      emit(token.start, tokens[last]!.end, Math.min(0.95, 0.7 + 0.05 * next.evidence));
      i = last;
    }
  }

  #street(i: number): Street | undefined {
    const tokens = this.#tokens;
    let at = i;
    let numbers = 0;
    while (numbers < 2 && isHouseNumber(tokens[at])) {
      numbers++;
      at++;
    }
    if (numbers > 0 && tokens[at]?.text === ',' && isNameWord(tokens[at + 1], this.#anyCase)) at++;
    const first = at;
    let affix = 0;
    let named = false;
    if (numbers > 0 && (isOrdinal(tokens[at]) || this.#lowerStreet(at))) {
      while (!LOWER_STREETS.has(tokens[at]?.norm ?? '') && at - first < MAX_STREET_WORDS) at++;
      if (!LOWER_STREETS.has(tokens[at]?.norm ?? '')) return undefined;
      const trailing = isHouseNumber(tokens[at + 1]);
      return { next: trailing ? at + 2 : at + 1, evidence: 3, trailing };
    }
    while (
      at - first < MAX_STREET_WORDS &&
      (isNameWord(tokens[at], this.#anyCase) || this.#abbreviation(at, at > first ? numbers : 0))
    ) {
      const token = tokens[at]!;
      if (token.word.street.unit && (isHouseNumber(tokens[at + 1]) || isDot(tokens[at + 1]))) break;
      if (token.word.street.street) affix = 2;
      else if (token.word.street.ending) affix = Math.max(affix, 1);
      if (token.shape !== 'lower' || !(token.word.particle || token.word.street.joining)) named = true;
      at++;
      if (isDot(tokens[at]) && (token.word.street.street || token.text.length === 1)) at++;
    }
    if (at === first || !named) return undefined;
    let trailing = 0;
    if (isHouseNumber(tokens[at])) {
      trailing = tokens[at]!.text.length <= 4 ? 1.5 : 1;
      at++;
      if (isDot(tokens[at]) && affix > 0) at++;
    }
    const skipped = this.#skip(at);
    const unit = this.#unit(at) > at || this.#unit(skipped) > skipped ? 2 : 0;
    const evidence = numbers * 1.2 + affix + trailing + unit + this.#cue(i);
    if (numbers + trailing + unit === 0 || (affix === 0 && numbers === 0 && trailing === 0)) return undefined;
    if (numbers === 0 && tokens[first]!.shape === 'lower' && affix < 2) return undefined;
    if (numbers > 0 && affix + trailing + unit < 1) return this.#loose(i, at, numbers);
    return evidence >= ACCEPT ? { next: at, evidence, trailing: trailing > 0 || unit > 0 } : undefined;
  }

  /** One to three words in lower case, then a street's: "baker street". */
  #lowerStreet(at: number): boolean {
    if (!this.#anyCase) return false;
    for (let k = at; k < at + 4; k++) {
      const token = this.#tokens[k];
      if (token?.kind !== 'word' || (token.word.neverName && !LOWER_STREETS.has(token.norm))) return false;
      if (MEASURES.has(token.norm) || token.word.particle) return false;
      if (LOWER_STREETS.has(token.norm)) return k > at;
    }
    return false;
  }

  /** A street word in lower case: "u.", "str.", or "gate" between two numbers ("24 Trenerys gate 232"). */
  #abbreviation(at: number, numbers: number): boolean {
    const next = this.#tokens[at + 1];
    return (
      this.#tokens[at]?.word.street.street === true && (isDot(next) || (numbers > 0 && isHouseNumber(next)))
    );
  }

  /** Number and name alone count when a town with a country or a code follows, or a strong cue stands before. */
  #loose(i: number, at: number, numbers: number): Street | undefined {
    const strong = this.#cue(i) >= 1.5;
    const after = this.#tokens[this.#tail(at, false) - 1];
    const closed = after !== undefined && after.start > (this.#tokens[at]?.start ?? Number.POSITIVE_INFINITY);
    const ended = closed && (/^\d{4,6}$/.test(after.text) || COUNTRIES.has(after.norm));
    return ended || (strong && numbers > 0) ? { next: at, evidence: 2, trailing: false } : undefined;
  }

  /** "P.O. Box 12", with or without what follows. */
  #box(i: number): Street | undefined {
    const tokens = this.#tokens;
    let at = isHouseNumber(tokens[i]) ? i + 1 : i;
    if (((tokens[at]?.word.marks ?? 0) & BOX) === 0) return undefined;
    const match = /^(?:p\.? ?o\.? ?box|postfach|apartado|boîte postale|hộp thư) ?\d{1,6}/i.exec(
      this.#text.slice(tokens[at]?.start ?? this.#text.length, (tokens[at]?.start ?? 0) + 24),
    );
    if (!match) return undefined;
    const end = tokens[at]!.start + match[0].length;
    while (at < tokens.length && tokens[at]!.start < end) at++;
    return { next: at, evidence: 4, trailing: true };
  }

  /** "the corner of X and Y". */
  #corner(i: number): Street | undefined {
    const tokens = this.#tokens;
    let at = i;
    if (tokens[at]?.norm === 'the') at++;
    if (((tokens[at]?.word.marks ?? 0) & CORNER) === 0 || tokens[at + 1]?.norm !== 'of') return undefined;
    at += 2;
    const start = at;
    let and = 0;
    while (at < tokens.length && at - start < 12) {
      const token = tokens[at]!;
      if (token.norm === 'and' && and === 0 && at > start) and = at;
      else if (token.kind !== 'number' && !isDot(token) && !isNameWord(token, true)) break;
      at++;
    }
    return and > 0 && at > and + 1 ? { next: at, evidence: 4, trailing: true } : undefined;
  }

  /** Index after a unit ("Apt. 5", "Suite 100", "#12"), or `at`. */
  #unit(at: number): number {
    const tokens = this.#tokens;
    if (tokens[at]?.text === '#' && tokens[at + 1]?.kind === 'number') return at + 2;
    if (tokens[at]?.kind !== 'word' || !tokens[at]!.word.street.unit) return at;
    const number = isDot(tokens[at + 1]) ? at + 2 : at + 1;
    return isHouseNumber(tokens[number]) ? number + 1 : at;
  }

  /** Skips separators between the lines of an address: commas, line ends, quote marks of a mail. */
  #skip(at: number): number {
    const tokens = this.#tokens;
    let next = at;
    while (next < at + 4 && next < tokens.length) {
      const text = tokens[next]!.text;
      if (
        text === ',' ||
        text === '>' ||
        text === '-' ||
        (text === '\n' && tokens[next + 1]?.kind !== 'line')
      )
        next++;
      else break;
    }
    return next;
  }

  /** Index after everything that continues an address: units, town, state, postal code, country. */
  #tail(from: number, numbered: boolean): number {
    const tokens = this.#tokens;
    let at = from;
    let adjacent = numbered;
    let towns = 0;
    let codes = 0;
    for (let steps = 0; steps < MAX_TAIL; steps++) {
      const next = this.#skip(at);
      const separated = next > at;
      const unit = this.#unit(next);
      if (unit > next) {
        at = unit;
        adjacent = true;
        continue;
      }
      const token = tokens[next];
      if (token === undefined) break;
      if (token.kind === 'number') {
        if (codes > 0 || !isPostalCode(tokens, next) || (towns === 0 && !separated)) break;
        codes++;
        at = next + 1;
        adjacent = true;
        continue;
      }
      if (
        token.text === '(' &&
        tokens[next + 1]?.kind === 'word' &&
        tokens[next + 2]?.text === ')' &&
        towns > 0
      ) {
        at = next + 3;
        continue;
      }
      if (this.#anyCase && ENDS.has(token.norm)) break;
      if (!(separated || adjacent) || towns > 7 || !isNameWord(token, this.#anyCase)) break;
      if (token.shape === 'lower' && !this.#anyCase && token.norm !== 'nan') break;
      if (!isNameWord(tokens[next], this.#anyCase)) break;
      at = next + 1;
      towns++;
      adjacent = true;
    }
    return at;
  }

  /** How much the words before speak for an address: 1.5 for "lives at", 0.5 for a mere preposition. */
  #cue(i: number): number {
    let best = 0;
    for (let k = i - 1, seen = 0; k >= 0 && seen < 9; k--, seen++) {
      const token = this.#tokens[k]!;
      if (CUES.has(token.norm)) return 1.5;
      if (seen < 2 && WEAK_CUES.has(token.norm)) best = 0.5;
    }
    return best;
  }
}
