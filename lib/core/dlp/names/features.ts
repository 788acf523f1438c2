/** What speaks for a run being a person, a place, an organisation or nothing: the inputs of the linear model. */

import { MOVES, ORG_PART, PLACE_ENDING, PLACE_LEAD, PLACE_TAIL, PRONOUN, WORKS } from './hints.ts';
import { type Run, startsSentence } from './runs.ts';
import { wordInfo } from './spellings.ts';
import type { Token } from './tokens.ts';
import { COUNTRIES, PERSON_INTRO, RELATION, SAY, SPEECH, STATES } from './vocabulary.ts';
import { HYPHEN, isTown, STRANGE, VERBAL } from './words.ts';

/** Number of each input: its place in the weights. A plain literal, whose members cost nothing to read. */
const INPUT = {
  bias: 0,
  'one-word': 1,
  'two-words': 2,
  'three-words': 3,
  'four-or-more': 4,
  'first-in-first-names': 5,
  'first-in-last-names': 6,
  'last-in-last-names': 7,
  'last-in-first-names': 8,
  'any-unlisted': 9,
  'town-whole': 10,
  'town-first-word': 11,
  'country-or-state': 12,
  'letters-name': 13,
  'letters-place': 14,
  'letters-word': 15,
  'letters-strange': 16,
  'place-ending': 17,
  'place-word': 18,
  'common-share': 19,
  'all-common': 20,
  initial: 21,
  particle: 22,
  'upper-case': 23,
  acronym: 24,
  'mixed-case': 25,
  hyphen: 26,
  'hyphen-two-names': 27,
  'organisation-form': 28,
  'organisation-word': 29,
  'sentence-start': 30,
  'lower-case': 31,
  'before-person-cue': 32,
  'before-title': 33,
  'before-relation': 34,
  'before-say': 35,
  'before-speech': 36,
  'before-by': 37,
  'before-in': 38,
  'before-from': 39,
  'before-to': 40,
  'before-at': 41,
  'before-of': 42,
  'before-for': 43,
  'before-with': 44,
  'before-and': 45,
  'before-the': 46,
  'before-a': 47,
  'before-quote': 48,
  'before-colon': 49,
  'before-line': 50,
  'before-comma': 51,
  'before-number': 52,
  'before-other-word': 53,
  'near-movement': 54,
  'near-work': 55,
  'after-possessive': 56,
  'after-say': 57,
  'after-speech': 58,
  'after-comma': 59,
  'after-colon': 60,
  'after-line': 61,
  'after-end': 62,
  'after-and': 63,
  'after-is-a': 64,
  'after-noun': 65,
  'after-number': 66,
  'after-work': 67,
  'list-of-names': 68,
  'near-pronoun': 69,
  'verb-before': 70,
} as const;

type Input = (typeof INPUT)[keyof typeof INPUT];

/** Names of the inputs, in the order of the weights. */
export const FEATURES: readonly string[] = Object.keys(INPUT);

/** Words before a run that are inputs of their own. */
const BEFORE = new Map<string, Input>([
  ['in', INPUT['before-in']],
  ['from', INPUT['before-from']],
  ['to', INPUT['before-to']],
  ['at', INPUT['before-at']],
  ['of', INPUT['before-of']],
  ['for', INPUT['before-for']],
  ['with', INPUT['before-with']],
  ['and', INPUT['before-and']],
  ['the', INPUT['before-the']],
  ['by', INPUT['before-by']],
  ['a', INPUT['before-a']],
  ['an', INPUT['before-a']],
]);
const QUOTES = `"'“‘«`;
const ARTICLES = new Set(['a', 'an', 'the']);
const NEAR = 6;

function isStop(text: string): boolean {
  return text === '.' || text === '!' || text === '?';
}

function clamp(value: number): number {
  return Math.max(-1, Math.min(1, value / 4));
}

/** Most inputs that one run gives, with room to spare. */
const MAX_GIVEN = 128;

/** The inputs of one run that are not zero: index and value, -1 to 1, of the first `size`. Used again for the next. */
export class Given {
  readonly index = new Uint8Array(MAX_GIVEN);
  readonly value = new Float64Array(MAX_GIVEN);
  size = 0;

  on(index: Input, value = 1): void {
    this.index[this.size] = index;
    this.value[this.size++] = value;
  }
}

/** Fills in the inputs of one run. */
export function featuresOf(tokens: readonly Token[], run: Run, given: Given): void {
  given.size = 0;
  given.on(INPUT.bias);
  inside(tokens, run, given);
  before(tokens, run, given);
  after(tokens, run, given);
}

const SIZES = [INPUT['one-word'], INPUT['two-words'], INPUT['three-words'], INPUT['four-or-more']] as const;

function inside(tokens: readonly Token[], run: Run, given: Given): void {
  const words: Token[] = [];
  let core: Token[] = [];
  let phrase = '';
  for (let i = run.first; i < run.next; i++) {
    const token = tokens[i]!;
    if (token.kind !== 'word') continue;
    phrase = words.length === 0 ? token.norm : `${phrase} ${token.norm}`;
    words.push(token);
    if (token.text.length > 1 && !token.word.particle) core.push(token);
  }
  if (core.length === 0) core = words;
  const { length } = core;
  given.on(SIZES[Math.min(length, SIZES.length) - 1]!);
  const lead = core[0]!.word;
  const tail = core[length - 1]!.word;
  if (lead.first) given.on(INPUT['first-in-first-names']);
  if (lead.last) given.on(INPUT['first-in-last-names']);
  if (length > 1 && tail.last) given.on(INPUT['last-in-last-names']);
  if (length > 1 && tail.first) given.on(INPUT['last-in-first-names']);
  let name = 0;
  let place = 0;
  let common = 0;
  let hints = 0;
  let unlisted = false;
  let marks = 0;
  let upper = true;
  let mixed = false;
  for (const { word, shape } of core) {
    name += word.name;
    place += word.place;
    hints |= word.hints;
    if (word.common) common++;
    else if (!word.first && !word.last && !word.town) unlisted = true;
    marks |= word.marks;
    upper &&= shape === 'upper';
    mixed ||= shape === 'mixed';
  }
  if (unlisted) given.on(INPUT['any-unlisted']);
  if (words.length === 1 ? lead.town : isTown(phrase)) given.on(INPUT['town-whole']);
  if (lead.town) given.on(INPUT['town-first-word']);
  if (lead.countryStart && (COUNTRIES.has(phrase) || STATES.has(phrase))) given.on(INPUT['country-or-state']);
  name /= length;
  place /= length;
  given.on(INPUT['letters-name'], clamp(name));
  given.on(INPUT['letters-place'], clamp(place));
  if (name < -0.5 && place < -0.5) given.on(INPUT['letters-word'], Math.min(1, -Math.max(name, place) / 3));
  if ((marks & STRANGE) !== 0) given.on(INPUT['letters-strange']);
  if ((hints & PLACE_ENDING) !== 0) given.on(INPUT['place-ending']);
  const placed = (lead.hints & PLACE_LEAD) !== 0 || (tail.hints & PLACE_TAIL) !== 0;
  if (length > 1 && placed) given.on(INPUT['place-word']);
  given.on(INPUT['common-share'], common / length);
  if (common === length) given.on(INPUT['all-common']);
  let initial = false;
  let particle = false;
  for (let i = 0; i < words.length; i++) {
    const { text, shape, word } = words[i]!;
    initial ||= i > 0 && text.length === 1;
    particle ||= shape === 'lower' && word.particle;
  }
  if (initial) given.on(INPUT.initial);
  if (particle) given.on(INPUT.particle);
  if (upper) given.on(INPUT[length === 1 && lead.text.length <= 5 ? 'acronym' : 'upper-case']);
  if (mixed) given.on(INPUT['mixed-case']);
  if ((marks & HYPHEN) !== 0) {
    given.on(INPUT.hyphen);
    const hyphen = core.find(token => (token.word.marks & HYPHEN) !== 0);
    const parts = hyphen!.norm.split('-').map(part => wordInfo(part));
    if (length === 1 && parts.every(info => info.last || info.name > 1)) given.on(INPUT['hyphen-two-names']);
  }
  if (length > 1 && tail.legalForm) given.on(INPUT['organisation-form']);
  if ((hints & ORG_PART) !== 0) given.on(INPUT['organisation-word']);
  if (run.lower) given.on(INPUT['lower-case']);
}

function before(tokens: readonly Token[], run: Run, given: Given): void {
  const { first } = run;
  if (startsSentence(tokens, first)) given.on(INPUT['sentence-start']);
  const previous = tokens[first - 1];
  const beyond = tokens[first - 2];
  if (previous === undefined) given.on(INPUT['before-line']);
  else if (previous.kind === 'line' || previous.text === '>') given.on(INPUT['before-line']);
  else if (previous.kind === 'number') given.on(INPUT['before-number']);
  else if (previous.kind === 'punctuation' && QUOTES.includes(previous.text)) given.on(INPUT['before-quote']);
  else if (previous.text === ':') given.on(INPUT['before-colon']);
  else if (previous.text === ',') given.on(INPUT['before-comma']);
  else if (previous.kind === 'word') {
    const named = BEFORE.get(previous.norm);
    if (named !== undefined) given.on(named);
    else if (RELATION.has(previous.norm)) given.on(INPUT['before-relation']);
    else if (PERSON_INTRO.has(previous.norm) || PERSON_INTRO.has(`${beyond?.norm} ${previous.norm}`))
      given.on(INPUT['before-person-cue']);
    else if (SAY.has(previous.norm)) given.on(INPUT['before-say']);
    else if (SPEECH.has(previous.norm)) given.on(INPUT['before-speech']);
    else given.on(INPUT[(previous.word.marks & VERBAL) !== 0 ? 'verb-before' : 'before-other-word']);
  }
  const title = previous?.text === '.' ? beyond : previous;
  if (title?.kind === 'word' && title.word.title) given.on(INPUT['before-title']);
  let near = 0;
  for (let k = first - 1, seen = 0; k >= 0 && seen < NEAR; k--, seen++) {
    near |= tokens[k]!.word.hints;
    if (isStop(tokens[k]!.text) && !tokens[k - 1]?.word.title) break;
  }
  if ((near & MOVES) !== 0) given.on(INPUT['near-movement']);
  if ((near & WORKS) !== 0) given.on(INPUT['near-work']);
}

function after(tokens: readonly Token[], run: Run, given: Given): void {
  const next = tokens[run.next];
  const beyond = tokens[run.next + 1];
  if (next === undefined) given.on(INPUT['after-end']);
  else if (next.kind === 'line') given.on(INPUT['after-line']);
  else if (next.text === "'s") given.on(INPUT['after-possessive']);
  else if (next.text === ',') given.on(INPUT['after-comma']);
  else if (next.text === ':') given.on(INPUT['after-colon']);
  else if (next.kind === 'number') given.on(INPUT['after-number']);
  else if (next.norm === 'and' || next.text === '&') given.on(INPUT['after-and']);
  else if (next.norm === 'is' && ARTICLES.has(beyond?.norm ?? '')) given.on(INPUT['after-is-a']);
  else if (SAY.has(next.norm)) given.on(INPUT['after-say']);
  else if (SPEECH.has(next.norm)) given.on(INPUT['after-speech']);
  else if ((next.word.hints & WORKS) !== 0) given.on(INPUT['after-work']);
  else if (next.kind === 'word' && next.shape === 'lower') given.on(INPUT['after-noun']);
  let near = 0;
  for (let k = run.next, seen = 0; k < tokens.length && seen < 10; k++, seen++) {
    near |= tokens[k]!.word.hints;
    if ((isStop(tokens[k]!.text) || tokens[k]!.kind === 'line') && seen > 0) break;
  }
  if ((near & PRONOUN) !== 0) given.on(INPUT['near-pronoun']);
  if (isListed(tokens[run.first - 1]) && isListed(next)) given.on(INPUT['list-of-names']);
}

function isListed(token: Token | undefined): boolean {
  return token?.text === ',' || token?.norm === 'and';
}
