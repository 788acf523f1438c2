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
  let phrase = '';
  let best = i;
  for (let k = i; k < tokens.length && k < i + MAX_PHRASE; k++) {
    const token = tokens[k]!;
    if (token.kind !== 'word') break;
    phrase = k === i ? token.norm : `${phrase} ${token.norm}`;
    const upperOnly = phrase.length < 4 && token.shape !== 'upper' && !token.text.includes('.');
    if ((COUNTRIES.has(phrase) || STATES.has(phrase)) && !upperOnly) {
      if (
        token.shape !== 'lower' ||
        !/^(?:turkey|chad|jordan|georgia|china|mali|guinea|oman|niger|us|virginia|washington|florida)$/.test(
          phrase,
        )
      )
        best = k + 1;
    }
  }
  return best;
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
    /^(?:as|is|was|am|i'm|become|became|be)$/.test(tokens[start - 2]?.norm ?? '')
  ) {
    emit('TITLE', tokens[start]!.start, head.end, 0.6, 'grammar:job');
  }
}
