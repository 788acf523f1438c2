/**
 * What an extractive answer may quote of a passage: a sentence, a row of a table, a list with what leads in to it.
 * Each is one span of the passage and brings the words that hold for it although they stand elsewhere: the
 * header of its table, its heading, the sentence before when it says "it".
 */
import { analyze } from './analyze.ts';
import { type Block, blocks } from './blocks.ts';
import { type Span, sentences } from './sentences.ts';
import { type Row, tableRows } from './tables.ts';
import { looksVietnamese } from './vietnamese.ts';

export type UnitKind = 'sentence' | 'row' | 'list';

export interface Unit extends Span {
  readonly kind: UnitKind;
  /** Terms of the span itself; of a list, those of its lead-in and its items. */
  readonly own: ReadonlySet<string>;
  /** Neighbouring terms of the span, "gift_card". */
  readonly pairs: ReadonlySet<string>;
  /** Of a row, the header of its table; of what says "it", the sentence before. */
  readonly near: Terms;
  /** How many units stand between its heading and it. */
  readonly order: number;
  readonly headingTerms: Terms;
  readonly row: Row | undefined;
  /** A sentence that only a list or table completes. */
  readonly leadsIn: boolean;
  /** Says "it": where the sentence begins that it needs. */
  readonly needsFrom: number | undefined;
  readonly length: number;
}

/** Quoted text is never longer. Characters. */
const MAX_UNIT_CHARS = 600;
const MAX_LIST_CHARS = 900;
const MAX_LIST_ITEMS = 10;
const MAX_WITH_BEFORE = 320;
const POINTS_BACK =
  /^(?:\*\*|["“(])?(?:it|its|they|their|them|this|these|those|that|then|both|he|she|otherwise|afterwards?|after that|if (?:it|they|not)|or|but|so|nó|chúng|điều này|việc này|sau đó|khi đó|trong trường hợp đó)(?!\p{L})/iu;
const EMPTY: ReadonlySet<string> = new Set();
const NO_TERMS: Terms = { all: EMPTY, pairs: EMPTY, count: 0 };

export interface Terms {
  readonly all: ReadonlySet<string>;
  readonly pairs: ReadonlySet<string>;
  readonly count: number;
}

export function termsOf(text: string, vietnamese: boolean): Terms {
  const all = new Set<string>();
  const pairs = new Set<string>();
  let count = 0;
  let previous: { text: string; position: number } | undefined;
  for (const { text: term, position, primary } of analyze(text, vietnamese)) {
    all.add(term);
    if (!primary) continue;
    count++;
    if (previous && position <= previous.position + 2) pairs.add(`${previous.text}_${term}`);
    previous = { text: term, position };
  }
  return { all, pairs, count };
}

/** `continued`: the header of the table that the passage goes on with. `above`: the heading it stands under. */
export function unitsOf(text: string, continued = '', above = ''): Unit[] {
  const vietnamese = looksVietnamese(text);
  const found: Unit[] = [];
  let under = 0;
  let headingTerms = above === '' ? NO_TERMS : termsOf(above, looksVietnamese(above));
  let lead: Unit | undefined;
  const terms = (span: Span) => termsOf(text.slice(span.start, span.end), vietnamese);
  const make = (
    kind: UnitKind,
    span: Span,
    { all, pairs, count }: Terms,
    more: Partial<Unit> = {},
  ): Unit => ({
    kind,
    start: span.start,
    end: span.end,
    own: all,
    pairs,
    near: NO_TERMS,
    order: found.length - under,
    headingTerms,
    row: undefined,
    leadsIn: false,
    needsFrom: undefined,
    length: count,
    ...more,
  });
  for (const [i, block] of blocks(text).entries()) {
    if (block.kind === 'heading') {
      under = found.length;
      headingTerms = termsOf(block.title, vietnamese);
      lead = undefined;
      continue;
    }
    if (block.kind === 'table' || (i === 0 && continued !== '' && isRows(text, block))) {
      for (const row of tableRows(text, block, continued)) {
        const header = termsOf(row.header.join(' | '), vietnamese);
        found.push(make('row', row, terms(row), { near: header, row }));
      }
    } else {
      const made = sentencesOf(text, block).map((span, n, all) => {
        const before = n > 0 && block.kind !== 'list' && pointsBack(text, span) ? all[n - 1] : undefined;
        const needed = before && span.end - before.start <= MAX_WITH_BEFORE ? before.start : undefined;
        return make('sentence', span, terms(span), {
          ...(before ? { near: terms(before) } : {}),
          leadsIn: block.kind === 'paragraph' && text[span.end - 1] === ':',
          needsFrom: needed,
        });
      });
      found.push(...made);
      if (block.kind === 'list') {
        const span = listSpan(text, block, lead);
        if (span) found.push(make('list', span, terms(span)));
      }
    }
    const last = found.at(-1);
    lead = block.kind === 'paragraph' && last?.leadsIn ? last : undefined;
  }
  return found;
}

const pointsBack = (text: string, span: Span) => POINTS_BACK.test(text.slice(span.start, span.start + 40));

function isRows(text: string, block: Block): boolean {
  return (
    block.kind === 'paragraph' &&
    text
      .slice(block.start, block.end)
      .split('\n')
      .every(line => line.includes('|'))
  );
}

function sentencesOf(text: string, block: Block): Span[] {
  return sentences(text, block).map(({ start, end }) => ({
    start,
    end: Math.min(end, start + MAX_UNIT_CHARS),
  }));
}

/** The list with the sentence that leads in to it, when it is short enough to be said. */
function listSpan(text: string, block: Block, lead: Unit | undefined): Span | undefined {
  const start = lead?.start ?? block.start;
  const body = text.slice(block.start, block.end);
  const items = body.match(/^\s*(?:[-*+•]|\d{1,3}[.)])\s/gm)?.length ?? 0;
  const fits = items > 1 && items <= MAX_LIST_ITEMS && block.end - start <= MAX_LIST_CHARS;
  return fits ? { start, end: block.end } : undefined;
}

/** Markdown as it is said: without marks, links by their words, each item of a list on its line. */
export function sayText(quote: string, kind: UnitKind = 'sentence'): string {
  const plain = quote
    .replace(/!?\[([^\][]{0,300})\]\([^()\s]{0,500}(?:\s"[^"]{0,200}")?\)/g, '$1')
    .replace(/(\*\*|__)(?=\S)([\s\S]{1,300}?)(?<=\S)\1/g, '$2')
    .replace(
      /(?<![\p{L}\p{N}*_\\])([*_])(?=[^\s*_])([^*_\n]{1,300}?)(?<=[^\s\\])\1(?![\p{L}\p{N}*_])/gu,
      '$2',
    )
    .replace(/`{1,3}([^`\n]{1,300})`{1,3}/g, '$1')
    .replace(/\*\*/g, '')
    .replace(/^\s*>\s?/gm, '')
    .replace(/\\([\\`*_{}[\]()#+.!|-])/g, '$1');
  if (kind === 'list') {
    return plain
      .split(/\n(?=\s*(?:[-*+•]|\d{1,3}[.)])\s)/)
      .map(line => line.replace(/\s+/g, ' ').trim())
      .filter(line => line !== '')
      .join('\n');
  }
  return plain
    .replace(/^\s*(?:[-*+•]|\d{1,3}[.)])\s+/, '')
    .replace(/\s*\|\s*/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
