/**
 * The extractive answer: the sentences of the passages found that say what the question asks, quoted exactly, and
 * how sure it is that they do. It serves the `offline` model provider, which has no language model: it can quote
 * and it can say that it does not know; it cannot reason.
 */
import { analyze } from './analyze.ts';
import { inverseDocumentFrequency } from './score.ts';
import { type Span, sentences } from './sentences.ts';

export interface Passage {
  readonly documentId: string;
  readonly title: string;
  /** The text quoted from. */
  readonly text: string;
  /** Score of the ranking; only the order and the ratio to the best one count. */
  readonly score: number;
}

export interface Quote extends Span {
  readonly documentId: string;
  readonly title: string;
  /** Exactly `passage.text.slice(start, end)`. */
  readonly quote: string;
}

export interface ExtractiveAnswer {
  /** One to three sentences, or empty when there is nothing to quote. */
  readonly text: string;
  readonly citations: readonly Quote[];
  /** 0 (nothing found speaks of it) to 1 (one sentence holds all that is asked). */
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
  readonly maxSentences?: number;
}

/** Below this the answer should be "I don't know" and a person asked. */
export const ANSWERABLE_FROM = 0.5;
const MAX_PASSAGES = 10;
const MAX_SENTENCE_CHARS = 600;
const MAX_SENTENCES = 3;

interface Scored {
  readonly passage: Passage;
  readonly rank: number;
  readonly span: Span;
  readonly terms: ReadonlySet<string>;
  readonly score: number;
}

/** Chooses the sentences and says how far they cover the question. Passages best first. */
export function extractAnswer(
  question: string,
  passages: readonly Passage[],
  options: AnswerOptions = {},
): ExtractiveAnswer {
  const weights = termWeights(question, options.frequencies);
  const total = sum(weights.values());
  const candidates = passages
    .slice(0, MAX_PASSAGES)
    .flatMap((passage, rank) => score(passage, rank, weights));
  if (total === 0 || candidates.length === 0) return { text: '', citations: [], answerability: 0 };
  const chosen = choose(candidates, weights, total, options.maxSentences ?? MAX_SENTENCES);
  if (chosen.length === 0) return { text: '', citations: [], answerability: 0 };
  const citations = chosen.map(({ passage, span }) => ({
    documentId: passage.documentId,
    title: passage.title,
    quote: passage.text.slice(span.start, span.end),
    start: span.start,
    end: span.end,
  }));
  return {
    text: citations.map(each => readable(each.quote)).join(' '),
    citations,
    answerability: answerability(chosen, passages, weights, total),
  };
}

function termWeights(question: string, frequencies: TermFrequencies | undefined): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { text, primary } of analyze(question)) {
    if (!primary) continue;
    const idf = frequencies
      ? inverseDocumentFrequency(frequencies.documentFrequency(text), Math.max(1, frequencies.count))
      : 1;
    weights.set(text, idf);
  }
  return weights;
}

/** Sentences of a passage by the share of the question they hold; the title helps a little. */
function score(passage: Passage, rank: number, weights: ReadonlyMap<string, number>): Scored[] {
  const title = new Set(analyze(passage.title).map(term => term.text));
  return sentences(passage.text)
    .filter(span => !/^\s*(?:#{1,6}\s|\|?\s*:?-{2,})/.test(passage.text.slice(span.start, span.end)))
    .map(span => ({ start: span.start, end: Math.min(span.end, span.start + MAX_SENTENCE_CHARS) }))
    .map((span, i) => {
      const terms = new Set(analyze(passage.text.slice(span.start, span.end)).map(term => term.text));
      let hit = 0;
      for (const [term, weight] of weights) {
        if (terms.has(term)) hit += weight;
        else if (title.has(term)) hit += weight * 0.3;
      }
      const brevity = Math.min(1, terms.size / 4);
      return { passage, rank, span, terms, score: (hit * brevity) / (1 + 0.1 * rank + 0.01 * i) };
    });
}

/** Greedy: the best sentence, then those that bring terms not said yet (maximal marginal relevance). */
function choose(
  candidates: readonly Scored[],
  weights: ReadonlyMap<string, number>,
  total: number,
  limit: number,
): Scored[] {
  const best = candidates.reduce((a, b) => (b.score > a.score ? b : a));
  if (best.score <= 0) return [];
  const chosen = [best];
  const said = new Set([...weights.keys()].filter(term => best.terms.has(term)));
  while (chosen.length < limit) {
    let next: Scored | undefined;
    let gained = total * 0.15;
    for (const each of candidates) {
      if (chosen.includes(each) || each.score < best.score * 0.3) continue;
      const gain = sum(
        [...weights].filter(([term]) => each.terms.has(term) && !said.has(term)).map(([, w]) => w),
      );
      if (gain > gained) [next, gained] = [each, gain];
    }
    if (!next) break;
    chosen.push(next);
    for (const term of weights.keys()) if (next.terms.has(term)) said.add(term);
  }
  return chosen.sort((a, b) => a.rank - b.rank || a.span.start - b.span.start);
}

/**
 * The share of the question's weight that the chosen sentences hold, with what their passages hold counting half:
 * a sentence may say "it" of what the sentence before names.
 */
function answerability(
  chosen: readonly Scored[],
  passages: readonly Passage[],
  weights: ReadonlyMap<string, number>,
  total: number,
): number {
  const around = new Set<string>();
  for (const passage of passages.slice(0, MAX_PASSAGES)) {
    if (!chosen.some(each => each.passage === passage)) continue;
    for (const term of analyze(`${passage.title}\n${passage.text}`)) around.add(term.text);
  }
  let covered = 0;
  for (const [term, weight] of weights) {
    if (chosen.some(each => each.terms.has(term))) covered += weight;
    else if (around.has(term)) covered += weight * 0.5;
  }
  return Math.min(1, covered / total);
}

/** A list item or row as running text. */
function readable(quote: string): string {
  return quote
    .replace(/^\s*(?:[-*+•]|\d{1,3}[.)])\s+/, '')
    .replace(/\s*\|\s*/g, ' ')
    .replace(/\*\*|__/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
