/** jq's functions on text: splitting, trimming, case, regular expressions. */
import { JqError } from './budget.ts';
import { formatText } from './formats.ts';
import { indicesOf, type Run } from './machine.ts';
import { shown } from './operators.ts';
import { matches } from './regex.ts';
import type { Plain } from './registry.ts';
import { isObject, type Json, toText, typeName } from './value.ts';

export const STRING_FUNCTIONS: Record<string, Plain> = {
  'tostring/0': (run, value) => (typeof value === 'string' ? value : toText(value, run.budget)),
  'tojson/0': (run, value) => toText(value, run.budget),
  'fromjson/0': (run, value) => {
    const source = text(value, 'fromjson input');
    run.budget.string(source.length);
    try {
      return JSON.parse(source) as Json;
    } catch (error) {
      throw new JqError(
        `${shown(value)} cannot be parsed as JSON: ${error instanceof Error ? error.message : ''}`,
      );
    }
  },
  'tonumber/0': (_run, value) => {
    if (typeof value === 'number') return value;
    if (typeof value !== 'string') throw new JqError(`${shown(value)} cannot be parsed as a number`);
    if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value.trim()))
      throw new JqError(`Cannot parse '${value.slice(0, 40)}' as a number`);
    return Number(value);
  },
  'toboolean/0': (_run, value) => {
    if (typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    throw new JqError(`${shown(value)} cannot be parsed as a boolean`);
  },
  'ascii_downcase/0': (_run, value) =>
    text(value, 'ascii_downcase input').replace(/[A-Z]/g, each => each.toLowerCase()),
  'ascii_upcase/0': (_run, value) =>
    text(value, 'ascii_upcase input').replace(/[a-z]/g, each => each.toUpperCase()),
  'trim/0': (_run, value) => text(value, 'trim input').trim(),
  'ltrim/0': (_run, value) => text(value, 'trim input').trimStart(),
  'rtrim/0': (_run, value) => text(value, 'trim input').trimEnd(),
  'startswith/1': (_run, value, part) => both('startswith', value, part!, (a, b) => a.startsWith(b)),
  'endswith/1': (_run, value, part) => both('endswith', value, part!, (a, b) => a.endsWith(b)),
  'ltrimstr/1': (_run, value, part) =>
    typeof value === 'string' && typeof part === 'string' && value.startsWith(part)
      ? value.slice(part.length)
      : value,
  'rtrimstr/1': (_run, value, part) =>
    typeof value === 'string' && typeof part === 'string' && part !== '' && value.endsWith(part)
      ? value.slice(0, -part.length)
      : value,
  'split/1': (run, value, separator) => {
    run.budget.spend(text(value, 'split input').length >> 2);
    return both('split', value, separator!, (a, b) => (a === '' ? [] : b === '' ? [...a] : a.split(b)));
  },
  'join/1': (run, value, separator) => {
    if (!Array.isArray(value)) throw new JqError(`Cannot iterate over ${typeName(value)}`);
    if (value.length === 0) return '';
    const glue = text(separator!, 'join separator');
    const parts = value.map(each => {
      if (each === null) return '';
      if (typeof each === 'object') throw new JqError(`${shown(each)} cannot be joined`);
      return String(each);
    });
    run.budget.string(parts.reduce((sum, part) => sum + part.length + glue.length, 0));
    return parts.join(glue);
  },
  'explode/0': (run, value) => {
    const source = text(value, 'explode input');
    run.budget.spend(source.length);
    return [...source].map(each => each.codePointAt(0)!);
  },
  'implode/0': (run, value) => {
    if (!Array.isArray(value)) throw new JqError('implode input must be an array');
    run.budget.spend(value.length);
    return value
      .map(each => {
        if (typeof each !== 'number' || !(each >= 0 && each <= 0x10ffff))
          throw new JqError('Invalid codepoint literal');
        return String.fromCodePoint(Math.floor(each));
      })
      .join('');
  },
  'utf8bytelength/0': (_run, value) => new TextEncoder().encode(text(value, 'utf8bytelength input')).length,
  '_indices/1': (run, value, part) => {
    if (value === null) return null;
    if (typeof value === 'string' && typeof part === 'string') return textIndices(run, value, part);
    if (!Array.isArray(value)) throw new JqError(`Cannot determine indices of ${typeName(value)}`);
    return indicesOf(value, Array.isArray(part) ? part : [part!], run.budget);
  },
  'format/1': (run, value, name) => formatText(text(name!, 'format name'), value, run.budget),
  '_match/2': (run, value, pattern, flags) => matches(run, value, pattern!, flags!, false),
  '_match_all/2': (run, value, pattern, flags) => matches(run, value, pattern!, flags!, true),
};

function textIndices(run: Run, value: string, part: string): Json {
  const found: number[] = [];
  if (part === '') return null;
  run.budget.spend(value.length >> 2);
  let points = 0;
  let from = 0;
  for (let at = value.indexOf(part); at >= 0; at = value.indexOf(part, at + 1)) {
    points += [...value.slice(from, at)].length;
    from = at;
    found.push(points);
    run.budget.spend(1);
  }
  return found;
}

function both(name: string, a: Json, b: Json, use: (a: string, b: string) => Json): Json {
  if (typeof a !== 'string' || typeof b !== 'string') throw new JqError(`${name}() requires string inputs`);
  return use(a, b);
}

function text(value: Json, what: string): string {
  if (typeof value !== 'string')
    throw new JqError(`${what} must be a string, not ${isObject(value) ? 'object' : typeName(value)}`);
  return value;
}
