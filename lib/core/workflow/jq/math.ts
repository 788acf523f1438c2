/** jq's functions on numbers. */
import { JqError } from './budget.ts';
import { shown } from './operators.ts';
import type { Plain } from './registry.ts';
import type { Json } from './value.ts';

const ONE = [
  'acos acosh asin asinh atan atanh cbrt ceil cos cosh exp expm1 floor',
  'log log10 log1p log2 sin sinh sqrt tan tanh trunc',
]
  .join(' ')
  .split(' ') as (keyof Math)[];

function number(value: Json): number {
  if (typeof value !== 'number') throw new JqError(`${shown(value)} number required`);
  return value;
}

function one(use: (x: number) => number | boolean): Plain {
  return (_run, value) => use(number(value));
}

function two(use: (x: number, y: number) => number): Plain {
  return (_run, _value, x, y) => use(number(x!), number(y!));
}

export const MATH_FUNCTIONS: Record<string, Plain> = {
  ...Object.fromEntries(ONE.map(name => [`${String(name)}/0`, one(Math[name] as (x: number) => number)])),
  // C rounds halves away from zero.
  'round/0': one(x => Math.sign(x) * Math.round(Math.abs(x))),
  'fabs/0': one(Math.abs),
  'abs/0': (_run, value) => (number(value) < 0 ? -number(value) : value),
  'exp10/0': one(x => 10 ** x),
  'exp2/0': one(x => 2 ** x),
  'significand/0': one(x => (x === 0 ? 0 : x / 2 ** Math.floor(Math.log2(Math.abs(x))))),
  'logb/0': one(x => Math.floor(Math.log2(Math.abs(x)))),
  'infinite/0': () => Number.POSITIVE_INFINITY,
  'nan/0': () => Number.NaN,
  'isinfinite/0': one(x => x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY),
  'isnan/0': one(x => Number.isNaN(x)),
  'isnormal/0': one(x => Number.isFinite(x) && Math.abs(x) >= 2.2250738585072014e-308),
  'pow/2': two((x, y) => x ** y),
  'atan2/2': two(Math.atan2),
  'fmin/2': two(Math.min),
  'fmax/2': two(Math.max),
  'fmod/2': two((x, y) => x % y),
  'hypot/2': two(Math.hypot),
  'ldexp/2': two((x, y) => x * 2 ** y),
};
