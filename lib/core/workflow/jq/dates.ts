/** jq's functions on dates, in UTC. "Broken down time" is [year, month 0-11, day, hours, minutes, seconds, weekday, day of year]. */
import { JqError } from './budget.ts';
import { shown } from './operators.ts';
import type { Plain } from './registry.ts';
import type { Json } from './value.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const DAY_MS = 86_400_000;

export const DATE_FUNCTIONS: Record<string, Plain> = {
  'todate/0': (_run, value) => isoSeconds(value),
  'todateiso8601/0': (_run, value) => isoSeconds(value),
  'date/0': (_run, value) => isoSeconds(value),
  'fromdate/0': (_run, value) => fromIso(value),
  'fromdateiso8601/0': (_run, value) => fromIso(value),
  'gmtime/0': (_run, value) => broken(seconds(value)),
  'localtime/0': (_run, value) => broken(seconds(value)),
  'mktime/0': (_run, value) => Math.floor(unbroken(value) / 1000),
  'strftime/1': (_run, value, format) => print(value, format!),
  'strflocaltime/1': (_run, value, format) => print(value, format!),
  'strptime/1': (_run, value, format) => read(value, format!),
};

function seconds(value: Json): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) > 8e12)
    throw new JqError(`${shown(value)} is not a time in seconds`);
  return value;
}

function isoSeconds(value: Json): string {
  return `${new Date(Math.floor(seconds(value)) * 1000).toISOString().slice(0, -5)}Z`;
}

function fromIso(value: Json): number {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value))
    throw new JqError(`date ${shown(value)} does not match format "%Y-%m-%dT%H:%M:%SZ"`);
  return Date.parse(value) / 1000;
}

function broken(time: number): Json[] {
  const date = new Date(time * 1000);
  const year = date.getUTCFullYear();
  const dayOfYear = Math.floor(
    (Date.UTC(year, date.getUTCMonth(), date.getUTCDate()) - Date.UTC(year, 0)) / DAY_MS,
  );
  const rest = date.getUTCSeconds() + (time - Math.floor(time));
  return [
    year,
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    rest,
    date.getUTCDay(),
    dayOfYear,
  ];
}

function unbroken(value: Json): number {
  if (!Array.isArray(value) || value.length < 6 || !value.every(each => typeof each === 'number'))
    throw new JqError('mktime requires array of 6 numbers');
  const [year, month, day, hours, minutes, rest] = value as number[];
  return Date.UTC(year!, month, day, hours, minutes, rest);
}

function print(value: Json, format: Json): string {
  if (typeof format !== 'string') throw new JqError('strftime/1 requires a string format');
  const date = new Date(typeof value === 'number' ? seconds(value) * 1000 : unbroken(value));
  const pad = (number: number, width = 2) => String(number).padStart(width, '0');
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const [hours, minutes, rest] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const fields: Record<string, () => string> = {
    Y: () => String(year),
    m: () => pad(month + 1),
    d: () => pad(day),
    e: () => String(day).padStart(2),
    H: () => pad(hours),
    I: () => pad(hours % 12 || 12),
    M: () => pad(minutes),
    S: () => pad(rest),
    j: () => pad(Math.floor((Date.UTC(year, month, day) - Date.UTC(year, 0)) / DAY_MS) + 1, 3),
    y: () => pad(year % 100),
    p: () => (hours < 12 ? 'AM' : 'PM'),
    A: () => DAYS[date.getUTCDay()]!,
    a: () => DAYS[date.getUTCDay()]!.slice(0, 3),
    B: () => MONTHS[month]!,
    b: () => MONTHS[month]!.slice(0, 3),
    u: () => String(date.getUTCDay() || 7),
    w: () => String(date.getUTCDay()),
    Z: () => 'UTC',
    z: () => '+0000',
    s: () => String(Math.floor(date.getTime() / 1000)),
    F: () => `${year}-${pad(month + 1)}-${pad(day)}`,
    T: () => `${pad(hours)}:${pad(minutes)}:${pad(rest)}`,
    '%': () => '%',
  };
  return format.replace(/%(.)/g, (all, letter: string) => fields[letter]?.() ?? all);
}

function read(value: Json, format: Json): Json {
  if (typeof value !== 'string' || typeof format !== 'string')
    throw new JqError(`strptime/1 requires string inputs and arguments`);
  const expanded = format.replaceAll('%T', '%H:%M:%S').replaceAll('%F', '%Y-%m-%d');
  const order: string[] = [];
  const source = expanded.replace(/%(.)|[.*+?^${}()|[\]\\]/g, (all, letter: string | undefined) => {
    if (letter === undefined) return `\\${all}`;
    order.push(letter);
    if (letter === 'Y') return '(\\d{4})';
    if (letter === 'Z' || letter === 'z') return '([A-Za-z]+|[+-]\\d{2}:?\\d{2})';
    if (letter === 'B' || letter === 'b' || letter === 'A' || letter === 'a') return '([A-Za-z]+)';
    return letter === 's' ? '(\\d+)' : '\\s*(\\d{1,3})';
  });
  const found = new RegExp(`^${source}$`).exec(value);
  if (!found) throw new JqError(`date "${value}" does not match format "${format}"`);
  const field = (letter: string, fallback: number) => {
    const at = order.indexOf(letter);
    return at < 0 ? fallback : Number(found[at + 1]);
  };
  const epoch = order.indexOf('s');
  if (epoch >= 0) return broken(Number(found[epoch + 1]));
  const named = Math.max(order.indexOf('b'), order.indexOf('B'));
  const month =
    named < 0
      ? field('m', 1) - 1
      : MONTHS.findIndex(
          each => each.slice(0, 3).toLowerCase() === found[named + 1]!.slice(0, 3).toLowerCase(),
        );
  const day = order.includes('d') ? field('d', 1) : field('e', 1);
  return broken(Date.UTC(field('Y', 1970), month, day, field('H', 0), field('M', 0), field('S', 0)) / 1000);
}
