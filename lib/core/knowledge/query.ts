/** A question as weighted terms. */
import { analyze } from './analyze.ts';
import type { QueryTerm } from './score.ts';

/** Distinct terms of one query; the rest is dropped. */
export const MAX_QUERY_TERMS = 256;
/** Additional forms (compounds, spellings with diacritics, bigrams) repeat what a primary term already says. */
const ADDITIONAL_FORM_WEIGHT = 0.5;

/** The distinct terms of a query with their weights, in order of first occurrence. */
export function queryTerms(text: string): QueryTerm[] {
  const weights = new Map<string, number>();
  for (const term of analyze(text)) {
    if (!weights.has(term.text) && weights.size >= MAX_QUERY_TERMS) continue;
    weights.set(term.text, (weights.get(term.text) ?? 0) + (term.primary ? 1 : ADDITIONAL_FORM_WEIGHT));
  }
  return Array.from(weights, ([text, weight]) => ({ text, weight }));
}
