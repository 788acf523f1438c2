/** Organisations by form: a legal form at the end, "X, Y and Z" of family names, "X and Sons", universities. */
import type { Token } from './tokens.ts';
import { ORG_WORD } from './vocabulary.ts';

type EmitEntity = (entity: string, start: number, end: number, score: number, source: string) => void;

const SURE_SUFFIX = new Set(
  'inc incorporated llc llp ltd limited corp corporation plc gmbh ohg sarl srl nv pty oyj aps tnhh jsc'.split(
    ' ',
  ),
);
const HEADS = new Set([
  'university',
  'bank',
  'ministry',
  'department',
  'institute',
  'college',
  'school',
  'association',
  'society',
]);
const MAX_WORDS = 6;

function isCapital(token: Token | undefined): boolean {
  return token?.kind === 'word' && token.shape !== 'lower' && token.shape !== 'none';
}

function isFamilyName(token: Token | undefined): boolean {
  if (token?.kind !== 'word') return false;
  const info = token.word;
  return info.last || (info.name > 1 && !info.common);
}

export function organizations(tokens: readonly Token[], from: number, emit: EmitEntity): void {
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind !== 'word' || token.start < from) continue;
    if (token.word.legalForm) bySuffix(tokens, i, from, emit);
    else if (token.norm === 'and') partners(tokens, i, from, emit);
    else if (
      HEADS.has(token.norm) &&
      isCapital(token) &&
      tokens[i + 1]?.norm === 'of' &&
      isCapital(tokens[i + 2])
    ) {
      let end = i + 3;
      while (end - i < MAX_WORDS && isCapital(tokens[end])) end++;
      emit('ORGANIZATION', token.start, tokens[end - 1]!.end, 0.66, 'grammar:institution');
    }
  }
}

/** Words before a legal form: capitalised ones, or up to three of any case when the text is in lower case. */
function bySuffix(tokens: readonly Token[], i: number, from: number, emit: EmitEntity): void {
  const suffix = tokens[i]!;
  const sure = SURE_SUFFIX.has(suffix.norm);
  if (!sure && suffix.shape === 'lower') return;
  const lower = suffix.shape === 'lower';
  let start = i;
  if (tokens[start - 1]?.text === ',') start--;
  const anchor = start;
  while (start > 0 && i - start < MAX_WORDS) {
    const before = tokens[start - 1]!;
    if (before.start < from) break;
    const named =
      before.kind === 'word' &&
      (isCapital(before) || (lower && !before.word.neverName && anchor - start < 3));
    const joined =
      (before.text === '&' || before.norm === 'and' || before.kind === 'number' || before.text === '-') &&
      start < anchor;
    if (
      before.kind === 'number' &&
      start < anchor &&
      tokens[start - 2]?.kind === 'word' &&
      isCapital(tokens[start - 2])
    )
      break;
    if (!(named && !(before.word.neverName && start === anchor)) && !joined) break;
    start--;
  }
  while (
    start < anchor &&
    (tokens[start]!.text === '&' || tokens[start]!.norm === 'and' || tokens[start]!.word.neverName)
  )
    start++;
  if (start >= anchor) return;
  const dot = tokens[i + 1];
  const end =
    dot?.text === '.' && dot.start === suffix.end && tokens[i + 2] !== undefined ? dot.end : suffix.end;
  emit('ORGANIZATION', tokens[start]!.start, end, sure ? 0.92 : 0.75, 'grammar:legal-form');
}

/** "Hill, Moss and Green" and "Miller and Sons": single family names, three of them or with kin. */
function partners(tokens: readonly Token[], i: number, from: number, emit: EmitEntity): void {
  const last = tokens[i + 1];
  const second = tokens[i - 1];
  if (!last || !second || second.start < from) return;
  if (
    /^(?:sons|daughters|brothers|associates|partners|company|co)$/.test(last.norm) &&
    isCapital(last) &&
    isCapital(second)
  ) {
    emit('ORGANIZATION', second.start, last.end, 0.9, 'grammar:partners');
    return;
  }
  const first = tokens[i - 3];
  if (tokens[i - 2]?.text !== ',' || !first || first.start < from) return;
  if (tokens[i - 4]?.text === ',' || tokens[i - 4]?.text === ':') return;
  if ([first, second, last].filter(isFamilyName).length < 2) return;
  const sameCase = first.shape === second.shape && second.shape === last.shape;
  if (!sameCase || isCapital(tokens[i + 2]) || isCapital(tokens[i - 4])) return;
  const firsts = [first, second, last].filter(token => token.word.first && !token.word.last).length;
  if (firsts < 2 && !ORG_WORD.has(last.norm))
    emit('ORGANIZATION', first.start, last.end, 0.9, 'grammar:partners');
}
