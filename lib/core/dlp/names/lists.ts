/** What lists alone decide: titles, nationalities, countries, job titles. */
import type { Entity } from '../recognizer.ts';
import type { Token } from './tokens.ts';
import { COUNTRIES, STATES, TITLES } from './vocabulary.ts';

const ABBREVIATED_TITLES = new Set([
  'mr',
  'mrs',
  'ms',
  'dr',
  'prof',
  'mx',
  'rev',
  'sr',
  'sra',
  'srta',
  'mme',
  'mlle',
  'dott',
  'capt',
  'sgt',
  'lt',
  'col',
  'gen',
]);
const ALWAYS_TITLES = new Set(['mr', 'mrs', 'ms', 'dr', 'mme', 'mlle', 'herr', 'frau', 'señor', 'señora']);

const JOB_CUES = new Set([
  'as',
  'a',
  'an',
  'position',
  'job',
  'title',
  'role',
  'occupation',
  'profession',
  'become',
  'became',
  'our',
  'hired',
]);
const NOT_IN_JOB = new Set([
  'the',
  'his',
  'her',
  'my',
  'your',
  'their',
  'this',
  'that',
  'and',
  'or',
  'of',
  'to',
  'for',
  'with',
  'is',
  'was',
]);
/** Before the name of a nation these make it a language. */
const LANGUAGE_CUES = new Set([
  'speak',
  'speaks',
  'spoke',
  'speaking',
  'study',
  'studying',
  'studied',
  'learn',
  'learning',
  'translate',
  'into',
  'in',
]);
const MAX_PHRASE = 4;
/** What may follow the first word of a country or state, the longest first. */
const PLACE_PHRASES = new Map<string, string[][]>();
for (const phrase of [...COUNTRIES, ...STATES]) {
  const [first, ...rest] = phrase.split(' ');
  if (rest.length >= MAX_PHRASE) continue;
  PLACE_PHRASES.set(
    first!,
    [...(PLACE_PHRASES.get(first!) ?? []), rest].sort((a, b) => b.length - a.length),
  );
}
/** Countries and states that are words of English, or of other things, in lower case. */
const LOWER_WORDS = new Set(
  'turkey chad jordan georgia china mali guinea oman niger us virginia washington florida'.split(' '),
);

type EmitEntity = (entity: Entity, start: number, end: number, score: number, source: string) => void;

/** Emits titles, nationalities, countries and states, and jobs that a cue introduces. */
export function scanLists(tokens: readonly Token[], from: number, emit: EmitEntity): void {
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.start < from || token.kind !== 'word') continue;
    const { word } = token;
    if (word.title) scanTitle(tokens, i, emit);
    if (word.nation) {
      const language = LANGUAGE_CUES.has(tokens[i - 1]?.norm ?? '') && !COUNTRIES.has(token.norm);
      if (!language && !/^(?:polish|turkey|pole|dane|finn)$/.test(token.text))
        emit('NRP', token.start, token.end, 0.85, 'list:nations');
    }
    const end = word.countryStart ? phraseEnd(tokens, i) : i;
    if (end > i) emit('GPE', token.start, tokens[end - 1]!.end, 0.85, 'list:countries');
    if (word.job) scanJob(tokens, i, from, emit);
  }
}

function scanTitle(tokens: readonly Token[], i: number, emit: EmitEntity): void {
  const token = tokens[i]!;
  const next = tokens[i + 1];
  const dotted = next?.text === '.' && next.start === token.end && ABBREVIATED_TITLES.has(token.norm);
  const after = tokens[dotted ? i + 2 : i + 1];
  const named =
    after?.kind === 'word' && after.start <= (dotted ? next!.end : token.end) + 1 && after.shape !== 'lower';
  if (token.shape === 'lower' && !(ALWAYS_TITLES.has(token.norm) && (dotted || named))) return;
  if (!dotted && !(named && token.shape !== 'upper')) return;
  if (!ABBREVIATED_TITLES.has(token.norm) && !ALWAYS_TITLES.has(token.norm) && !named) return;
  if (dotted && !ALWAYS_TITLES.has(token.norm) && !named) return;
  emit('TITLE', token.start, dotted ? next!.end : token.end, 0.85, 'list:titles');
}

/** Index after the longest country or state that starts at token `i`, or `i`. */
function phraseEnd(tokens: readonly Token[], i: number): number {
  const first = tokens[i]!;
  for (const rest of PLACE_PHRASES.get(first.norm) ?? []) {
    const end = i + rest.length;
    if (end >= tokens.length || !follows(tokens, i, rest)) continue;
    const last = tokens[end]!;
    if (rest.length > 0) return end + 1;
    if (first.norm.length < 4 && last.shape !== 'upper' && !last.text.includes('.')) continue;
    if (last.shape !== 'lower' || !LOWER_WORDS.has(first.norm)) return end + 1;
  }
  return i;
}

function follows(tokens: readonly Token[], i: number, rest: readonly string[]): boolean {
  for (let k = 0; k < rest.length; k++) {
    const token = tokens[i + 1 + k]!;
    if (token.kind !== 'word' || token.norm !== rest[k]) return false;
  }
  return true;
}

/** The words before the head of a job title belong to it, as far as a cue or a line's start. */
function scanJob(tokens: readonly Token[], i: number, from: number, emit: EmitEntity): void {
  let start = i;
  while (start > 0 && i - start < 3) {
    const before = tokens[start - 1]!;
    if (
      before.kind !== 'word' ||
      before.start < from ||
      JOB_CUES.has(before.norm) ||
      NOT_IN_JOB.has(before.norm) ||
      TITLES.has(before.norm)
    )
      break;
    start--;
  }
  const cue = tokens[start - 1];
  const lineAlone =
    (cue === undefined || cue.kind === 'line') &&
    (tokens[i + 1] === undefined || tokens[i + 1]!.kind === 'line');
  const head = tokens[i]!;
  if (lineAlone && cue !== undefined) emit('TITLE', tokens[start]!.start, head.end, 0.86, 'grammar:job');
  else if (
    cue !== undefined &&
    JOB_CUES.has(cue.norm) &&
    /^(?:as|position|job|title|role|occupation|profession|become|became|hired)$/.test(cue.norm)
  ) {
    emit('TITLE', tokens[start]!.start, head.end, 0.86, 'grammar:job');
  } else if (
    (cue?.norm === 'a' || cue?.norm === 'an') &&
    /^(?:as|is|was|am|i'm|im|he's|she's|become|became|be)$/.test(tokens[start - 2]?.norm ?? '')
  ) {
    emit('TITLE', tokens[start]!.start, head.end, 0.6, 'grammar:job');
  }
}
