/** JSON values as jq sees them: order, equality, size. Every walk over a value is charged to a budget. */
import type { Budget } from './budget.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function typeName(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

const RANK: Record<string, number> = { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 };

/** jq's total order: null < false < true < numbers < strings < arrays < objects. */
export function compare(a: Json, b: Json, budget: Budget): number {
  budget.spend(1);
  const type = typeName(a);
  const difference = RANK[type]! - RANK[typeName(b)]!;
  if (difference !== 0) return difference;
  if (type === 'object') return compareObjects(a as JsonObject, b as JsonObject, budget);
  if (type === 'array') return compareArrays(a as Json[], b as Json[], budget);
  if (type === 'number' && Number.isNaN(a)) return -1;
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

export function equal(a: Json, b: Json, budget: Budget): boolean {
  if (a === b) return typeof a !== 'number' || !Number.isNaN(a);
  return typeof a === 'object' && typeof b === 'object' && compare(a, b, budget) === 0;
}

function compareArrays(a: readonly Json[], b: readonly Json[], budget: Budget): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compare(a[i]!, b[i]!, budget);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareObjects(a: JsonObject, b: JsonObject, budget: Budget): number {
  const keys = sortedKeys(a);
  const order = compareArrays(keys, sortedKeys(b), budget);
  if (order !== 0) return order;
  for (const key of keys) {
    const each = compare(a[key]!, b[key]!, budget);
    if (each !== 0) return each;
  }
  return 0;
}

export function sortedKeys(object: JsonObject): string[] {
  return Object.keys(object).sort();
}

/** Truth in jq: everything but null and false. */
export function truthy(value: Json): boolean {
  return value !== null && value !== false;
}

/** Sets a key on an object that nobody else holds; `__proto__` is a key like any other. */
export function put(object: JsonObject, key: string, value: Json): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

export function get(object: JsonObject, key: string): Json {
  return Object.hasOwn(object, key) ? object[key]! : null;
}

/** Text of a value, charged by its length; non-finite numbers as jq prints them. */
export function toText(value: Json, budget: Budget): string {
  measure(value, budget);
  const text = JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'number' && !Number.isFinite(each) ? finite(each) : each,
  );
  budget.string(text.length);
  return text;
}

/** Walks the value as a tree, so that a small graph with an enormous tree is refused before it is written. */
export function measure(value: Json, budget: Budget): void {
  if (typeof value === 'string') budget.spend(1 + (value.length >> 6));
  else if (Array.isArray(value)) {
    budget.spend(1);
    for (const each of value) measure(each, budget);
  } else if (isObject(value)) {
    budget.spend(1);
    for (const key of Object.keys(value)) measure(value[key]!, budget);
  } else budget.spend(1);
}

function finite(number: number): number | null {
  if (Number.isNaN(number)) return null;
  return number > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE;
}

/** The value with non-finite numbers made JSON; the same object where nothing changes. */
export function jsonSafe(value: Json, budget: Budget): Json {
  budget.spend(1);
  if (typeof value === 'number') return Number.isFinite(value) ? value : finite(value);
  if (typeof value === 'string') budget.string(value.length);
  if (Array.isArray(value)) {
    const copy = value.map(each => jsonSafe(each, budget));
    return copy.some((each, i) => each !== value[i]) ? copy : value;
  }
  if (isObject(value)) {
    const copy: JsonObject = {};
    let changed = false;
    for (const key of Object.keys(value)) {
      const each = jsonSafe(value[key]!, budget);
      if (each !== value[key]) changed = true;
      put(copy, key, each);
    }
    return changed ? copy : value;
  }
  return value;
}
