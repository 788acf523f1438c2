/** A question as weighted terms. */
import { analyze } from './analyze.ts';
import type { QueryTerm } from './score.ts';

/** Distinct terms of one query; the rest is dropped. */
export const MAX_QUERY_TERMS = 256;
/** Additional forms (compounds, spellings with diacritics, bigrams) repeat what a primary term already says. */
const ADDITIONAL_FORM_WEIGHT = 0.5;

/** What a question goes on from says what it is about, and less of what is asked: "and to Canada?" is about Canada. */
const BEFORE_WEIGHT = 0.5;

/** The terms of a question and, at half their weight, those of what it goes on from. */
export function queryTermsWith(question: string, before: string): QueryTerm[] {
  const own = queryTerms(question);
  const held = new Set(own.map(term => term.text));
  const brought = queryTerms(before).filter(term => !held.has(term.text));
  const less = brought.map(({ text, weight }) => ({ text, weight: weight * BEFORE_WEIGHT }));
  return [...own, ...less].slice(0, MAX_QUERY_TERMS);
}

/** The distinct terms of a query with their weights, in order of first occurrence. */
export function queryTerms(text: string): QueryTerm[] {
  const weights = new Map<string, number>();
  for (const term of analyze(text)) {
    if (!weights.has(term.text) && weights.size >= MAX_QUERY_TERMS) continue;
    weights.set(term.text, (weights.get(term.text) ?? 0) + (term.primary ? 1 : ADDITIONAL_FORM_WEIGHT));
  }
  return Array.from(weights, ([text, weight]) => ({ text, weight }));
}
