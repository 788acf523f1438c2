/**
 * Persons, places, organisations, addresses, nationalities and titles: what no checksum can tell.
 * Lists and grammars first, then a small linear model over what stands in and around each capitalised run.
 */
import type { Detection } from '../recognizer.ts';
import { AddressFinder } from './address.ts';
import { scanLists } from './lists.ts';
import { MILITARY } from './military.ts';
import { classify } from './model.ts';
import { organizations } from './organizations.ts';
import { findRuns, isLowerCase, type Run } from './runs.ts';
import { isTrusted, settingOf } from './setting.ts';
import type { Token } from './tokens.ts';
import { lowerVietnameseNames, vietnameseAddresses, vietnameseNames } from './vietnamese.ts';
import {
  CAPITAL,
  CORNER,
  FORCES,
  INSTITUTION,
  LISTED,
  LOWER_NAME,
  MAYBE_NAME,
  VIETNAMESE_FAMILY,
  VIETNAMESE_LETTERS,
} from './words.ts';

/** A run counts when it is less likely than this to be nothing. */
const MAX_NONE = 0.5;

/** Candidates that start at `from` or later; what lies before is context. `marks` are those of all the words. */
export function findNames(
  text: string,
  tokens: readonly Token[],
  from: number,
  marks: number,
  numbered: boolean,
): Detection[] {
  const found: Detection[] = [];
  const emit = (entity: string, start: number, end: number, score: number, source: string): void => {
    found.push({ entity, start, end, score, source });
  };
  if (numbered || (marks & CORNER) !== 0) {
    new AddressFinder(text, tokens, isLowerCase(tokens)).scan(from, (start, end, score) =>
      emit('STREET_ADDRESS', start, end, score, 'grammar:address'),
    );
  }
  if ((marks & FORCES) !== 0)
    MILITARY.scan(text, from, (start, end, score) =>
      emit('STREET_ADDRESS', start, end, score, MILITARY.source),
    );
  if ((marks & LISTED) !== 0) scanLists(tokens, from, emit);
  if ((marks & INSTITUTION) !== 0) organizations(tokens, from, emit);
  if ((marks & VIETNAMESE_FAMILY) !== 0) vietnameseNames(tokens, from, emit);
  if ((marks & VIETNAMESE_LETTERS) !== 0) {
    lowerVietnameseNames(tokens, from, emit);
    if (numbered)
      vietnameseAddresses(text, from, (start, end, score) =>
        emit('STREET_ADDRESS', start, end, score, 'grammar:vietnamese-address'),
      );
  }
  if ((marks & (CAPITAL | LOWER_NAME | MAYBE_NAME)) === 0) return found;
  const runs = findRuns(tokens, from);
  if (runs.length === 0) return found;
  const setting = settingOf(tokens, marks);
  for (const run of runs) {
    if (!isTrusted(tokens, run, setting)) continue;
    const { entity, score, none } = classify(tokens, run);
    if (none > MAX_NONE) continue;
    emit(entity, tokens[run.first]!.start, runEnd(tokens, run), 0.4 + 0.4 * score, 'model:names');
  }
  return found;
}

function runEnd(tokens: readonly Token[], run: Run): number {
  return tokens[run.next - 1]!.end;
}
