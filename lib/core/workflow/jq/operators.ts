/** Arithmetic and comparison of jq over any two values. */
import type { Budget } from './budget.ts';
import { JqError } from './budget.ts';
import { compare, equal, isObject, type Json, type JsonObject, put, typeName } from './value.ts';

export function operate(op: string, a: Json, b: Json, budget: Budget): Json {
  switch (op) {
    case '+':
      return add(a, b, budget);
    case '-':
      return subtract(a, b, budget);
    case '*':
      return multiply(a, b, budget);
    case '/':
      return divide(a, b, budget);
    case '%':
      return modulo(a, b);
    case '==':
      return equal(a, b, budget);
    case '!=':
      return !equal(a, b, budget);
    case '<':
      return compare(a, b, budget) < 0;
    case '<=':
      return compare(a, b, budget) <= 0;
    case '>':
      return compare(a, b, budget) > 0;
    default:
      return compare(a, b, budget) >= 0;
  }
}

export function add(a: Json, b: Json, budget: Budget): Json {
  if (a === null) return b;
  if (b === null) return a;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'string' && typeof b === 'string') {
    budget.string(a.length + b.length);
    return a + b;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    budget.spend((a.length + b.length) >> 2);
    return [...a, ...b];
  }
  if (isObject(a) && isObject(b)) {
    budget.spend((Object.keys(a).length + Object.keys(b).length) >> 1);
    return { ...a, ...b };
  }
  throw mismatch(a, b, 'added');
}

function subtract(a: Json, b: Json, budget: Budget): Json {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (Array.isArray(a) && Array.isArray(b))
    return a.filter(each => !b.some(other => equal(each, other, budget)));
  throw mismatch(a, b, 'subtracted');
}

function multiply(a: Json, b: Json, budget: Budget): Json {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (typeof a === 'number' && typeof b === 'string') return multiply(b, a, budget);
  if (typeof a === 'string' && typeof b === 'number') {
    if (!(b > 0)) return null;
    const times = b < 1 ? 1 : Math.floor(b);
    budget.string(a.length * times);
    return a.repeat(times);
  }
  if (isObject(a) && isObject(b)) return merge(a, b, budget);
  throw mismatch(a, b, 'multiplied');
}

function merge(a: JsonObject, b: JsonObject, budget: Budget): JsonObject {
  const result = { ...a };
  for (const [key, value] of Object.entries(b)) {
    budget.spend(1);
    const old = Object.hasOwn(a, key) ? a[key] : undefined;
    put(result, key, isObject(old) && isObject(value) ? merge(old, value, budget) : value);
  }
  return result;
}

function divide(a: Json, b: Json, budget: Budget): Json {
  if (typeof a === 'number' && typeof b === 'number') {
    if (b === 0)
      throw new JqError(`number (${a}) and number (${b}) cannot be divided because the divisor is zero`);
    return a / b;
  }
  if (typeof a === 'string' && typeof b === 'string') {
    budget.spend(a.length >> 2);
    return a === '' ? [] : a.split(b);
  }
  throw mismatch(a, b, 'divided');
}

function modulo(a: Json, b: Json): Json {
  if (typeof a !== 'number' || typeof b !== 'number') throw mismatch(a, b, 'divided');
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  const divisor = Math.abs(Math.trunc(b));
  if (divisor === 0)
    throw new JqError(
      `number (${a}) and number (${b}) cannot be divided (remainder) because the divisor is zero`,
    );
  const rest = Math.trunc(a) % divisor;
  return rest === 0 ? 0 : rest;
}

function mismatch(a: Json, b: Json, verb: string): JqError {
  return new JqError(`${shown(a)} and ${shown(b)} cannot be ${verb}`);
}

/** A value as jq shows it in an error: its type and the beginning of its text. */
export function shown(value: Json): string {
  if (value === null) return 'null (null)';
  const text = JSON.stringify(value) ?? '';
  return `${typeName(value)} (${text.length > 40 ? `${text.slice(0, 37)}...` : text})`;
}
