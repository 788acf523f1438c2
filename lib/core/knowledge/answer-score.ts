/**
 * How well a unit of a passage answers a question: the share of the question's weight that it holds, its pairs of
 * words, the fact it has, its form, and the standing of its passage. The factors were chosen by hand on the demo
 * shop's articles.
 */
import { analyze } from './analyze.ts';
import type { AskedTerm, Question } from './question.ts';
import type { Span } from './sentences.ts';
import { rangeHolds } from './tables.ts';
import type { Terms, Unit } from './units.ts';

/** How far a word counts that stands beside the unit: in the header of its table, its heading, its title. */
const NEAR = 0.7;
const HEADING = 0.55;
const TITLE = 0.45;
/** Elsewhere in its passage; for the answerability only. */
const AROUND = 0.5;
/** How far a fact of the kind asked for stands for the word that asks: an amount for "cost". */
const KIND = 0.8;
/** More, by the share of the question that the heading or title holds: then the text below is about it. */
const ABOUT = 0.35;
/** From this share of the question in its heading a sentence may answer without a word of the question. */
const ABOUT_FROM = 0.6;

export interface Source {
  readonly documentId: string;
  readonly title: string;
  readonly text: string;
  /** Where the text stands in its document. */
  readonly place: Partial<Span>;
  /** 0..1, beside the best passage. */
  readonly standing: number;
  readonly terms: ReadonlySet<string>;
  readonly titleTerms: Terms;
  readonly vietnamese: boolean;
  readonly units: readonly Unit[];
}

export interface Weighed extends Question {
  readonly weights: readonly { readonly term: AskedTerm; readonly weight: number }[];
  readonly total: number;
}

export interface Scored {
  readonly source: Source;
  readonly unit: Unit;
  /** How far the unit holds each term of the question, 0..1. */
  readonly held: readonly number[];
  /** It has the kind of fact that is asked for. */
  readonly fits: boolean;
  readonly score: number;
}

/** How well a unit answers; nothing when it has none of what is asked. */
export function scoreUnit(question: Weighed, source: Source, unit: Unit): Scored[] {
  const text = source.text.slice(unit.start, unit.end);
  const { kind } = question;
  const fits = kind === undefined || kind.holds.test(text);
  const ranged =
    unit.row !== undefined &&
    rangeHolds(unit.row, question.numbers, header => analyze(header).some(term => asks(question, term.text)));
  const about = shareIn(question, unit.headingTerms);
  const heading = HEADING + ABOUT * about;
  const title = TITLE + ABOUT * shareIn(question, source.titleTerms);
  const says =
    fits &&
    kind !== undefined &&
    Array.from(kind.words).some(word => unit.own.has(word) || (unit.row && unit.near.all.has(word)));
  let hits = says ? 1 : 0;
  const held = question.weights.map(({ term }) => {
    if (ranged && /^\d/.test(term.text)) {
      hits++;
      return ranged === 'named' ? 1 : 0.6;
    }
    const own = holds(unit.own, term, source.vietnamese);
    if (own > 0) hits++;
    if (own === 1) return 1;
    if (fits && kind?.words.has(term.text)) return says ? 0.95 : KIND;
    const beside = Math.max(
      unit.near.all.has(term.text) ? NEAR : 0,
      unit.headingTerms.all.has(term.text) ? heading : 0,
      source.titleTerms.all.has(term.text) ? title : 0,
    );
    return Math.max(own, beside);
  });
  if (hits === 0 && (about < ABOUT_FROM || unit.row)) return [];
  let sum = 0;
  for (const [i, { weight }] of question.weights.entries()) sum += weight * held[i]!;
  const paired = question.pairs.filter(pair =>
    [unit.pairs, unit.near.pairs, unit.headingTerms.pairs, source.titleTerms.pairs].some(pairs =>
      pairs.has(pair),
    ),
  ).length;
  const score =
    (sum / question.total) *
    (1 + (0.3 * paired) / Math.max(1, question.pairs.length)) *
    (0.6 + 0.4 * source.standing) *
    (fits ? 1 : 0.6) *
    (says ? 1.15 : 1) *
    (1 + 0.08 * shareIn(question, source.titleTerms)) *
    (unit.row ? 1 : 1 / (1 + 0.02 * Math.min(unit.order, 10))) *
    (question.vietnamese === source.vietnamese ? 1 : 0.5) *
    (ranged === 'named' ? 1.3 : 1) *
    form(question, unit);
  return [{ source, unit, held, fits, score }];
}

/** What a unit's form says for it: a list for "how do I", no list for "how long", no crumbs. */
function form(question: Question, unit: Unit): number {
  const brevity = Math.min(1, (unit.length + 2) / 5);
  if (unit.kind === 'list') return question.wantsList ? 1.15 : 0.6;
  if (unit.leadsIn) return question.wantsList ? 0.7 : 0.8;
  if (!unit.row) return brevity;
  const key = analyze(unit.row.cells[0] ?? '').filter(term => term.primary);
  const named = key.filter(term => asks(question, term.text)).length;
  return brevity * (0.9 + (0.1 * named) / Math.max(1, key.length));
}

/** The share of the question's weight that a heading holds. */
function shareIn({ weights, total }: Weighed, { all }: Terms): number {
  return weights.reduce((sum, { term, weight }) => sum + (all.has(term.text) ? weight : 0), 0) / total;
}

export const asks = (question: Question, term: string) => question.terms.some(each => each.text === term);

/** A word of another spelling is another word where diacritics are written. */
function holds(terms: ReadonlySet<string>, { text, exact }: AskedTerm, vietnamese: boolean): number {
  if (exact !== undefined && terms.has(exact)) return 1;
  if (!terms.has(text)) return 0;
  return exact !== undefined && vietnamese ? 0.4 : 1;
}

/** How far several units together hold each term. */
export function heldBy(chosen: readonly Scored[]): number[] {
  const held: number[] = [];
  for (const each of chosen)
    for (const [i, value] of each.held.entries()) held[i] = Math.max(held[i] ?? 0, value);
  return held;
}

/**
 * The share of the question's weight that the chosen units hold, with what else their passages hold counting half:
 * a sentence may say "it" of what stands further above.
 */
export function coverage(question: Weighed, chosen: readonly Scored[], around = AROUND): number {
  if (chosen.length === 0) return 0;
  const held = heldBy(chosen);
  let covered = 0;
  for (const [i, { term, weight }] of question.weights.entries()) {
    const nearby = chosen.some(each => each.source.terms.has(term.text)) ? around : 0;
    covered += weight * Math.max(held[i]!, nearby);
  }
  return Math.min(1, covered / question.total);
}
