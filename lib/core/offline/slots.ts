/**
 * Arguments found in a sentence. Every pattern is built from fixed pieces with bounded repetition: a tenant gives
 * shapes and words, never regular expressions, so no hint can make matching slow.
 */
import type { SlotHint } from './declaration.ts';
import { visible } from './text.ts';

const EMAIL = /[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}/gi;
/** An address with the words that announce it, so that they do not become part of another value. */
const EMAIL_WITH_LABEL =
  /(?:(?:(?<!\p{L})(?:and|và)\s)?(?:(?<!\p{L})(?:my|the|with)\s)?(?<!\p{L})e-?mail(?:\saddress)?(?:\s(?:is|của tôi là|của tôi|là))?\s?:?\s?)?[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}/giu;
const MONEY =
  /[$€]\s?(\d{1,6}(?:[.,]\d{1,2})?)(?![\d.,]*\d)|(?<![\d.,])(\d{1,6}(?:[.,]\d{1,2})?)\s?(?:usd|dollars?|đô|đô la|\$)(?!\p{L})/iu;
const MAX_TEXT = 200;
const MAX_ADDRESS = 300;
/** Values of one identifier that are taken from a message. */
const MAX_VALUES = 4;
/** Places of one marker that are looked at. */
const MAX_PLACES = 4;
/** What follows an address in the same line. */
const AFTER_ADDRESS =
  /(?:[\s.,;]+(?:and\s+|và\s+)?(?:my\s+|the\s+)?(?:e-?mail|mail|order|thanks|thank you|please|instead|asap|cảm ơn|cám ơn|giúp|nhé|ạ|vui lòng|đơn hàng|mã đơn)(?!\p{L}).*|[\n;?].*)$/isu;

/** Each UTF-16 unit without case and diacritics, in its place; what has no such form becomes a space. */
function foldInPlace(text: string): string {
  let folded = '';
  for (let i = 0; i < text.length; i += 1) {
    const unit = text[i] ?? ' ';
    const plain = unit.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase();
    folded += plain.length === 1 ? plain : ' ';
  }
  return folded;
}

const escaped = (literal: string) => literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** E-mail addresses, the first mentioned first. */
export function findEmails(text: string): readonly string[] {
  return [...new Set((text.match(EMAIL) ?? []).map(found => found.replace(/[.-]+$/, '').toLowerCase()))];
}

interface ShapeParts {
  readonly pattern: string;
  /** Length of the run of digits that ends the shape; 0 when it does not end so. */
  readonly digits: number;
}

function shapeParts(shape: string): ShapeParts {
  let pattern = '';
  for (const [piece] of shape.matchAll(/#+|@+|[\p{L}\p{N}]+|[^\p{L}\p{N}#@]+/gu)) {
    if (piece[0] === '#') pattern += `(\\d{${piece.length}})`;
    else if (piece[0] === '@') pattern += `(\\p{L}{${piece.length}})`;
    else if (/[\p{L}\p{N}]/u.test(piece)) pattern += escaped(piece);
    else pattern += '[\\s\\-–—_:#./]{0,3}';
  }
  return { pattern, digits: /#+$/.exec(shape)?.[0].length ?? 0 };
}

function fillShape(shape: string, runs: readonly string[]): string {
  let next = 0;
  return shape.replace(/#+|@+/g, () => (runs[next++] ?? '').toUpperCase());
}

/** Values of a shape in stored form. `asked`: the message answers the question for it, so its digits suffice. */
export function findShapes(text: string, hint: SlotHint, asked: boolean): readonly string[] {
  const shape = hint.shape ?? '';
  const plain = text.normalize('NFKC');
  const { pattern, digits } = shapeParts(shape);
  if (pattern === '') return [];
  const values: string[] = [];
  for (const match of plain.matchAll(new RegExp(`(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`, 'giu'))) {
    values.push(fillShape(shape, match.slice(1)));
  }
  const onlyDigits = (shape.match(/#+|@+/g) ?? []).length === 1 && digits > 0;
  if (values.length === 0 && onlyDigits) {
    const markers = (hint.markers ?? '').split('|').map(marker => escaped(foldInPlace(marker.trim())));
    const behind = `(?:#\\s?|(?<![\\p{L}\\p{N}])(?:${markers.join('|')})(?:\\s(?:number|no|id|is|la|so))?[\\s:#.]{1,3})`;
    const folded = foldInPlace(plain);
    const found = new RegExp(`${behind}(\\d{${digits}})(?!\\d)`, 'u').exec(folded)?.[1];
    const alone =
      asked || /^\s*#?\d+\s*$/.test(plain)
        ? new RegExp(`(?<![\\p{L}\\p{N}])(\\d{${digits}})(?!\\d)`, 'u').exec(folded)?.[1]
        : undefined;
    const run = found ?? alone;
    if (run !== undefined) values.push(fillShape(shape, [run]));
  }
  return [...new Set(values)].slice(0, MAX_VALUES);
}

/** "12.50" from "$12.50", "12,5 đô" or "12 dollars". */
export function findMoney(text: string): string | undefined {
  const match = MONEY.exec(text);
  return (match?.[1] ?? match?.[2])?.replace(',', '.');
}

/** Small words between the marker and the address, with the commas of values that stood there, and the old address of "from ... to ...". */
function withoutLead(text: string): string {
  const moved = /^(?:from|từ)\s.{5,200}?\s(?:to|sang|thành|đến|tới)\s(.{10,300})$/iu.exec(text)?.[1] ?? text;
  return moved.replace(
    /^(?:(?:of|for|my|the|order|on|is|to|now|be|của|cho|đơn|hàng|sang|đến|tới|là|mới|thành(?! phố))[\s,;:]+){1,6}/iu,
    '',
  );
}

function looksLikeAddress(text: string): boolean {
  return (
    text.length >= 10 &&
    text.length <= MAX_ADDRESS &&
    /\d/.test(text) &&
    (text.match(/\p{L}{2,}/gu)?.length ?? 0) >= 2 &&
    !text.includes('?')
  );
}

/** Positions behind each marker, markers in their order. */
function* markerEnds(folded: string, markers: string): Generator<{ start: number; end: number }> {
  for (const marker of markers.split('|')) {
    const words = escaped(foldInPlace(marker.trim()));
    if (words === '') continue;
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${words}(?![\\p{L}\\p{N}])[\\s:,=>-]{0,5}`, 'gu');
    let left = MAX_PLACES;
    for (const match of folded.matchAll(pattern)) {
      yield { start: match.index, end: match.index + match[0].length };
      left -= 1;
      if (left === 0) break;
    }
  }
}

/** `text` without e-mail addresses and identifiers, as `withoutValues` gives it. */
export function findAddress(text: string, hint: SlotHint, asked: boolean): string | undefined {
  const clean = (part: string) =>
    visible(part.slice(0, MAX_ADDRESS * 2).replace(AFTER_ADDRESS, ''), MAX_ADDRESS)
      .replace(/\s+/g, ' ')
      .replace(/^[\s"'“”:,.-]+|[\s"'“”,.!-]+$/g, '');
  for (const { end } of markerEnds(foldInPlace(text), hint.markers ?? '')) {
    const address = withoutLead(clean(text.slice(end)));
    if (looksLikeAddress(address)) return address;
  }
  const whole = clean(text);
  return asked && looksLikeAddress(whole) ? whole : undefined;
}

export function findText(text: string, hint: SlotHint, asked: boolean): string | undefined {
  const clean = (part: string) =>
    visible(part, MAX_TEXT)
      .replace(/\s+/g, ' ')
      .replace(/^[\s,.;:]+|[\s,;:]+$/g, '');
  const folded = foldInPlace(text);
  let first: number | undefined;
  for (const { start } of markerEnds(folded, hint.markers ?? '')) {
    if (first === undefined || start < first) first = start;
  }
  const found = clean(first === undefined ? (asked ? text : '') : text.slice(asked ? 0 : first));
  return (found.match(/\p{L}/gu)?.length ?? 0) >= 3 ? found : undefined;
}

/** The text without e-mail addresses and values of these shapes. */
export function withoutValues(text: string, shapes: readonly SlotHint[]): string {
  let rest = text.replace(/[ \t]+/g, ' ').replace(EMAIL_WITH_LABEL, ' ');
  for (const { shape } of shapes) {
    const { pattern } = shapeParts(shape ?? '');
    if (pattern !== '') {
      rest = rest.replace(new RegExp(`(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`, 'giu'), ' ');
    }
  }
  return rest.replace(/[ \t]+/g, ' ').trim();
}
