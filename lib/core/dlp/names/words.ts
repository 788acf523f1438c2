/** What lists and letters say about single words. */

import { contextIds } from '../context.ts';
import { cueBits } from '../cues.ts';
import { hintBits } from './hints.ts';
import {
  AMBIGUOUS,
  COMMON,
  FIRST_NAME,
  inList,
  LAST_NAME,
  letterOdds,
  listsOf,
  normalize,
  ODDS_UNIT,
  TOWN,
} from './lexicon.ts';
import { BLOCKED_PLAIN } from './plain.ts';
import { type StreetWord, streetWord } from './streets.ts';
import { isVietnameseFamily } from './vietnamese.ts';
import {
  COUNTRIES,
  COUNTRY_STARTS,
  FOREIGN_WORDS,
  JOB_HEADS,
  NATIONS,
  NEVER_NAME,
  ORG_SUFFIX,
  PARTICLES,
  STATES,
  TITLES,
} from './vocabulary.ts';

export type Shape = 'lower' | 'title' | 'upper' | 'mixed' | 'none';

/** What finders look for, as bits of `Word.marks`: a stretch none of whose words has a bit is not searched for it. */
export const CAPITAL = 1;
/** A lower case word that is in a list of names and no word of English. */
export const LOWER_NAME = 2;
/** Title, nation, first word of a country or head of a job title. */
export const LISTED = 4;
/** What organisations are told by: a legal form, "and", "University". */
export const INSTITUTION = 8;
/** A family name of Viet Nam with a capital. */
export const VIETNAMESE_FAMILY = 16;
/** "corner", "intersection". */
export const CORNER = 32;
/** Post offices of forces: APO, FPO, DPO. */
export const FORCES = 64;
/** Letters that Vietnamese has and other languages in Latin script hardly use. */
export const VIETNAMESE_LETTERS = 128;
/** Ends on -ed or -ing. */
export const VERBAL = 256;
/** Letters of another script than the Latin one. */
export const STRANGE = 512;
/** An everyday word of another language that English has not. */
export const FOREIGN = 4096;
/** A lower case word that is a first name or a town when a word before says so. */
export const MAYBE_NAME = 8192;
/** A hyphen joins its parts. */
export const HYPHEN = 2048;
/** "PO", "Postfach": a box may follow. */
export const BOX = 1024;

const VIETNAMESE = /[ìĩũđĐơƠưƯăĂạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/u;
const INSTITUTIONS = new Set(
  'and university bank ministry department institute college school association society'.split(' '),
);
const OTHER_SCRIPT = /[^\u0020-\u024f\u1e00-\u1eff]/;
const BOX_STARTS = new Set(['p', 'po', 'p.o.', 'postfach', 'apartado', 'boite', 'hop']);
const CORNERS = new Set(['corner', 'intersection']);
const POST_OFFICES = new Set(['apo', 'fpo', 'dpo']);

/** What is known of a spelling; looked up once and remembered. */
export class Word {
  readonly text: string;
  /** Lower case without accents. */
  readonly norm: string;
  readonly shape: Shape;
  readonly first: boolean;
  readonly last: boolean;
  readonly town: boolean;
  readonly common: boolean;
  /** A word of English as well as a name ('mark', 'rose'). */
  readonly ambiguous: boolean;
  readonly neverName: boolean;
  readonly particle: boolean;
  readonly title: boolean;
  /** Nation, first word of a country, head of a job title or legal form: a list has something to say. */
  readonly nation: boolean;
  readonly countryStart: boolean;
  readonly job: boolean;
  readonly legalForm: boolean;
  /** One of the family names of Viet Nam. */
  readonly vietnamese: boolean;
  /** A lower case ASCII word of everyday English that no address, name or job title holds. */
  readonly plain: boolean;
  readonly hasDigit: boolean;
  readonly street: StreetWord;
  /** What the word hints at in or near a name (`hints.ts`). */
  readonly hints: number;
  /** Recognisers that need this word (`cues.ts`). */
  readonly cues: number;
  /** Words of context that this one may begin (`context.ts`). */
  readonly contexts: readonly number[];
  /** What finders look for, as bits. */
  readonly marks: number;
  /** Second digest of the spelling: two that are alike in both digests are taken for one. */
  readonly check: number;
  /** Log odds by letters, in units; undefined until they are asked for. */
  #name: number | undefined;
  #place: number | undefined;

  constructor(text: string, check: number) {
    const norm = normalize(text);
    const lists = listsOf(norm);
    this.check = check;
    this.text = text;
    this.norm = norm;
    this.shape = shapeOf(text);
    this.first = (lists & (1 << FIRST_NAME)) !== 0;
    this.last = (lists & (1 << LAST_NAME)) !== 0;
    this.town = (lists & (1 << TOWN)) !== 0;
    this.common = (lists & (1 << COMMON)) !== 0 || isForm(norm);
    this.ambiguous = (lists & (1 << AMBIGUOUS)) !== 0;
    this.neverName = NEVER_NAME.has(norm);
    this.particle = PARTICLES.has(norm);
    this.title = TITLES.has(norm);
    this.nation = NATIONS.has(norm) || (norm.endsWith('s') && NATIONS.has(norm.slice(0, -1)));
    this.countryStart = COUNTRY_STARTS.has(norm);
    this.job = JOB_HEADS.has(norm);
    this.legalForm = ORG_SUFFIX.has(norm);
    this.vietnamese = isVietnameseFamily(text.toLowerCase());
    this.plain = this.common && /^[a-z]{1,14}$/.test(text) && !BLOCKED_PLAIN.has(text);
    this.hasDigit = /\d/.test(text);
    this.street = streetWord(norm);
    this.hints = hintBits(norm);
    this.cues = cueBits(norm);
    this.contexts = contextIds(norm);
    this.marks = this.#marks();
  }

  /** Log odds of name against word, by letters. */
  get name(): number {
    if (this.#name === undefined) this.#spell();
    return this.#name! / ODDS_UNIT;
  }

  /** Log odds of place against word, by letters. */
  get place(): number {
    if (this.#place === undefined) this.#spell();
    return this.#place! / ODDS_UNIT;
  }

  #spell(): void {
    [this.#name, this.#place] = letterOdds(this.norm);
  }

  #marks(): number {
    const { norm, shape, text } = this;
    const vietnamese = VIETNAMESE.test(text);
    const capital = shape !== 'lower' && shape !== 'none';
    return (
      (capital ? CAPITAL : 0) |
      (!vietnamese && this.#isLowerName() ? LOWER_NAME : 0) |
      (this.title || this.nation || this.countryStart || this.job ? LISTED : 0) |
      (this.legalForm || INSTITUTIONS.has(norm) ? INSTITUTION : 0) |
      (this.vietnamese && shape !== 'lower' ? VIETNAMESE_FAMILY : 0) |
      (CORNERS.has(norm) ? CORNER : 0) |
      (POST_OFFICES.has(norm) ? FORCES : 0) |
      (vietnamese ? VIETNAMESE_LETTERS : 0) |
      (/(?:ed|ing)$/.test(norm) ? VERBAL : 0) |
      (OTHER_SCRIPT.test(text) ? STRANGE : 0) |
      (FOREIGN_WORDS.has(text.toLowerCase()) ? FOREIGN : 0) |
      (shape === 'lower' && this.#isMaybeName() ? MAYBE_NAME : 0) |
      (text.includes('-') ? HYPHEN : 0) |
      (BOX_STARTS.has(norm) ? BOX : 0)
    );
  }

  #isMaybeName(): boolean {
    if (this.norm.length < 3 || this.neverName) return false;
    return this.first || (this.town && !this.common && !this.ambiguous);
  }

  #isLowerName(): boolean {
    const { norm } = this;
    if (this.shape !== 'lower' || norm.length < 3) return false;
    if (this.neverName || COUNTRIES.has(norm) || STATES.has(norm)) return false;
    if (norm.includes("'") && !/^[od]'/.test(norm)) return false;
    return !this.common && !this.ambiguous && (this.first || this.last || (this.town && this.name > 1));
  }
}

const ENDINGS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/'.*$/, ['']],
  [/ies$/, ['y']],
  [/s$/, ['']],
  [/es$/, ['']],
  [/e[dr]$/, ['', 'e']],
  [/ing$/, ['', 'e']],
  [/ly$/, ['']],
];

/** A form of a common word that the list has not. */
function isForm(norm: string): boolean {
  if (norm.length < 5) return false;
  return ENDINGS.some(([ending, stems]) => {
    const match = ending.exec(norm);
    return (
      match !== null &&
      stems.some(stem => match.index > 2 && inList(COMMON, norm.slice(0, match.index) + stem))
    );
  });
}

export function isTown(phrase: string): boolean {
  return inList(TOWN, phrase);
}

function shapeOf(text: string): Shape {
  const lower = text.toLowerCase();
  if (lower === text) return text.toUpperCase() === text ? 'none' : 'lower';
  if (text.length > 1 && text.toUpperCase() === text) return 'upper';
  const first = text[0]!;
  if (first.toLowerCase() === first) return 'mixed';
  const rest = text.slice(1);
  return rest.toLowerCase() === rest || /['’-]/.test(rest) ? 'title' : 'mixed';
}
