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
import { caseless, findRuns, type Run } from './runs.ts';
import type { Token } from './tokens.ts';
import { vietnameseNames } from './vietnamese.ts';

/** Every address that `MILITARY` knows holds one of these. */
const MILITARY_HINT = /[adf]po/i;
/** A run counts when it is less likely than this to be nothing. */
const MAX_NONE = 0.5;

/** Candidates that start at `from` or later; what lies before is context. */
export function findNames(text: string, tokens: readonly Token[], from: number): Detection[] {
  const found: Detection[] = [];
  const emit = (entity: string, start: number, end: number, score: number, source: string): void => {
    found.push({ entity, start, end, score, source });
  };
  const mode = caseless(tokens);
  new AddressFinder(text, tokens, mode === 'lower').scan(from, (start, end, score) =>
    emit('STREET_ADDRESS', start, end, score, 'grammar:address'),
  );
  if (MILITARY_HINT.test(text))
    MILITARY.scan(text, from, (start, end, score) =>
      emit('STREET_ADDRESS', start, end, score, MILITARY.source),
    );
  scanLists(tokens, from, emit);
  organizations(tokens, from, emit);
  vietnameseNames(tokens, from, emit);
  for (const run of findRuns(tokens, from)) {
    const { entity, score, none } = classify(tokens, run);
    if (none > MAX_NONE) continue;
    emit(entity, tokens[run.first]!.start, runEnd(tokens, run), 0.4 + 0.4 * score, 'model:names');
  }
  return found;
}

function runEnd(tokens: readonly Token[], run: Run): number {
  return tokens[run.next - 1]!.end;
}
