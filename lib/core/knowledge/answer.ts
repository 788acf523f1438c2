/**
 * The extractive answer: the sentence, row or list of the passages found that says what the question asks, quoted
 * exactly, and how sure it is that it does. It serves the `offline` model provider, which has no language model:
 * it can quote and it can say that it does not know; it cannot reason.
 *
 * A question is weighed by its words (rarer ones more), by neighbouring words, and by the kind of fact it asks for.
 * One unit answers a question; a second is added only for words that the first leaves out, from the same passage
 * or one ranked nearly as well. Several questions in one message are answered one by one.
 */

import { analyze } from './analyze.ts';
import { asks, coverage, heldBy, type Scored, type Source, scoreUnit, type Weighed } from './answer-score.ts';
import { spanOf } from './cite.ts';
import { type Question, type QuestionLanguage, questionsIn, readQuestion } from './question.ts';
import { inverseDocumentFrequency } from './score.ts';
import type { Span } from './sentences.ts';
import { sayRow } from './tables.ts';
import { sayText, termsOf, type Unit, unitsOf } from './units.ts';
import { looksVietnamese } from './vietnamese.ts';

export interface Passage {
  readonly documentId: string;
  readonly title: string;
  /** The text quoted from. */
  readonly text: string;
  /** Score of the ranking; only the order and the ratio to the best one count. */
  readonly score: number;
  /** The header row of a table that the text goes on with; see `Chunk.context`. */
  readonly context?: string;
  /** The headings above the text, outermost first; see `Chunk.headings`. */
  readonly headings?: readonly string[];
  /** Where the text stands in its document, characters. */
  readonly start?: number;
  readonly end?: number;
}

export interface Quote extends Span {
  readonly documentId: string;
  readonly title: string;
  /** Exactly `passage.text.slice(start, end)`. */
  readonly quote: string;
  /** Where it stands in the document, as far as that is known. */
  readonly span: Partial<Span>;
}

export interface ExtractiveAnswer {
  /** What is quoted, as it is said: one or two sentences, a row in words, a list; empty when there is nothing. */
  readonly text: string;
  readonly citations: readonly Quote[];
  /** 0 (nothing found speaks of it) to 1 (what is quoted holds all that is asked). */
  readonly answerability: number;
}

export interface TermFrequencies {
  /** Number of chunks searched. */
  readonly count: number;
  /** Number of chunks that hold the term. */
  documentFrequency(term: string): number;
}

export interface AnswerOptions {
  /** Corpus statistics for idf; without them every term weighs the same. */
  readonly frequencies?: TermFrequencies;
  /** Units quoted for one question. */
  readonly maxSentences?: number;
  /** Of the question; else read from its letters, which tell nothing of Vietnamese without diacritics. */
  readonly language?: QuestionLanguage;
}

/** Below this the answer should be "I don't know" and a person asked. */
export const ANSWERABLE_FROM = 0.5;
const MAX_PASSAGES = 10;
const MAX_SENTENCES = 2;
/**
 * A second unit: what share of the question the first holds, what share the second adds of what is hardly said so
 * far, its score and (from another passage) its ranking beside those of the first, and the share that is enough.
 */
const SECOND = { first: 0.5, gain: 0.2, unsaid: 0.5, score: 0.55, passage: 0.85, enough: 0.8 };

const NOTHING: ExtractiveAnswer = { text: '', citations: [], answerability: 0 };

/** Chooses what to quote and says how far it covers the question. Passages best first. */
export function extractAnswer(
  question: string,
  passages: readonly Passage[],
  options: AnswerOptions = {},
): ExtractiveAnswer {
  const sources = sourcesOf(passages.slice(0, MAX_PASSAGES));
  const chosen: { question: Weighed; units: Scored[] }[] = [];
  let covered = 0;
  let total = 0;
  for (const { text, before } of questionsIn(question)) {
    const read = readQuestion(text, options.language, before);
    const weighed = weigh(read, sources, options.frequencies);
    if (weighed.total === 0) continue;
    const units = choose(weighed, sources, options.maxSentences ?? MAX_SENTENCES);
    const share = coverage(weighed, units);
    total += weighed.total;
    covered += share * weighed.total;
    if (units.length > 0) chosen.push({ question: weighed, units });
  }
  const quoted = compose(chosen);
  if (quoted.length === 0) return NOTHING;
  const texts = quoted.map(say);
  return {
    text: texts.join(texts.some(text => text.includes('\n')) ? '\n\n' : ' '),
    citations: quoted.map(quoteOf),
    answerability: Math.min(1, covered / total),
  };
}

function sourcesOf(passages: readonly Passage[]): Source[] {
  const best = Math.max(...passages.map(each => each.score), 0);
  return passages.map(passage => {
    const titleTerms = termsOf(passage.title, looksVietnamese(passage.title));
    const terms = new Set(titleTerms.all);
    for (const term of analyze(passage.text)) terms.add(term.text);
    const { documentId, title, text, start, end } = passage;
    return {
      documentId,
      title,
      text,
      place: start === undefined || end === undefined ? {} : { start, end },
      standing: best > 0 ? Math.max(0, passage.score) / best : 1,
      terms,
      titleTerms,
      vietnamese: looksVietnamese(passage.text),
      units: unitsOf(passage.text, passage.context, passage.headings?.at(-1)),
    };
  });
}

/** The terms of a question with their weights: rarity, or 1 where nothing is known of the corpus. */
function weigh(
  question: Question,
  sources: readonly Source[],
  frequencies: TermFrequencies | undefined,
): Weighed {
  const weights = question.terms.flatMap(term => {
    const frequency =
      frequencies?.documentFrequency(term.text) ?? sources.filter(each => each.terms.has(term.text)).length;
    if (term.doubtful && frequency === 0) return [];
    const rarity = frequencies ? inverseDocumentFrequency(frequency, Math.max(1, frequencies.count)) : 1;
    return [{ term, weight: rarity * term.share }];
  });
  return { ...question, weights, total: weights.reduce((sum, each) => sum + each.weight, 0) };
}

/** The best unit, and one more when it adds what the first leaves out. */
function choose(question: Weighed, sources: readonly Source[], limit: number): Scored[] {
  const candidates = sources.flatMap(source =>
    source.units.flatMap(unit => scoreUnit(question, source, unit)),
  );
  if (candidates.length === 0) return [];
  const best = candidates.reduce((a, b) => (b.score > a.score ? b : a));
  const chosen = [best];
  const alone = coverage(question, chosen, 0);
  const joins = (first: Scored, next: Scored) =>
    alone >= SECOND.first && next.source.standing >= first.source.standing * SECOND.passage;
  while (chosen.length < limit && coverage(question, chosen) < SECOND.enough) {
    const said = heldBy(chosen);
    let next: Scored | undefined;
    let gained = question.total * SECOND.gain;
    for (const each of candidates) {
      if (chosen.some(other => other.source === each.source && overlaps(other.unit, each.unit))) continue;
      if (each.unit.kind === 'list' || !each.fits || each.score < best.score * SECOND.score) continue;
      if (each.source !== best.source && !joins(best, each)) continue;
      const gain = question.weights.reduce(
        (sum, { term, weight }, i) =>
          sum + (!term.before && each.held[i] === 1 && said[i]! < SECOND.unsaid ? weight : 0),
        0,
      );
      if (gain > gained) [next, gained] = [each, gain];
    }
    if (!next) break;
    chosen.push(next);
  }
  return chosen;
}

const overlaps = (a: Span, b: Span) => a.start < b.end && b.start < a.end;

interface Said extends Span {
  readonly question: Weighed;
  readonly source: Source;
  readonly unit: Unit;
}

/**
 * What is quoted, in order: question by question, the best passage first, within a passage as it is written.
 * A sentence that another one already brings along is not repeated.
 */
function compose(chosen: readonly { question: Weighed; units: readonly Scored[] }[]): Said[] {
  const quoted: Said[] = [];
  for (const { question, units } of chosen) {
    const place = (each: Scored) => units.findIndex(other => other.source === each.source);
    const sorted = units.toSorted((a, b) => place(a) - place(b) || a.unit.start - b.unit.start);
    for (const { source, unit } of sorted) {
      const next = { question, source, unit, start: unit.needsFrom ?? unit.start, end: unit.end };
      const at = quoted.findIndex(each => each.source === source && overlaps(each, next));
      if (at < 0) quoted.push(next);
      else if (next.start <= quoted[at]!.start && quoted[at]!.end <= next.end) quoted[at] = next;
      else if (quoted[at]!.end < next.end) quoted.push({ ...next, start: unit.start });
    }
  }
  return quoted;
}

function quoteOf({ source, start, end }: Said): Quote {
  const { documentId, title, text, place } = source;
  const span = spanOf({ text, ...place }, { start, end });
  return { documentId, title, quote: text.slice(start, end), start, end, span };
}

function say({ question, source, unit, start, end }: Said): string {
  const quote = source.text.slice(start, end);
  if (unit.row) {
    const asked = (part: string) => analyze(part).some(term => asks(question, term.text));
    return ended(sayText(sayRow(unit.row, asked)));
  }
  return unit.kind === 'list' ? sayText(quote, 'list') : ended(sayText(quote));
}

/** A row or an item of a list has no full stop of its own. */
const ended = (text: string) =>
  /[.!?…:。！？]["'”’)\]]?$/.test(text) ? text : `${text.replace(/[,;]$/, '')}.`;
