/** What speaks for a run being a person, a place, an organisation or nothing: the inputs of the linear model. */

import { MOVES, ORG_PART, PLACE_ENDING, PLACE_LEAD, PLACE_TAIL, PRONOUN, WORKS } from './hints.ts';
import { type Run, startsSentence } from './runs.ts';
import type { Token } from './tokens.ts';
import { COUNTRIES, PERSON_INTRO, PLACE_BEFORE, RELATION, SAY, SPEECH, STATES } from './vocabulary.ts';
import { isTown, VERBAL, wordInfo } from './words.ts';

/** Names of the inputs, in the order of the weights. */
export const FEATURES = [
  'bias',
  'one-word',
  'two-words',
  'three-words',
  'four-or-more',
  'first-in-first-names',
  'first-in-last-names',
  'last-in-last-names',
  'last-in-first-names',
  'any-unlisted',
  'town-whole',
  'town-first-word',
  'country-or-state',
  'letters-name',
  'letters-place',
  'letters-word',
  'letters-strange',
  'place-ending',
  'place-word',
  'common-share',
  'all-common',
  'initial',
  'particle',
  'upper-case',
  'acronym',
  'mixed-case',
  'hyphen',
  'hyphen-two-names',
  'organisation-form',
  'organisation-word',
  'sentence-start',
  'lower-case',
  'before-person-cue',
  'before-title',
  'before-relation',
  'before-say',
  'before-speech',
  'before-by',
  'before-in',
  'before-from',
  'before-to',
  'before-at',
  'before-of',
  'before-for',
  'before-with',
  'before-and',
  'before-the',
  'before-a',
  'before-quote',
  'before-colon',
  'before-line',
  'before-comma',
  'before-number',
  'before-other-word',
  'near-movement',
  'near-work',
  'after-possessive',
  'after-say',
  'after-speech',
  'after-comma',
  'after-colon',
  'after-line',
  'after-end',
  'after-and',
  'after-is-a',
  'after-noun',
  'after-number',
  'after-work',
  'list-of-names',
  'near-pronoun',
  'verb-before',
] as const;

const INDEX = Object.fromEntries(FEATURES.map((name, i) => [name, i])) as Record<
  (typeof FEATURES)[number],
  number
>;
const BEFORE = new Map<string, string>(
  [...PLACE_BEFORE, 'of', 'for', 'with', 'and', 'the', 'a', 'an', 'by']
    .filter(word => ['in', 'from', 'to', 'at', 'of', 'for', 'with', 'and', 'the', 'by'].includes(word))
    .map(word => [word, `before-${word}`]),
);
const NEAR = 6;

function isStop(text: string): boolean {
  return text === '.' || text === '!' || text === '?';
}

function clamp(value: number): number {
  return Math.max(-1, Math.min(1, value / 4));
}

/** Gives each input of one run that is not zero, by its index; all in -1..1. */
export function featuresOf(
  tokens: readonly Token[],
  run: Run,
  give: (index: number, value: number) => void,
): void {
  const on: On = (name, value = 1) => give(INDEX[name], value);
  on('bias');
  inside(tokens, run, on);
  before(tokens, run, on);
  after(tokens, run, on);
}

const SIZES = ['one-word', 'two-words', 'three-words', 'four-or-more'] as const;
const STRANGE = /[^\u0020-\u024f\u1e00-\u1eff]/;

type On = (name: (typeof FEATURES)[number], value?: number) => void;

function inside(tokens: readonly Token[], run: Run, on: On): void {
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
  on(SIZES[Math.min(length, SIZES.length) - 1]!);
  const lead = core[0]!.word;
  const tail = core[length - 1]!.word;
  if (lead.first) on('first-in-first-names');
  if (lead.last) on('first-in-last-names');
  if (length > 1 && tail.last) on('last-in-last-names');
  if (length > 1 && tail.first) on('last-in-first-names');
  let name = 0;
  let place = 0;
  let common = 0;
  let hints = 0;
  let unlisted = false;
  let strange = false;
  let upper = true;
  let mixed = false;
  for (const { word, text, shape } of core) {
    name += word.name;
    place += word.place;
    hints |= word.hints;
    if (word.common) common++;
    else if (!word.first && !word.last && !word.town) unlisted = true;
    strange ||= STRANGE.test(text);
    upper &&= shape === 'upper';
    mixed ||= shape === 'mixed';
  }
  if (unlisted) on('any-unlisted');
  if (isTown(phrase)) on('town-whole');
  if (lead.town) on('town-first-word');
  if (COUNTRIES.has(phrase) || STATES.has(phrase)) on('country-or-state');
  name /= length;
  place /= length;
  on('letters-name', clamp(name));
  on('letters-place', clamp(place));
  if (name < -0.5 && place < -0.5) on('letters-word', Math.min(1, -Math.max(name, place) / 3));
  if (strange) on('letters-strange');
  if ((hints & PLACE_ENDING) !== 0) on('place-ending');
  if (length > 1 && (lead.hints & PLACE_LEAD) !== 0) on('place-word');
  if (length > 1 && (tail.hints & PLACE_TAIL) !== 0) on('place-word');
  on('common-share', common / length);
  if (common === length) on('all-common');
  if (words.some((token, i) => token.text.length === 1 && i > 0)) on('initial');
  if (words.some(token => token.word.particle && token.shape === 'lower')) on('particle');
  if (upper) on(length === 1 && core[0]!.text.length <= 5 ? 'acronym' : 'upper-case');
  if (mixed) on('mixed-case');
  const hyphen = core.find(token => token.text.includes('-'));
  if (hyphen) {
    on('hyphen');
    const parts = hyphen.norm.split('-').map(part => wordInfo(part));
    if (length === 1 && parts.every(info => info.last || info.name > 1)) on('hyphen-two-names');
  }
  if (length > 1 && tail.legalForm) on('organisation-form');
  if ((hints & ORG_PART) !== 0) on('organisation-word');
  if (run.lower) on('lower-case');
}

function before(tokens: readonly Token[], run: Run, on: On): void {
  const { first } = run;
  if (startsSentence(tokens, first)) on('sentence-start');
  const previous = tokens[first - 1];
  const beyond = tokens[first - 2];
  if (previous === undefined) on('before-line');
  else if (previous.kind === 'line' || previous.text === '>') on('before-line');
  else if (previous.kind === 'number') on('before-number');
  else if (/^["'“‘«]$/.test(previous.text)) on('before-quote');
  else if (previous.text === ':') on('before-colon');
  else if (previous.text === ',') on('before-comma');
  else if (previous.kind === 'word') {
    const named = BEFORE.get(previous.norm);
    if (named) on(named as (typeof FEATURES)[number]);
    else if (previous.norm === 'a' || previous.norm === 'an') on('before-a');
    else if (RELATION.has(previous.norm)) on('before-relation');
    else if (PERSON_INTRO.has(previous.norm) || PERSON_INTRO.has(`${beyond?.norm} ${previous.norm}`))
      on('before-person-cue');
    else if (SAY.has(previous.norm)) on('before-say');
    else if (SPEECH.has(previous.norm)) on('before-speech');
    else on((previous.word.marks & VERBAL) !== 0 ? 'verb-before' : 'before-other-word');
  }
  const title = previous?.text === '.' ? beyond : previous;
  if (title?.kind === 'word' && title.word.title) on('before-title');
  for (let k = first - 1, seen = 0; k >= 0 && seen < NEAR; k--, seen++) {
    if ((tokens[k]!.word.hints & MOVES) !== 0) on('near-movement');
    if ((tokens[k]!.word.hints & WORKS) !== 0) on('near-work');
    if (isStop(tokens[k]!.text) && !tokens[k - 1]?.word.title) break;
  }
}

function after(tokens: readonly Token[], run: Run, on: On): void {
  const next = tokens[run.next];
  const beyond = tokens[run.next + 1];
  if (next === undefined) on('after-end');
  else if (next.kind === 'line') on('after-line');
  else if (next.text === "'s") on('after-possessive');
  else if (next.text === ',') on('after-comma');
  else if (next.text === ':') on('after-colon');
  else if (next.kind === 'number') on('after-number');
  else if (next.norm === 'and' || next.text === '&') on('after-and');
  else if (next.norm === 'is' && /^(?:a|an|the)$/.test(beyond?.norm ?? '')) on('after-is-a');
  else if (SAY.has(next.norm)) on('after-say');
  else if (SPEECH.has(next.norm)) on('after-speech');
  else if ((next.word.hints & WORKS) !== 0) on('after-work');
  else if (next.kind === 'word' && next.shape === 'lower') on('after-noun');
  for (let k = run.next, seen = 0; k < tokens.length && seen < 10; k++, seen++) {
    if ((tokens[k]!.word.hints & PRONOUN) !== 0) on('near-pronoun');
    if ((isStop(tokens[k]!.text) || tokens[k]!.kind === 'line') && seen > 0) break;
  }
  const listed = (token: Token | undefined): boolean => token?.text === ',' || token?.norm === 'and';
  if (listed(tokens[run.first - 1]) && listed(next)) on('list-of-names');
}
