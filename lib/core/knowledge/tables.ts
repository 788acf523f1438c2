/** Markdown tables row by row: the cells under their headings, a row said as words, a number within a row's range. */
import type { Block } from './blocks.ts';
import type { Span } from './sentences.ts';

export interface Row extends Span {
  readonly cells: readonly string[];
  /** What stands above each cell; fewer or none when the header is not known. */
  readonly header: readonly string[];
}

const RULE = /^[\s|:-]+$/;
/** Parts of one cell from which on it is an enumeration too long to say. */
const LONG_ENUMERATION = 8;
const MAX_CELL_CHARS = 300;

/** The cells of a line; a bar after a backslash is a character. */
export function cellsOf(line: string): string[] {
  return line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map(cell => cell.replaceAll('\\|', '|').trim());
}

const isTableRule = (line: string): boolean => RULE.test(line) && line.includes('--');

/**
 * The rows of a block. A table brings its header; rows that continue a table cut by chunking (a paragraph of
 * lines with bars) take `continued`, the header row kept with the chunk.
 */
export function tableRows(text: string, block: Block, continued = ''): Row[] {
  const lines: (Span & { text: string })[] = [];
  for (let start = block.start; start < block.end; ) {
    const newline = text.indexOf('\n', start);
    const stop = newline < 0 || newline > block.end ? block.end : newline;
    const line = text.slice(start, stop);
    const lead = line.length - line.trimStart().length;
    const body = line.trim();
    if (body !== '') lines.push({ start: start + lead, end: start + lead + body.length, text: body });
    start = stop + 1;
  }
  const own = lines[1] !== undefined && isTableRule(lines[1].text);
  const header = own ? cellsOf(lines[0]!.text) : continued === '' ? [] : cellsOf(continued);
  return lines
    .slice(own ? 2 : 0)
    .filter(line => !isTableRule(line.text))
    .map(({ start, end, text: row }) => ({ start, end, cells: cellsOf(row), header }));
}

/**
 * "Size: M; Chest: 94-100; Waist: 78-84". Of a long enumeration only the first part and those that `asked` says
 * are asked for remain.
 */
export function sayRow({ cells, header }: Row, asked: (part: string) => boolean): string {
  const said = cells.flatMap((cell, i) => {
    const value = shorten(cell, asked);
    const name = header[i] ?? '';
    if (value === '') return [];
    if (name === '') return [value];
    return [/[?:.!]$/.test(name) ? `${name} ${value}` : `${name}: ${value}`];
  });
  return said.join('; ');
}

function shorten(cell: string, asked: (part: string) => boolean): string {
  const parts = cell.split(/,\s+/);
  if (parts.length < LONG_ENUMERATION) return cell;
  const kept = parts.flatMap((part, i) => (i === 0 || asked(part) ? [i] : []));
  if (kept.length < 2) return cell.length <= MAX_CELL_CHARS ? cell : `${cell.slice(0, MAX_CELL_CHARS)}…`;
  let text = '';
  for (const [n, i] of kept.entries())
    text += `${n === 0 ? '' : i > kept[n - 1]! + 1 ? ', …, ' : ', '}${parts[i]}`;
  return kept.at(-1)! < parts.length - 1 ? `${text}, …` : text;
}

const NUMBER = String.raw`\d{1,12}(?:,\d{3}){0,3}(?:\.\d{1,6})?`;
const CURRENCY = String.raw`[$€£¥₫]?\s?`;
const RANGE = new RegExp(
  String.raw`${CURRENCY}(${NUMBER})\s?(?:[-–—]|to|đến)\s?${CURRENCY}(${NUMBER})(?!\d|[-–—]\d)`,
  'iu',
);
const AT_LEAST = new RegExp(
  String.raw`(${NUMBER})\s?\p{L}{0,12}\s?(?:\+|and (?:more|over|above)|or (?:more|over)|trở lên)`,
  'iu',
);

const numberOf = (text: string) => Number(text.replaceAll(',', ''));

/** The bounds that a cell gives, both included: "94-100", "$10 to $20", "500 and more". */
export function rangeOf(cell: string): readonly [number, number] | undefined {
  const range = RANGE.exec(cell);
  if (range) {
    const bounds = [numberOf(range[1]!), numberOf(range[2]!)] as const;
    return bounds[0] < bounds[1] ? bounds : undefined;
  }
  const atLeast = AT_LEAST.exec(cell);
  return atLeast ? [numberOf(atLeast[1]!), Number.POSITIVE_INFINITY] : undefined;
}

/** The numbers written in a text, without those inside other words ("KM-10234"). At most eight. */
export function numbersIn(text: string): number[] {
  return Array.from(text.matchAll(/(?<![\p{L}\d.,-])\d{1,12}(?:,\d{3}){0,3}(?:\.\d{1,6})?(?!\d)/gu), match =>
    numberOf(match[0]),
  ).slice(0, 8);
}

/**
 * Whether a number of the question lies in a range of the row. Where the question names a column, only that column
 * counts: of "chest of 98 cm" the waist is not asked.
 */
export function rangeHolds(
  row: Row,
  numbers: readonly number[],
  named: (header: string) => boolean,
): 'named' | 'unnamed' | undefined {
  if (numbers.length === 0) return undefined;
  const columns = row.cells.map((cell, i) => ({ range: rangeOf(cell), name: row.header[i] ?? '' }));
  const ranged = columns.filter(column => column.range);
  const asked = ranged.filter(column => named(column.name));
  const holds = (asked.length > 0 ? asked : ranged).some(({ range }) =>
    numbers.some(number => range![0] <= number && number <= range![1]),
  );
  if (!holds) return undefined;
  return asked.length > 0 ? 'named' : 'unnamed';
}
