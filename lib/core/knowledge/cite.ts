/**
 * Citations of an answer that a language model has written: for each of its sentences the sentence of the passages that
 * says most of it, with its place in the document. What no passage says is not cited.
 */
import { analyze } from './analyze.ts';
import { type Span, sentences } from './sentences.ts';

export interface Citable {
  readonly documentId: string;
  readonly title: string;
  readonly text: string;
  /** Where the text stands in its document, characters; what was taken out of it makes it shorter than that. */
  readonly start?: number;
  readonly end?: number;
}

export interface Cited {
  readonly documentId: string;
  readonly title: string;
  readonly quote: string;
  /** Characters of the document's text: of the quote, or of its passage where the passage was altered. */
  readonly start?: number;
  readonly end?: number;
}

const MOST = 5;
const LONGEST_QUOTE = 600;
/** Of the distinct terms of a sentence of the answer, the share that the quoted sentence must hold. */
const SUPPORTED_FROM = 0.5;
const MOST_SENTENCES = 40;
const LEAST_TERMS = 2;

/** Where a quote stands in the document. */
export function spanOf(
  { text, start, end }: Pick<Citable, 'text' | 'start' | 'end'>,
  quote: Span,
): Partial<Span> {
  if (start === undefined || end === undefined) return {};
  const whole = text.length === end - start;
  return whole ? { start: start + quote.start, end: start + quote.end } : { start, end };
}

export function citationsFor(answer: string, passages: readonly Citable[]): Cited[] {
  const candidates = passages.flatMap(passage =>
    sentences(passage.text).map(span => ({
      passage,
      span,
      terms: termsOf(passage.text.slice(span.start, span.end)),
    })),
  );
  const cited = new Map<string, Cited>();
  for (const { start, end } of sentences(answer).slice(0, MOST_SENTENCES)) {
    const said = termsOf(answer.slice(start, end));
    if (said.size < LEAST_TERMS) continue;
    let best: (typeof candidates)[number] | undefined;
    let most = said.size * SUPPORTED_FROM;
    for (const each of candidates) {
      let held = 0;
      for (const term of said) if (each.terms.has(term)) held++;
      if (held < most || (best && held === most)) continue;
      [best, most] = [each, held];
    }
    if (best)
      cited.set(`${best.passage.documentId} ${best.passage.start} ${best.span.start}`, citation(best));
    if (cited.size >= MOST) break;
  }
  return [...cited.values()];
}

function citation({ passage, span }: { readonly passage: Citable; readonly span: Span }): Cited {
  const { documentId, title, text } = passage;
  const part = { start: span.start, end: Math.min(span.end, span.start + LONGEST_QUOTE) };
  return { documentId, title, quote: text.slice(part.start, part.end), ...spanOf(passage, part) };
}

const termsOf = (text: string): ReadonlySet<string> =>
  new Set(analyze(text).flatMap(term => (term.primary ? [term.text] : [])));
